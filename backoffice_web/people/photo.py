"""Photos of people: whatever was uploaded is decoded, turned upright, cut square and written anew as JPEG.

Invariants: nothing of the uploaded file is kept but its pixels – no place, no camera, no hidden content;
a file that would need much memory is refused before it is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO

from PIL import Image, ImageOps

from shared_web.errors import RuleError
from shared_web.language import _

LARGEST_FILE = 2 * 1024 * 1024
MOST_PIXELS = 25_000_000
SIDE, THUMBNAIL_SIDE = 400, 96


@dataclass(frozen=True)
class Photo:
    """JPEG: `content` 400 × 400 pixels, `thumbnail` 96 × 96; `digest` names this very picture."""

    content: bytes
    thumbnail: bytes
    digest: str


def read_photo(file: bytes) -> Photo:
    """The photo in an uploaded JPG or PNG. Raises RuleError with the field `photo`."""
    if len(file) > LARGEST_FILE:
        raise _refused(_("Choose a photo of at most 2 MB."))
    try:
        # Opening reads the size alone; the pixels are decoded when they are first asked for.
        with Image.open(BytesIO(file), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise _refused(_("Choose a photo with fewer pixels."))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except RuleError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise _refused(_("Choose a photo with fewer pixels.")) from problem
    except Exception as problem:
        # Pillow raises many kinds of errors on damaged files; each means the same to people.
        raise _refused(_("Choose a photo as a JPG or PNG file.")) from problem
    content = _jpeg(upright, SIDE)
    return Photo(content, _jpeg(upright, THUMBNAIL_SIDE), blake2b(content, digest_size=16).hexdigest())


def _jpeg(picture: Image.Image, side: int) -> bytes:
    # A new picture takes over the pixels and nothing else: a cut one would keep the file's comment.
    clean = Image.new("RGB", (side, side))
    clean.paste(ImageOps.fit(picture, (side, side)))
    written = BytesIO()
    clean.save(written, "JPEG", quality=82, optimize=True)
    return written.getvalue()


def _refused(sentence: str) -> RuleError:
    return RuleError(sentence, fields={"photo": sentence})
