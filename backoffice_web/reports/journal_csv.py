"""The journal as a CSV file that spreadsheets open, each entry with its place in the chain; times are UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC

from backoffice_web.publishing.journal import JournalEntry, JournalLink
from backoffice_web.reports.csv_lines import BYTE_ORDER_MARK, as_text, csv_line
from backoffice_web.reports.journal_page import action_words, kind_words
from shared_web.language import _


def journal_csv(
    entries: Iterable[tuple[JournalEntry, JournalLink | None]], *, stores: Mapping[str, str]
) -> Iterator[str]:
    """The file piece by piece; `stores` are names by id."""
    yield BYTE_ORDER_MARK + csv_line(
        [
            _("Number"), _("Time (UTC)"), _("Person"), _("Kind"), _("Record"), _("Record ID"), _("Store"),
            _("What"), _("Field"), _("Before"), _("After"), _("Hash"),
        ]
    )  # fmt: skip
    for entry, link in entries:
        yield csv_line(_cells(entry, link, stores))


def _cells(entry: JournalEntry, link: JournalLink | None, stores: Mapping[str, str]) -> list[str]:
    words = [
        entry.by, kind_words(entry.kind), entry.label, entry.key, stores.get(entry.store_id, entry.store_id),
        action_words(entry.action), entry.field, entry.before, entry.after,
    ]  # fmt: skip
    return [
        str(link.number) if link is not None else "",
        entry.at.astimezone(UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00"),
        *map(as_text, words),
        link.hash if link is not None else "",
    ]
