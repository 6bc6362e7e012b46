"""Bytes of a stranger's file to text, or a sentence that says why not.

A byte order mark decides; then strict UTF-8, which other encodings practically never pass by chance; then
the old one-byte encodings. Nothing is replaced or dropped while decoding: a wrong guess must be visible in
the preview, not hidden.
"""

from __future__ import annotations

import re
import unicodedata

import msgspec
from charset_normalizer import from_bytes

from shared_web.errors import RuleError
from shared_web.language import _

LIMIT_BYTES = 25 * 1024 * 1024
SNIFFED_BYTES = 256 * 1024
# A stray control character in a name is removed later; a file full of them is no text.
STRAY_CONTROLS_SHARE = 0.05

# The longer marks first: UTF-32 LE begins with the mark of UTF-16 LE.
BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
WESTERN = ("cp1252", "mac_roman", "cp1250", "iso8859_15")
OTHER_SCRIPTS = ("cp1251", "cp1253", "cp1255", "cp1256", "shift_jis", "gb18030", "big5", "euc_kr", "cp874")
# Tab, line feed, carriage return, and the form feed and Ctrl-Z that old programs leave behind.
ALLOWED_CONTROLS = frozenset("\t\n\r\x0c\x1a\x85")


class FileText(msgspec.Struct, frozen=True):
    text: str
    encoding: str


def decode(content: bytes) -> FileText:
    """The text of `content` and the encoding it was in.

    Raises RuleError for an empty, oversized or binary file and for text that no known encoding explains.
    """
    check_size(content)
    refuse_known_binary(content)
    decoded = _decode_marked(content) or _decode_unmarked(content)
    sample = decoded.text[:SNIFFED_BYTES]
    if "\0" in decoded.text or _junk(sample) > STRAY_CONTROLS_SHARE * len(sample):
        raise _no_text()
    return decoded


def check_size(content: bytes) -> None:
    if not content.strip(b" \t\r\n\x00"):
        raise RuleError(_("This file is empty. Choose the file that your other system exported."))
    if len(content) > LIMIT_BYTES:
        raise RuleError(
            _(
                "This file is larger than %(limit)s MB. Split it and import the parts.",
                limit=LIMIT_BYTES >> 20,
            )
        )


def is_zip(content: bytes) -> bool:
    return content.startswith(b"PK\x03\x04")


def refuse_known_binary(content: bytes) -> None:
    """Refuse files of well-known kinds that can't be a catalog, each with the way out."""
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise RuleError(_("This is an old Excel file (.xls). Save it as .xlsx or CSV and import that."))
    if content.startswith(b"%PDF"):
        raise RuleError(_("This is a PDF. Export the catalog as CSV or .xlsx instead."))
    if content.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")):
        raise RuleError(_("This is a picture. Export the catalog as CSV or .xlsx instead."))
    if content.startswith((b"\x1f\x8b", b"PK\x05\x06", b"7z\xbc\xaf", b"Rar!")):
        raise RuleError(_("This is a packed file. Unpack it and import the file inside."))


def _decode_marked(content: bytes) -> FileText | None:
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            try:
                return FileText(content.decode(encoding), encoding)
            except UnicodeDecodeError as error:
                raise _damaged(content, error) from error
    return None


def _decode_unmarked(content: bytes) -> FileText:
    utf16 = _utf16_without_mark(content)
    if utf16:
        return utf16
    try:
        return FileText(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _decode_one_byte(content)


def _utf16_without_mark(content: bytes) -> FileText | None:
    """UTF-16 whose mark was lost: line ends and digits leave zeros in every other byte, on one side only."""
    sample = content[:SNIFFED_BYTES]
    high, low = sample[0::2].count(0), sample[1::2].count(0)
    if len(content) % 2 or bool(high) == bool(low):
        return None
    encoding = "utf-16-be" if high else "utf-16-le"
    reading = _try(content, encoding)
    # A single zero in other text must not turn it into Chinese: the line ends or the brackets then vanish.
    return reading if reading and re.search(r"\A[\[{]|[\r\n]", reading.text) else None


def _decode_one_byte(content: bytes) -> FileText:
    sample = content[:SNIFFED_BYTES]
    if any(byte < 32 and chr(byte) not in ALLOWED_CONTROLS for byte in sample):
        raise _no_text()
    other = from_bytes(sample, cp_isolation=[*WESTERN, *OTHER_SCRIPTS]).best()
    if other and other.encoding in OTHER_SCRIPTS and _is_another_script(str(other)):
        candidates: tuple[str, ...] = (other.encoding,)
    else:
        candidates = WESTERN
    readings = [reading for encoding in candidates if (reading := _try(content, encoding))]
    if not readings:
        raise RuleError(
            _("The letters in this file can't be read. Save it again as CSV in UTF-8 and import that file.")
        )
    # max() keeps the first of equals: Windows-1252 is by far the commonest.
    return max(readings, key=lambda reading: _western_plausibility(reading.text))


def _try(content: bytes, encoding: str) -> FileText | None:
    try:
        return FileText(content.decode(encoding), encoding)
    except UnicodeDecodeError:
        return None


def _is_another_script(text: str) -> bool:
    """Most of the letters beyond ASCII are not Latin ones, so this is no Western file misread."""
    beyond = [character for character in text if ord(character) > 127 and character.isalpha()]
    foreign = [character for character in beyond if not unicodedata.name(character, "").startswith("LATIN")]
    return len(foreign) > 0.8 * len(beyond) and len(foreign) >= 4


# What stands between letters in a rightly decoded name, beyond letters themselves.
_INSIDE_WORDS = frozenset("’'-­")
_USUAL_SIGNS = frozenset("’‘‚“”„«»‹›–—…€§£¥°®™©•·×½¼¾²³µ§±¡¿ªº´¨  ")
_BEYOND_ASCII = re.compile(r"(.?)([^\x00-\x7f])(.?)", re.DOTALL)


def _western_plausibility(text: str) -> float:
    """Higher for the reading whose characters beyond ASCII sit where a writer would put them.

    Misread bytes give capitals in the middle of small letters (Mac é is Ž in Windows-1252) or signs inside
    words (Polish ł is ³), which is what this counts.
    """
    score = 0.0
    for before, character, after in _BEYOND_ASCII.findall(text[:SNIFFED_BYTES]):
        if unicodedata.category(character) in ("Lu", "Ll", "Lo"):
            score += -2 if _is_misplaced(before, character, after) else 1
        elif before.isalpha() and after.isalpha() and character not in _INSIDE_WORDS:
            score -= 2
        else:
            score += 1 if character in _USUAL_SIGNS else -1
    return score


def _is_misplaced(before: str, character: str, after: str) -> bool:
    """A capital among small letters, or a small letter among capitals."""
    if character.isupper():
        return before.islower() or (before.isupper() and after.islower())
    return before.isupper() and after.isupper()


def _junk(text: str) -> int:
    """How many characters no text file needs."""
    return sum(
        1
        for character in text
        if (ord(character) < 32 or 0x7F <= ord(character) < 0xA0) and character not in ALLOWED_CONTROLS
    )


def _no_text() -> RuleError:
    return RuleError(
        _("This does not look like a text file. Export the catalog as CSV, .xlsx or JSON and import that.")
    )


def _damaged(content: bytes, error: UnicodeDecodeError) -> RuleError:
    return RuleError(
        _(
            "This file is damaged: after %(count)s of %(total)s bytes it can't be read. Export it again.",
            count=error.start,
            total=len(content),
        )
    )
