"""Roles: the list, the editor, two side by side, and deleting one. What is saved is at the tills at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice_web import current
from backoffice_web.forms.role_form import RoleTexts, posted_role, read_role, texts_of_role
from backoffice_web.listing import read_wish
from backoffice_web.people.delete_role import delete_role, holders
from backoffice_web.people.list_roles import SORTS, compare, list_roles
from backoffice_web.people.role import Role
from backoffice_web.people.save_role import (
    LONGEST,
    RoleDraft,
    draft_of_role,
    free_priorities,
    role_words,
    save_role,
)
from backoffice_web.publishing.publish import publish
from backoffice_web.routes.editing import Editor, announce, save_record, show_new, show_record
from backoffice_web.stores.store import Store
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.language import _, ngettext
from sync_contract.permissions import CASHIER, PERMISSIONS, SECTIONS, completed, defaults_of

blueprint = Blueprint("roles", __name__)


class RoleEditor(Editor[Role, RoleDraft, RoleTexts]):
    endpoint = "roles"
    template = "backoffice/roles/show.html"
    model = Role
    is_always_published = True
    completed = ""
    """What was ticked along, in words."""

    def blank(self) -> RoleTexts:
        """A copy of another role, or what a cashier needs; nothing that one does not hold oneself."""
        copied = self.session.get(Role, request.args.get("copy", ""))
        held = copied.permissions if copied is not None else defaults_of(CASHIER)
        name = _("Copy of %(name)s", name=copied.name)[:LONGEST] if copied is not None else ""
        return RoleTexts(
            name=name,
            priority=str(next(iter(free_priorities(self.session)), "")),
            permissions=frozenset(key for key in held if current.account().may(key)),
            logs_off_after_sale=copied is not None and copied.logs_off_after_sale,
            wants_second_factor=copied is not None and copied.wants_second_factor,
        )

    def draft_of(self, row: Role) -> RoleDraft:
        return draft_of_role(row)

    def texts_of(self, draft: RoleDraft) -> RoleTexts:
        return texts_of_role(draft)

    def posted(self, form: MultiDict[str, str]) -> RoleTexts:
        return posted_role(form)

    def pressed(self, texts: RoleTexts, action: str) -> RoleTexts:
        """Select All and Clear of a section, without script."""
        match = re.fullmatch(r"(all|none)-([0-4])", action, re.ASCII)
        if match is None:
            return texts
        section = {each.key for each in PERMISSIONS if each.section == SECTIONS[int(match[2])]}
        if match[1] == "none":
            return replace(texts, permissions=texts.permissions - section)
        mine = {key for key in section if current.account().may(key)}
        return replace(texts, permissions=frozenset(completed(texts.permissions | mine)))

    def read(self, texts: RoleTexts, before: RoleDraft | None) -> RoleDraft:
        draft = read_role(texts)
        whole = frozenset(completed(draft.permissions))
        if added := [_(each.label) for each in PERMISSIONS if each.key in whole - draft.permissions]:
            self.completed = _("Also ticked, because others need it: %(labels)s", labels=", ".join(added))
        return replace(draft, permissions=whole)

    def warnings(self, row: Role) -> list[dict[str, str]]:
        return [toast("info", self.completed)] if self.completed else []

    def save(
        self, draft: RoleDraft, *, key: str | None, revision: int | None, by: str, now: datetime
    ) -> Role:
        return save_role(self.session, draft, role_id=key, revision=revision, by=current.account(), now=now)

    def words(self, draft: RoleDraft) -> Mapping[str, str]:
        return role_words(draft)

    def records(self, key: str) -> list[tuple[str, str]]:
        return [("role", key)]

    def context(self) -> dict[str, Any]:
        key = (request.view_args or {}).get("key", "")
        others = select(Role.id, Role.name).where(Role.id != key).order_by(Role.priority)
        return {
            "sections": _sections(),
            "labels_of": {each.key: _(each.label) for each in PERMISSIONS},
            "priorities": [(str(one), str(one)) for one in free_priorities(self.session, besides=key)],
            "people": holders(self.session, key),
            "others": self.session.execute(others).all(),
        }


@blueprint.get("/roles")
@needs("role.edit")
def index() -> ResponseReturnValue:
    wish = read_wish(request.args, sorts=tuple(SORTS), default_sort="priority")
    with current.read() as session:
        return render_template("backoffice/roles/index.html", page=list_roles(session, wish))


@blueprint.get("/roles/comparison")
@needs("role.edit")
def comparison() -> ResponseReturnValue:
    """Two roles side by side; what is not asked for falls back to the first two."""
    with current.read() as session:
        roles = list(session.scalars(select(Role).order_by(Role.priority)))
        by_id = {role.id: role for role in roles}
        left = by_id.get(request.args.get("left", ""), roles[0])
        right = by_id.get(request.args.get("right", ""), roles[min(1, len(roles) - 1)])
        return render_template(
            "backoffice/roles/comparison.html",
            roles=[(role.id, role.name) for role in roles],
            left=left,
            right=right,
            sections=compare(left, right),
        )


@blueprint.get("/roles/new")
@needs("role.edit")
def new() -> ResponseReturnValue:
    return show_new(RoleEditor)


@blueprint.post("/roles")
@needs("role.edit", wants_password=True)
def create() -> ResponseReturnValue:
    return save_record(RoleEditor)


@blueprint.get("/roles/<key>")
@needs("role.edit")
def show(key: str) -> ResponseReturnValue:
    return show_record(RoleEditor, key)


@blueprint.post("/roles/<key>")
@needs("role.edit", wants_password=True)
def update(key: str) -> ResponseReturnValue:
    return save_record(RoleEditor, key)


@blueprint.post("/roles/<key>/removal")
@needs("role.edit", wants_password=True)
def remove(key: str) -> ResponseReturnValue:
    by, now = current.account(), current.now()
    with current.write() as session:
        deleted = delete_role(session, key, move_to=request.form.get("move_to", ""), by=by, now=now)
        results = publish(
            session, stores=_every_store(session), records=deleted.records, by=by.name, now=now, urgent=True
        )
        session.commit()
    announce(results)
    moved = (
        ngettext("%(count)s person moved.", "%(count)s people moved.", deleted.moved) if deleted.moved else ""
    )
    told = toast("success", _("Role %(name)s deleted and published.", name=deleted.name), moved)
    return go_to(url_for("roles.index"), toasts=[told])


def _every_store(session: Session) -> list[str]:
    return list(session.scalars(select(Store.id).order_by(Store.name)))


def _sections() -> list[tuple[str, list[Any]]]:
    return [(section, [each for each in PERMISSIONS if each.section == section]) for section in SECTIONS]
