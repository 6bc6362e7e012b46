"""What the browser loads comes from this host, is what it says it is, and needs no unsafe policy."""

import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "shared_web" / "static"
VENDOR = SHARED / "vendor"
HOUSES = {"pos": ROOT / "pos_web" / "static", "backoffice": ROOT / "backoffice_web" / "static"}
STATIC = [SHARED, *HOUSES.values()]
OWN_FILES = sorted(
    file for folder in STATIC for kind in ("css", "js") for file in (folder / kind).glob(f"*.{kind}")
)
TEMPLATES = sorted(
    file
    for folder in ("shared_web", "pos_web", "backoffice_web")
    for file in (ROOT / folder / "templates").rglob("*.html")
)
VENDORED = json.loads((VENDOR / "vendored.json").read_text())
# Names that are no addresses: an SVG namespace is never fetched.
NAMESPACES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")
FORBIDDEN_IN_TEMPLATES = {
    "a style attribute": r"\sstyle\s*=",
    "a script attribute": r"\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "a js: value": r"[\"']\s*(?:js|javascript):",
    "a trigger filter": r"hx-trigger\s*=\s*\"[^\"]*\[|hx-trigger\s*=\s*'[^']*\[",
    "hx-vars": r"\bhx-vars\b",
    "a morph object": r"morph:\s*\{",
    "a style element": r"<style\b",
    "a script without src": r"<script\b(?![^>]*\bsrc=)",
    "a foreign host": r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//",
}


def name_of(file):
    return str(file.relative_to(ROOT))


def without_jinja_comments(text):
    # Statements such as {% set only = … %} look like attributes to the patterns below.
    return re.sub(r"\{#.*?#\}|\{%.*?%\}", "", text, flags=re.S)


def problems(html):
    return [name for name, pattern in FORBIDDEN_IN_TEMPLATES.items() if re.search(pattern, html, flags=re.I)]


@pytest.mark.parametrize("entry", VENDORED, ids=lambda entry: entry["name"])
def test_a_vendored_file_is_the_one_that_was_vouched_for_and_has_its_licence(entry):
    content = (VENDOR / entry["file"]).resolve().read_bytes()
    assert hashlib.sha512(content).hexdigest() == entry["sha512"]
    assert (VENDOR / entry["licence_file"]).read_text().strip()


def test_every_vendored_file_is_vouched_for():
    known = {entry[key] for entry in VENDORED for key in ("file", "licence_file")}
    assert {file.name for file in VENDOR.iterdir()} - known == {"VENDORED.md", "vendored.json"}


@pytest.mark.parametrize("file", OWN_FILES, ids=name_of)
def test_our_own_files_name_no_other_host(file):
    text = file.read_text()
    for namespace in NAMESPACES:
        text = text.replace(namespace, "")
    assert not re.findall(r"(?:https?:|wss?:)?//[a-z0-9-]+\.[a-z]{2,}", text)


@pytest.mark.parametrize("file", OWN_FILES, ids=name_of)
def test_our_own_files_are_written_to_be_read(file):
    text = file.read_text()
    longest = max(len(line) for line in text.splitlines() if "unicode-range" not in line)
    assert longest <= 130
    if file.suffix == ".css":
        crowded = [line for line in text.splitlines() if re.search(r";\s*[a-z-]+\s*:", line)]
        assert not crowded, "one declaration a line"


@pytest.mark.parametrize("file", [file for file in OWN_FILES if file.suffix == ".js"], ids=name_of)
def test_our_own_script_needs_no_eval_and_leaves_no_loose_names(file):
    text = file.read_text()
    assert '"use strict";' in text
    assert not re.search(r"\beval\(|\bFunction\(|\.innerHTML\s*=|navigator\.onLine", text)


@pytest.mark.parametrize("folder", STATIC, ids=name_of)
@pytest.mark.parametrize("kind", ["css", "js"])
def test_the_order_names_every_file_once(folder, kind):
    order = folder / kind / "order.txt"
    named = order.read_text().split() if order.exists() else []
    named = [name for name in named if not name.startswith("../vendor/")]
    assert sorted(named) == sorted(file.name for file in (folder / kind).glob(f"*.{kind}"))


@pytest.mark.parametrize("file", TEMPLATES, ids=name_of)
def test_a_template_keeps_to_the_content_security_policy(file):
    assert not problems(without_jinja_comments(file.read_text()))


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<p style="color:red">', "a style attribute"),
        ('<button onclick="go()">', "a script attribute"),
        ('<button hx-on::after-request="go()">', "hx-on"),
        ("<form hx-vals='js:{a: 1}'>", "a js: value"),
        ('<a href="javascript:go()">', "a js: value"),
        ('<i hx-trigger="click[ctrlKey]">', "a trigger filter"),
        ('<i hx-swap="morph:{ignoreActiveValue:true}">', "a morph object"),
        ("<style>p{}</style>", "a style element"),
        ("<script>go()</script>", "a script without src"),
        ('<script src="//cdn.example/x.js"></script>', "a foreign host"),
    ],
)
def test_the_check_of_templates_finds_what_it_is_there_for(html, problem):
    assert problem in problems(html)


