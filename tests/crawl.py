"""Walks through a house as a person would: every page and dialog that links lead to, every form on them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from tests.rubbish import Page, encoded

FORM = "application/x-www-form-urlencoded"
ROOT = Path(__file__).parents[1]
# A parameter's name as the code asks for it.
ASKED = re.compile(r"""(?:get|getlist|_number|_version|_text|_word)\(\s*["']([a-z_]+)["']""")


def parameter_names(house):
    """Every name that a house's code asks a request for."""
    files = [*(ROOT / f"{house}_web").rglob("*.py")]
    return sorted({name for file in files for name in ASKED.findall(file.read_text())})


def inside(address):
    """The address within its house, as a test client asks for it."""
    return re.sub(r"^/(pos|backoffice)(?=/|$)", "", address) or "/"


def kind_of(address):
    """The address without the ids in it: pages and acts of one kind are alike."""
    return re.sub(r"[0-9a-f]{32}|\b\d+\b", "*", urlsplit(address).path)


def pages_of(client, start, most_of_a_kind=2):
    """(address, answer, Page) of every page and dialog that links lead to from `start`.

    A start that is no address is the answer of a request that only a form can send.
    """
    waiting, seen = list(start), {}
    while waiting:
        wanted = waiting.pop(0)
        address = inside(wanted if isinstance(wanted, str) else wanted.request.path)
        pages = seen.setdefault((kind_of(address), isinstance(wanted, str)), set())
        if address in pages or len(pages) >= most_of_a_kind:
            continue
        pages.add(address)
        answer = client.get(address) if isinstance(wanted, str) else wanted
        page = Page(answer.text if answer.mimetype == "text/html" else "")
        waiting += [link for link in page.links if re.match("/[a-z]", link)]
        yield address, answer, page
        answer.close()


def forms_of(client, start):
    """(address of its page, form) of every form, one for each kind of act and page."""
    forms = {}
    for address, _answer, page in pages_of(client, start):
        for form in page.forms:
            forms.setdefault(kind_of_form(form), (address, form))
    return list(forms.values())


def kind_of_form(form):
    """Forms of one kind do the same to the same kind of thing, with fields of the same names."""
    names = tuple(sorted({re.sub(r"\d+", "*", one.name) for one in form.fields}))
    return kind_of(form.action), form.method, names


def endpoint_of(app, action, method="POST"):
    """The route that a form's action leads to."""
    return app.url_map.bind("localhost").match(inside(urlsplit(action).path), method=method)[0]


KEY = re.compile(r"[0-9a-f]{32}")


def with_other_keys(form, keys):
    """What the form would send, each time with another of `keys` in the place of one that it names."""
    tried = set()
    for one in form.fields:
        named = next((value for value in (one.value, *one.options) if KEY.search(value)), None)
        alike = re.sub(r"\d+|[0-9a-f]{32}", "*", one.name)
        if named is not None and alike not in tried:
            tried.add(alike)
            rest = [(name, value) for name, value in form.pairs() if name != one.name]
            for key in keys:
                yield [*rest, (one.name, KEY.sub(key, named))]


def send(client, form, pairs):
    """The form as a browser sends it, with these pairs."""
    if form.method == "get":
        return client.get(f"{inside(form.action)}?{encoded(pairs)}")
    return client.post(inside(form.action), data=encoded(pairs), content_type=FORM)


def asking_for(app, house, keys, *, but=("/bridge", "/assets")):
    """(path, query) of every page without an id in its address, asked for each key by every name at once."""
    names = parameter_names(house)
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and "<" not in rule.rule and not rule.rule.startswith(but):
            for key in keys:
                yield rule.rule, encoded((name, key) for name in names)
