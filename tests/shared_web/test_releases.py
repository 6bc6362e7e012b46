"""The releases in the changelog, and which version is the newer one."""

import pytest

from settings import VERSION
from shared_web.releases import is_newer, read_releases, releases

TEXT = """# Changelog

## 0.2.0 – 2027-01-10

- **Sync** in [three places](docs/sync.md), by `bin/run`; *Download*, 2 * 3.

## 0.1.0

Words that are no note.

- First.
- Second.
"""


def test_each_release_has_its_number_and_plain_notes():
    newest, first = read_releases(TEXT)
    assert (newest.title, newest.version) == ("0.2.0 – 2027-01-10", "0.2.0")
    assert newest.notes == ("Sync in three places, by bin/run; Download, 2 * 3.",)
    assert first.notes == ("First.", "Second.")


def test_the_changelog_lies_beside_the_code_and_tells_of_this_version():
    assert VERSION in {release.version for release in releases()}
    assert all(release.notes for release in releases())


@pytest.mark.parametrize("text", ["", "no headings", "## 1.0"])
def test_any_text_may_be_there(text):
    assert all(release.notes == () for release in read_releases(text))


@pytest.mark.parametrize(
    ("version", "than", "newer"),
    [
        ("0.2.0", "0.1.0", True), ("0.10.0", "0.9.9", True), ("1.0", "0.9.9", True),
        ("0.1.0", "0.1.0", False), ("0.1.0", "0.2.0", False), ("", "0.1.0", False),
        ("<b>9.9</b>", "0.1.0", False), ("9.9.9-rc", "0.1.0", False),
    ],
)  # fmt: skip
def test_only_a_higher_number_is_newer(version, than, newer):
    assert is_newer(version, than) is newer