@pytest.mark.parametrize("file", TEMPLATES, ids=name_of)
def test_every_icon_that_a_template_names_is_in_the_sprite(file):
    text = without_jinja_comments(file.read_text())
    named = set(re.findall(r"\bicon\(\s*[\"']([a-z0-9-]+)", text))
    named |= set(re.findall(r"\bbadge\(\s*[\"'][a-z]+[\"']\s*,\s*[\"']([a-z0-9-]+)", text))
    named |= set(re.findall(r"\bempty\(\s*[\"']([a-z0-9-]+)", text))
    assert not named - icons()


def test_the_sprite_has_no_icon_twice():
    ids = re.findall(r'id="i-([^"]+)"', (SHARED / "icons.svg").read_text())
    assert len(ids) == len(set(ids)) >= 100


@pytest.mark.parametrize("house", HOUSES)
def test_every_class_that_a_template_wears_is_in_the_stylesheet(house):
    css = "".join(
        file.read_text() for folder in (SHARED, HOUSES[house]) for file in (folder / "css").glob("*.css")
    )
    styled = set(re.findall(r"\.([a-z][a-z0-9-]*)", css))
    unknown = {}
    for file in TEMPLATES:
        if file.is_relative_to(HOUSES[house].parent) or "shared_web" in file.parts:
            names = classes_in(without_jinja_comments(file.read_text())) - styled
            unknown |= {name_of(file): names} if names else {}
    assert unknown == {}


@pytest.mark.parametrize(("house", "budget_kb"), [("pos", 135), ("backoffice", 185)])
def test_what_a_first_visit_loads_leaves_room_for_the_page_in_the_budget(house, budget_kb):
    """Cold and gzipped; the page itself comes on top (150 kB and 200 kB in all)."""
    bundles = [
        "".join(
            file.read_text()
            for folder in (SHARED, HOUSES[house])
            for file in (folder / kind).glob(f"*.{kind}")
        ).encode()
        for kind in ("css", "js")
    ]
    vendored = [
        (VENDOR / entry["file"]).resolve().read_bytes()
        for entry in VENDORED
        if not entry["file"].endswith("woff2")
    ]
    fonts = sum((VENDOR / entry["file"]).stat().st_size for entry in VENDORED if "woff2" in entry["file"])
    size = fonts + sum(len(gzip.compress(content, 5)) for content in [*bundles, *vendored])
    assert size <= budget_kb * 1000


def icons():
    return set(re.findall(r'id="i-([^"]+)"', (SHARED / "icons.svg").read_text()))


def classes_in(template):
    """Class names that are written out; names that Jinja makes are left out."""
    collector = _Classes()
    collector.feed(re.sub(r"\{%.*?%\}", " ", template, flags=re.S))
    return {name for name in collector.names if re.fullmatch(r"[a-z][a-z0-9-]*", name)}


class _Classes(HTMLParser):
    def __init__(self):
        super().__init__()
        self.names = set()

    def handle_starttag(self, tag, attrs):
        value = dict(attrs).get("class") or ""
        # "badge-{{ kind }}" is one name made of two parts: without its braces it would look whole.
        self.names |= set(re.sub(r"\S*\{\{.*?\}\}\S*", " ", value).split())
