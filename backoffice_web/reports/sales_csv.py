"""Sales as a CSV file that spreadsheets open.

Invariants: amounts are plain decimals with a point, in the currency of their own column; times are the
store's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from backoffice_web.ledger.sale import Sale
from backoffice_web.reports.csv_lines import BYTE_ORDER_MARK, as_text, csv_line
from backoffice_web.stores.store import Store
from shared_web.formats import to_decimal
from shared_web.language import _


def sales_csv(
    sales: Iterable[Sale], *, stores: Mapping[str, Store], terminals: Mapping[str, str]
) -> Iterator[str]:
    """The file piece by piece: a head, then one line per sale."""
    yield BYTE_ORDER_MARK + csv_line(_head())
    for sale in sales:
        yield csv_line(_cells(sale, stores[sale.store_id], terminals.get(sale.terminal_id, sale.terminal_id)))


def _head() -> list[str]:
    return [
        _("Number"), _("Kind"), _("Store"), _("Terminal"), _("Business date"), _("Time"), _("Time zone"),
        _("Employee"), _("Currency"), _("Subtotal"), _("Tax"), _("Total"), _("Reason"), _("Remark"),
        _("Sale"), _("Refund of"),
    ]  # fmt: skip


def _cells(sale: Sale, store: Store, terminal: str) -> list[str]:
    at = sale.finished_at.astimezone(ZoneInfo(store.time_zone)).replace(tzinfo=None)
    amounts = [
        str(to_decimal(cents, sale.currency))
        for cents in (sale.subtotal_cents, sale.tax_cents, sale.total_cents)
    ]
    return [
        as_text(sale.number),
        _("Refund") if sale.is_refund else _("Sale"),
        as_text(store.name),
        as_text(terminal),
        sale.business_date.isoformat(),
        at.isoformat(sep=" ", timespec="seconds"),
        store.time_zone,
        as_text(sale.employee_name),
        as_text(sale.currency),
        *amounts,
        as_text(sale.reason),
        as_text(sale.flag),
        as_text(sale.uuid),
        as_text(sale.refund_of),
    ]
