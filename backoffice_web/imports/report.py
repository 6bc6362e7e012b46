"""A dry run as people read it: row by row on the page, and as a CSV that no spreadsheet runs as a formula."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from backoffice_web.imports.plan import CHANGED, NEW, UNCHANGED, ImportPlan, PlannedItem
from backoffice_web.reports.csv_lines import BYTE_ORDER_MARK, as_text, csv_line
from shared_web.language import _, ngettext

REFUSED, NOTICE = "refused", "notice"
STATES = (NEW, CHANGED, UNCHANGED, REFUSED, NOTICE)


class ReportRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product (`state` new, changed, unchanged), or a refusal or notice with its `text`.

    Prices are minor units in the store's price list; `item_id` is empty until the item is saved.
    """

    state: str
    row: int | None
    name: str = ""
    item_id: str = ""
    category: str = ""
    variant_count: int = 0
    lowest_cents: int | None = None
    highest_cents: int | None = None
    needs_price: bool = False
    changes: tuple[tuple[str, str, str], ...] = ()
    text: str = ""
    column: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`besides` are sentences about what else is made: categories, modifier groups, a tax class.

    `records` are the (kind, key) pairs that were changed besides the items; empty before.
    """

    rows: tuple[ReportRow, ...] = ()
    besides: tuple[str, ...] = ()
    records: tuple[tuple[str, str], ...] = ()

    def in_state(self, state: str) -> list[ReportRow]:
        return [row for row in self.rows if row.state == state]

    def count(self, state: str) -> int:
        return sum(row.state == state for row in self.rows)


_REPORT = msgspec.msgpack.Decoder(Report)


def report_of(
    plan: ImportPlan, *, item_ids: Sequence[str] = (), records: Sequence[tuple[str, str]] = ()
) -> Report:
    """The report of a plan; after saving with the ids of its items, in their order."""
    ids = item_ids or [item.item_id or "" for item in plan.items]
    products = [_product_row(item, item_id, plan) for item, item_id in zip(plan.items, ids, strict=True)]
    refusals = (
        ReportRow(state=REFUSED, row=one.row, text=one.reason, column=one.column, name=one.value)
        for one in plan.refusals
    )
    notices = (
        ReportRow(state=NOTICE, row=one.row, text=one.remark, column=one.column, name=one.value)
        for one in plan.notices
    )
    return Report(
        rows=(*products, *refusals, *notices), besides=tuple(_besides(plan)), records=tuple(records)
    )


def packed(report: Report) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(report), 3)


def unpacked(content: bytes | None) -> Report:
    """The report again; an empty one after it was forgotten."""
    return _REPORT.decode(zlib.decompress(content)) if content else Report()


def report_csv(report: Report) -> str:
    """The report as CSV that spreadsheets open."""
    header = (_("Row"), _("Outcome"), _("Item or value"), _("Column"), _("Field"), _("Before"), _("After"))
    lines = [csv_line([*header, _("Reason")])]
    lines += [csv_line([as_text(cell) for cell in cells]) for cells in _csv_rows(report.rows)]
    return BYTE_ORDER_MARK + "".join(lines)


def state_word(state: str) -> str:
    words = {
        NEW: _("New"),
        CHANGED: _("Changed"),
        UNCHANGED: _("Unchanged"),
        REFUSED: _("Refused"),
        NOTICE: _("Notice"),
    }
    return words[state]


def _csv_rows(rows: Iterable[ReportRow]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        start = (str(row.row or ""), state_word(row.state), row.name, row.column)
        for label, before, after in row.changes or (("", "", ""),):
            yield (*start, label, before, after, row.text)


def _product_row(item: PlannedItem, item_id: str, plan: ImportPlan) -> ReportRow:
    listed = [variant.prices.get(plan.price_list_id) for variant in item.draft.variants]
    prices = [
        variant.store_prices.get(plan.store_id, price)
        for variant, price in zip(item.draft.variants, listed, strict=True)
    ]
    known = [cents for cents in listed if cents is not None]
    return ReportRow(
        state=item.state,
        row=item.product.row,
        name=item.product.name,
        item_id=item_id,
        category=" > ".join(item.product.category),
        variant_count=len(item.draft.variants),
        lowest_cents=min(known, default=None),
        highest_cents=max(known, default=None),
        needs_price=None in prices,
        changes=tuple((label, before, after) for label, (before, after) in item.fields.items()),
    )


def _besides(plan: ImportPlan) -> Iterator[str]:
    added = [draft.name for key, draft in plan.categories.values() if key is None]
    restored = [draft.name for key, draft in plan.categories.values() if key is not None]
    if added:
        yield ngettext(
            "New category: %(names)s.",
            "%(count)s new categories: %(names)s.",
            len(added),
            names=_listed(added),
        )
    if restored:
        yield _("Taken out of the archive: %(names)s.", names=_listed(restored))
    new_groups = [draft.name for key, draft in plan.groups.values() if key is None]
    changed_groups = [draft.name for key, draft in plan.groups.values() if key is not None]
    if new_groups:
        yield _("New modifier groups: %(names)s.", names=_listed(new_groups))
    if changed_groups:
        yield _("Modifier groups with other prices or new choices: %(names)s.", names=_listed(changed_groups))
    if plan.is_tax_class_missing:
        yield _("A tax class “Not taxed”, for items that the file calls not taxable.")


def _listed(names: Sequence[str], most: int = 12) -> str:
    more = len(names) - most
    shown = ", ".join(names[:most])
    return shown if more <= 0 else _("%(names)s and %(count)s more", names=shown, count=more)
