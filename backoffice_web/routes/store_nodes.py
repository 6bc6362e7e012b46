"""The store nodes: which there are, the codes that pair new ones, and revoking one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.routes.scope import check_reach, my_stores, shown_stores
from backoffice_web.stores.store import Store
from backoffice_web.terminals.node import NodeStore
from backoffice_web.terminals.pairing import (
    CODE_LIVES,
    has_embedded_node,
    list_nodes,
    new_pairing_code,
    revoke,
    serving_names,
)
from shared_web.access import needs
from shared_web.answers import go_to, instead_of_form, is_htmx, toast
from shared_web.errors import RuleError
from shared_web.language import _

blueprint = Blueprint("store_nodes", __name__)


@blueprint.app_context_processor
def _node_words() -> dict[str, Any]:
    # The list is part of the Terminals page too, and finds its rows by itself.
    return {"store_nodes": _nodes}


@blueprint.get("/store-nodes")
@needs("terminal.edit")
def index() -> ResponseReturnValue:
    """The list as a fragment, when the Terminals page refreshes it."""
    if not is_htmx():
        return go_to(url_for("terminals.index", _anchor="store-nodes"))
    return render_template("backoffice/store_nodes/_list.html")


@blueprint.get("/store-nodes/new")
@needs("terminal.edit")
def new() -> ResponseReturnValue:
    return _form(name="", chosen=[])


@blueprint.post("/store-nodes/pairing-codes")
@needs("terminal.edit", wants_password=True)
def create_pairing_code() -> ResponseReturnValue:
    """The code is in this answer and nowhere else."""
    now = current.now()
    name, chosen = request.form.get("name", "")[:200], request.form.getlist("stores")[:1_000]
    check_reach(*chosen)
    try:
        with current.write() as session:
            code = new_pairing_code(
                session, node_name=name, store_ids=chosen, by=current.account().name, now=now
            )
            stores = list(session.scalars(select(Store).where(Store.id.in_(chosen)).order_by(Store.name)))
            session.commit()
    except RuleError as problem:
        return _form(name=name, chosen=chosen, errors=problem.fields or {"": problem.sentence}), 422
    address = request.host_url.rstrip("/")
    return instead_of_form(
        render_template(
            "backoffice/store_nodes/code.html",
            name=name.strip(),
            stores=stores,
            code=code,
            address=address,
            expires_at=now + CODE_LIVES,
        )
    )


@blueprint.post("/store-nodes/<key>/revocation")
@needs("terminal.edit", wants_password=True)
def create_revocation(key: str) -> ResponseReturnValue:
    with current.write() as session:
        check_reach(*session.scalars(select(NodeStore.store_id).where(NodeStore.node_id == key)))
        node = revoke(session, node_id=key, by=current.account().name, now=current.now())
        session.commit()
    current.office().hang_up(key)
    current.office().announcer.announce("office:nodes", {"node": key}, room="office")
    return go_to(
        url_for("terminals.index", _anchor="store-nodes"),
        toasts=[toast("success", _("%(name)s was revoked.", name=node.name))],
    )


def _form(*, name: str, chosen: list[str], errors: Mapping[str, str] | None = None) -> str:
    with current.read() as session:
        return render_template(
            "backoffice/store_nodes/new.html",
            name=name,
            chosen=chosen,
            choices=_choices(session),
            is_embedded=has_embedded_node(session),
            errors=defaultdict(str, errors or {}),
        )


def _choices(session: Session) -> list[tuple[Store, str]]:
    """Every store where one may act, with the name of the node that serves it already, or nothing."""
    serving = serving_names(session)
    return [(store, serving.get(store.id, "")) for store in my_stores(session)]


def _nodes() -> dict[str, Any]:
    with current.read() as session:
        stores = shown_stores(session)
        return {
            "rows": list_nodes(session, store_ids=[store.id for store in stores]),
            "is_embedded": has_embedded_node(session),
            "time_zone": stores[0].time_zone if stores else "UTC",
        }
