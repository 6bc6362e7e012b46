"""What the Publish page's form says: the ticked records, and what its page had shown."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from backoffice_web.publishing.published import RecordKey

LONGEST_NOTE = 500


@dataclass(frozen=True, kw_only=True)
class PublicationTexts:
    """`ticked` maps records to the stamp of the edit that was shown, None where the form has none.

    `seen` maps stores to the versions that were shown; `newest` is the latest edit that was.
    """

    ticked: dict[RecordKey, int | None]
    is_everything: bool
    stores: frozenset[str]
    seen: dict[str, int]
    newest: int | None
    note: str


def posted_publication(form: MultiDict[str, str]) -> PublicationTexts:
    """Reads what can be read; nothing in a form can make it fail."""
    return PublicationTexts(
        ticked=dict(filter(None, map(_tick, form.getlist("record")))),
        is_everything="everything" in form,
        stores=frozenset(form.getlist("publish_to")),
        seen=dict(filter(None, map(_version, form.getlist("seen")))),
        newest=_whole(form.get("newest", "")),
        note=form.get("note", "").strip()[:LONGEST_NOTE],
    )


def _tick(text: str) -> tuple[RecordKey, int | None] | None:
    kind, _colon, rest = text.partition(":")
    key, _colon, stamp = rest.partition(":")
    return ((kind, key), _whole(stamp)) if key else None


def _version(text: str) -> tuple[str, int] | None:
    store_id, _colon, version = text.rpartition(":")
    number = _whole(version)
    return (store_id, number) if number is not None else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
