"""What strangers type, paste and send: texts, encodings, and the forms of a page to put them into."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote_plus

from tests.shared_data import SHARED_DATA

MARKUP = "\"><img src=x onerror=alert(1)>'</textarea>"
LONG = "W" * 70_000

# Each of these has broken somebody's program before.
RUBBISH = (
    "",
    " ",
    MARKUP,
    "{{ 7*7 }} ${7*7} %(count)s %s %n {0.__class__}",
    "'; DROP TABLE items; --",
    "\x00",
    "a\x00b\x01\x1b[31m\x7f",
    "\ud800",
    "\udfff\ud83d",
    "\ufeff\u200b\u202e\u2066right to left",
    "²",
    "٤٢",
    "४.५",
    "½",
    "-1",
    "0",
    "-0",
    "1_000",
    "1e309",
    "NaN",
    "-Infinity",
    "0x10",
    "9" * 30,
    "9" * 5_000,
    "2147483648",
    "9223372036854775808",
    "99999999999.99",
    "0.001",
    "1,2,3.4.5",
    "http://[",
    "//evil.example/\r\nSet-Cookie: a=b",
    "../../etc/passwd",
    "%00%ff%",
    "unknown",
    "0" * 32,
    "true",
    "[]",
    "null",
    "\r\n",
    "=cmd|' /C calc'!A0",
    "Ω≈ç√∫˜µ 田中 👩‍👩‍👧‍👦 ﷽ Z̷̢̛a̸͎l̵̡g̶̝o̷",
    "9999-99-99",
    "0001-01-01",
    "2026-02-30",
    "99:99",
    "-1:00",
    LONG,
)


def naughty_strings(every=1):
    """Each `every`th text of the public list, where it is here."""
    file = SHARED_DATA / "security" / "blns.json"
    return tuple(json.loads(file.read_text()))[::every] if file.exists() else ()


def encoded(pairs):
    """`pairs` as a form's body or a query, whatever is in them; also what no browser would send."""
    return "&".join(
        f"{quote_plus(name.encode('utf-8', 'surrogatepass'))}="
        f"{quote_plus(value.encode('utf-8', 'surrogatepass'))}"
        for name, value in pairs
    )


@dataclass
class Field:
    name: str
    type: str
    value: str = ""
    is_on: bool = True
    options: list[str] = field(default_factory=list)

    @property
    def is_typed(self):
        """Does a person type it freely?"""
        return self.type in {"text", "search", "email", "tel", "number", "textarea", "date"}


@dataclass
class Form:
    action: str
    method: str
    fields: list[Field] = field(default_factory=list)
    newest: str | None = None

    def pairs(self):
        """What a browser would send."""
        return [(one.name, one.value) for one in self.fields if one.is_on]

    def value_of(self, name):
        return next((one.value for one in self.fields if one.name == name), None)


class Page(HTMLParser):
    """The forms and the links of a page."""

    def __init__(self, html):
        super().__init__()
        self.forms, self.links = [], []
        self._by_id, self._outside = {}, []
        self._form = self._textarea = self._select = None
        self.feed(html)
        for owner, found in self._outside:
            if owner in self._by_id:
                self._by_id[owner].fields.append(found)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            sent = "post" if "hx-post" in given else "get"
            action = given.get("action") or given.get("hx-post") or given.get("hx-get") or ""
            self._form = Form(action, (given.get("method") or sent).lower())
            self.forms.append(self._form)
            self._by_id[given.get("id")] = self._form
        elif tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "option" and self._select is not None:
            self._select.options.append(given.get("value") or "")
            if "selected" in given or not self._select.value:
                self._select.value = given.get("value") or ""
        elif tag in {"input", "textarea", "select", "button"} and given.get("name"):
            self._add(tag, given)
        self._note_requests(tag, given)

    def _note_requests(self, tag, given):
        if given.get("hx-get"):
            self.links.append(given["hx-get"])
        # What htmx sends from a button of its own is a form too.
        if "hx-post" in given and "name" not in given and tag != "form":
            values = json.loads(given.get("hx-vals") or "{}")
            if isinstance(values, dict):
                fields = [Field(name, "hidden", str(value)) for name, value in values.items()]
                self.forms.append(Form(given["hx-post"], "post", fields))

    def _add(self, tag, given):
        kind = tag if tag != "input" else given.get("type") or "text"
        is_on = kind not in {"checkbox", "radio"} or "checked" in given
        found = Field(given["name"], kind, given.get("value") or "", is_on and tag != "button")
        if tag == "textarea":
            self._textarea = found
        elif tag == "select":
            self._select = found
        if given.get("form"):
            self._outside.append((given["form"], found))
        elif self._form is not None:
            self._form.fields.append(found)

    def handle_data(self, data):
        if self._textarea is not None:
            self._textarea.value += data

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._textarea is not None:
            # The first line break after the tag belongs to HTML, not to the text.
            self._textarea.value = self._textarea.value.removeprefix("\n")
            self._textarea = None
