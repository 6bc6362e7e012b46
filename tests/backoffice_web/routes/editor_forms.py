"""What a browser would post: the fields of a page's editor, with changes."""

from __future__ import annotations

import re
from html import unescape

TAG = re.compile(r"<(input|select|textarea|option)\b([^>]*)>(?:\n?([^<]*)</textarea>)?")
ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


def fields_of(html, *, form_id="editor"):
    """The successful controls of a form, as a list of (name, value)."""
    start = html.index(f'id="{form_id}"')
    form = html[start : html.index("</form>", start)]
    fields, select = [], None
    for tag, raw, text in TAG.findall(form):
        told = {name: unescape(value) for name, value in ATTRIBUTE.findall(raw)}
        if tag == "select":
            select = [told["name"], None]
            fields.append(select)
        elif tag == "option":
            if select[1] is None or "selected" in told:
                select[1] = told.get("value", "")
        elif tag == "textarea":
            fields.append([told["name"], unescape(text)])
        elif told.get("type") not in {"checkbox", "radio"} or "checked" in told:
            fields.append([told.get("name", ""), told.get("value", "")])
    return [(name, value or "") for name, value in fields if name and name != "csrf_token"]


def changed(fields, **changes):
    """The fields with other values; a list gives several, None takes the field away."""
    kept = [(name, value) for name, value in fields if name not in changes]
    for name, value in changes.items():
        values = value if isinstance(value, list) else [value]
        kept += [(name, one) for one in values if one is not None]
    return kept


def post(client, url, fields, *, action="save", **more):
    """Press one of the save bar's buttons."""
    pairs = [*fields, ("action", action)]
    data = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return client.post(url, data=data, **more)
