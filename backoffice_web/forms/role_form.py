"""The role editor's fields as texts."""

from __future__ import annotations

from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from backoffice_web.editing import Complaints
from backoffice_web.forms.typed import whole_number
from backoffice_web.people.save_role import RoleDraft
from shared_web.language import _
from sync_contract.permissions import KEYS


@dataclass(frozen=True, kw_only=True)
class RoleTexts:
    name: str = ""
    priority: str = ""
    code: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    logs_off_after_sale: bool = False
    wants_second_factor: bool = False


def texts_of_role(draft: RoleDraft) -> RoleTexts:
    return RoleTexts(
        name=draft.name,
        priority=str(draft.priority),
        code=draft.code,
        permissions=draft.permissions,
        logs_off_after_sale=draft.logs_off_after_sale,
        wants_second_factor=draft.wants_second_factor,
    )


def posted_role(form: MultiDict[str, str]) -> RoleTexts:
    return RoleTexts(
        name=form.get("name", ""),
        priority=form.get("priority", ""),
        code=form.get("code", ""),
        permissions=KEYS.intersection(form.getlist("permissions")),
        logs_off_after_sale="logs_off_after_sale" in form,
        wants_second_factor="wants_second_factor" in form,
    )


def read_role(texts: RoleTexts) -> RoleDraft:
    """Raises RuleError with fields."""
    complaints = Complaints()
    if not texts.priority.strip():
        complaints.add("priority", _("Choose a priority."))
    draft = RoleDraft(
        name=texts.name.strip(),
        priority=whole_number(texts.priority, "priority", complaints),
        code=texts.code.strip(),
        permissions=texts.permissions,
        logs_off_after_sale=texts.logs_off_after_sale,
        wants_second_factor=texts.wants_second_factor,
    )
    complaints.raise_if_any()
    return draft
