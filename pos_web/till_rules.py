"""The rules that every till of a store shares, as POS Settings posts them and as they are said."""

from __future__ import annotations

import msgspec
from flask import request

from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.records import StoreSettings
from sync_contract.store_edit import StoreEdit, TillRules

# What is no number is out of every range.
NO_NUMBER = -1


def wanted_rules() -> TillRules:
    """What the form asks for; with Reset the defaults."""
    is_reset = request.form.get("action") == "reset"
    return rules_of(StoreSettings()) if is_reset else posted_rules("")


def posted_rules(prefix: str) -> TillRules:
    """The fields of that prefix: `seen_` is what the person looked at."""
    lock = request.form.get(f"{prefix}lock_after_sale", "")
    return TillRules(
        auto_sync_after_s=posted_number(f"{prefix}auto_sync_after_s"),
        idle_lock_s=posted_number(f"{prefix}idle_lock_s"),
        lock_after_sale=lock not in ("", "0"),
    )


def rules_of(settings: StoreSettings) -> TillRules:
    return TillRules(
        auto_sync_after_s=settings.auto_sync_after_s,
        idle_lock_s=settings.idle_lock_s,
        lock_after_sale=settings.lock_after_sale,
    )


def shown_rules(rules: TillRules) -> dict[str, int]:
    return {name: int(value) for name, value in msgspec.structs.asdict(rules).items()}


def refuse_what_is_no_number(rules: TillRules) -> None:
    """Raises RuleError with fields."""
    values = msgspec.structs.asdict(rules)
    wrong = {name: _("Enter a whole number.") for name, value in values.items() if value == NO_NUMBER}
    if wrong:
        raise RuleError(_("Please check what you entered."), fields=wrong)


def noted_rules(edit: StoreEdit) -> dict[str, str]:
    """What shall be another, from what to what, as the journal keeps it."""
    seen, wanted = msgspec.structs.asdict(edit.seen), msgspec.structs.asdict(edit.wanted)
    return {name: f"{seen[name]} → {value}" for name, value in wanted.items() if value != seen[name]}


def rule_words(rules: TillRules) -> dict[str, str]:
    """Label → value, in words."""
    return {
        _("Sync by themselves after"): str(rules.auto_sync_after_s),
        _("Auto-lock after"): str(rules.idle_lock_s),
        _("Log off after each sale"): _("Yes") if rules.lock_after_sale else _("No"),
    }


def posted_number(name: str) -> int:
    """The field as a number; NO_NUMBER for what is none."""
    text = request.form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else NO_NUMBER
