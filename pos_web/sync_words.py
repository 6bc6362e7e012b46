"""What a sync did, in the words of the till: toasts, counts per kind, and one row per change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pos_web.syncing.status import AppliedChanges, sentence_of
from pos_web.syncing.store_thread import AUTO, START
from pos_web.syncing.summary import FieldChange, RecordChange
from pos_web.syncing.sync_result import APPLIED, RUNNING, SyncResult
from pos_web.syncing.sync_run import SyncRun
from shared_web import formats
from shared_web.answers import toast
from shared_web.language import _, ngettext
from sync_contract.records import StoreProfile


@dataclass(frozen=True)
class ShownChange:
    """One row of *What changed*; `before` and `after` may both be empty."""

    label: str
    name: str
    before: str = ""
    after: str = ""


def result_toast(result: SyncResult) -> dict[str, str]:
    """The toast that answers a pressed Sync."""
    if result.is_success:
        return toast("success", _("Synced successfully"), _success_detail(result))
    if result.outcome == RUNNING:
        return toast("info", sentence_of(result.outcome, result.reason))
    return toast("error", sentence_of(result.outcome, result.reason), retry=".sync-button")


def applied_toast(applied: Sequence[AppliedChanges]) -> dict[str, str]:
    """The toast for updates that came by themselves; `applied` newest first."""
    count = sum(each.summary.change_count for each in applied)
    authors = dict.fromkeys(note.by for each in applied for note in each.summary.publications)
    detail = " · ".join([changes_applied(count), f"v{applied[0].version}", *authors])
    return toast("success", _("Updates applied"), detail)


def changes_applied(count: int) -> str:
    return ngettext("%(count)s change applied", "%(count)s changes applied", count)


def run_words(run: SyncRun) -> str:
    """How a sync ended, for the list of earlier ones."""
    if run.outcome == APPLIED:
        return f"{changes_applied(run.change_count)} · v{run.to_version}"
    return sentence_of(run.outcome, run.reason) or _("Already up to date")


def run_facts(run: SyncRun) -> str:
    """From which version to which, how much, how long: `v41 → v42 · 3 KB · 0.04 s`."""
    is_newer = run.to_version != run.from_version
    versions = f"v{run.from_version} → v{run.to_version}" if is_newer else f"v{run.to_version}"
    size = [formats.file_size(run.byte_count)] if run.byte_count else []
    return " · ".join([versions, *size, formats.seconds(run.duration_ms / 1_000)])


def starter(run: SyncRun) -> str:
    """Who or what started a sync."""
    if run.started_by in {AUTO, START}:
        return _("automatic")
    return _("manual, %(name)s", name=run.started_by) if run.is_manual else run.started_by


def count_words(counts: Mapping[str, int]) -> str:
    """`12 products, 1 tax`: the most changed kind first."""
    ordered = sorted(counts.items(), key=lambda entry: -entry[1])
    return ", ".join(_kind_count(kind, count) for kind, count in ordered if count)


def shown_changes(changes: Iterable[RecordChange], profile: StoreProfile | None) -> list[ShownChange]:
    """One row per new or removed record, and per field of a changed one."""
    currency = profile.currency if profile is not None else "USD"
    return [row for change in changes for row in _rows(change, currency)]


def _success_detail(result: SyncResult) -> str:
    if result.outcome != APPLIED or (result.change_count == 0 and not result.is_full):
        return _("Already up to date")
    if result.change_count == 0:
        return f"{_('Everything was read again, and nothing differed')} · v{result.to_version}"
    return f"{changes_applied(result.change_count)} · v{result.to_version}"


def _rows(change: RecordChange, currency: str) -> list[ShownChange]:
    name = change.name or _kind_label(change.kind)
    if change.how == "new":
        return [ShownChange(_("New"), name)]
    if change.how == "removed":
        return [ShownChange(_("Removed"), name)]
    if not change.fields:
        return [ShownChange(_("Changed"), name)]
    return [_row(field, name, currency) for field in change.fields]


def _row(field: FieldChange, name: str, currency: str) -> ShownChange:
    shown = f"{name} – {field.of}" if field.of else name
    before, after = (_value(text, field, currency) for text in (field.before, field.after))
    return ShownChange(_field_label(field.field), shown, before, after)


def _value(text: str, field: FieldChange, currency: str) -> str:
    if not text:
        return ""
    if field.unit == "cents":
        return formats.amount(int(text), currency)
    return formats.percent(int(text)) if field.unit == "millionths" else text


def _field_label(field: str) -> str:
    labels = {
        "name": _("Name"),
        "price": _("Price"),
        "category": _("Category"),
        "rate": _("Rate"),
        "variants": _("Variants"),
        "tax_class": _("Tax"),
        "tax_classes": _("Tax"),
        "modifier_groups": _("Modifiers"),
        "modifiers": _("Modifiers"),
        "position": _("Order"),
        "tone": _("Colour"),
        "is_favourite": _("Favourite"),
        "role": _("Role"),
        "permissions": _("Permissions"),
    }
    return labels.get(field, _("Changed"))


def _kind_label(kind: str) -> str:
    labels = {"store_settings": _("Store settings"), "store_profile": _("Store profile")}
    return labels.get(kind, kind)


def _kind_count(kind: str, count: int) -> str:
    words = {
        "store_profile": lambda: _("store profile"),
        "store_settings": lambda: _("store settings"),
        "tax": lambda: ngettext("%(count)s tax", "%(count)s taxes", count),
        "category": lambda: ngettext("%(count)s category", "%(count)s categories", count),
        "item": lambda: ngettext("%(count)s item", "%(count)s items", count),
        "modifier_group": lambda: ngettext("%(count)s modifier group", "%(count)s modifier groups", count),
        "discount": lambda: ngettext("%(count)s discount", "%(count)s discounts", count),
        "reason": lambda: ngettext("%(count)s reason", "%(count)s reasons", count),
        "tender_type": lambda: ngettext("%(count)s payment type", "%(count)s payment types", count),
        "role": lambda: ngettext("%(count)s role", "%(count)s roles", count),
        "employee": lambda: ngettext("%(count)s person", "%(count)s people", count),
        "credential": lambda: ngettext("%(count)s PIN", "%(count)s PINs", count),
    }
    found = words.get(kind)
    return found() if found is not None else ngettext("%(count)s record", "%(count)s records", count)
