"""Every sentence on screen is in the catalog that translators work from."""

from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "shared_web" / "translations" / "evertill.pot"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"newstyle_gettext": "true", "trim_blocks": "true"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def test_the_catalog_holds_every_sentence():
    with CATALOG.open("rb") as file:
        known = {message.id for message in read_po(file)}
    missing = set()
    for house in ("shared_web", "pos_web", "backoffice_web", "sync_contract"):
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / house, METHODS, OPTIONS, KEYWORDS
        ):
            if message not in known:
                missing.add(message)
    assert not missing, "run bin/sentences"
