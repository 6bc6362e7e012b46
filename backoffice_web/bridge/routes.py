"""The bridge: the HTTP API that store nodes use, with a bearer token instead of a session.

Invariants: a bad request is answered with a 4xx and a JSON sentence, never with a 5xx; nothing is
announced before its transaction committed; no other store's records can be reached.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import msgspec
import structlog
from flask import Blueprint, Response, g, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException

from backoffice_web import current
from backoffice_web.bridge import asked
from backoffice_web.bridge.access import (
    EMBEDDED,
    NodeAccess,
    end_former_token,
    is_revoked,
    issue_next_token,
    node_at_store,
    node_of,
)
from backoffice_web.bridge.changes import MustRefetch, change_stream
from backoffice_web.bridge.status import status_of, stores_of, terminal_entry
from backoffice_web.ledger.ingest import ingest
from backoffice_web.ledger.news import news_of
from backoffice_web.owned.take_in import take_in
from backoffice_web.stores.store import Store
from backoffice_web.stores.till_edit import edit_from_till, till_rules
from backoffice_web.terminals.node import Node
from backoffice_web.terminals.pairing import note_seen, pair
from backoffice_web.terminals.registration import claim
from backoffice_web.terminals.report import record_report
from shared_web.access import anyone
from shared_web.errors import RuleError, StaleEdit
from shared_web.language import _
from sync_contract.changes import MEDIA_TYPE
from sync_contract.contract import CONTRACT, HEADER, VERSION_HEADER, contract_of, is_spoken
from sync_contract.integrity import DAMAGED, DIGEST_HEADER, content_digest, is_intact
from sync_contract.notice import Notice
from sync_contract.pairing import NewToken, Problem, Registration
from sync_contract.store_edit import StoreEditAnswer

# Large enough for a day's worth of documents; a node with more sends several.
LARGEST_BODY = 8 * 1024 * 1024
FLUSH = 64 * 1024
WITHOUT_TOKEN = frozenset({"bridge.pairings"})

blueprint = Blueprint("bridge", __name__, url_prefix="/bridge/v1")


@blueprint.record_once
def _exempt_from_csrf(state: BlueprintSetupState) -> None:
    # No cookie opens the bridge, so that no other site can make a browser use it.
    state.app.extensions["csrf_protect"].exempt(blueprint)


@blueprint.before_request
def _authenticate() -> Response | None:
    request.max_content_length = LARGEST_BODY
    contract = contract_of(request.headers.get(HEADER))
    if not is_spoken(contract):
        return _problem(412, "contract", _contract_words(contract))
    if request.content_encoding not in (None, "", "identity"):
        # Nobody sends it, and a small body could unpack to a huge one.
        return _problem(415, "unsupported-encoding", _("Send it uncompressed."))
    if request.endpoint in WITHOUT_TOKEN:
        return None
    token = _token()
    store_id = (request.view_args or {}).get("store_id")
    with current.reading() as reading:
        node = _node_with(reading, token, store_id) if token else None
    if node is None:
        with current.read() as session:
            return _unknown_node(is_revoked(session, token))
    if node.is_first_use:
        with current.write() as session:
            end_former_token(session, node_id=node.node_id, token=token)
            session.commit()
    g.node = node
    structlog.contextvars.bind_contextvars(node=node.node_id, **({"store": store_id} if store_id else {}))
    if store_id is not None and store_id not in node.store_ids:
        return _problem(403, "not-your-store", _("This node does not serve that store."))
    return _refuse_damaged()


def _node_with(reading: Connection, token: str, store_id: str | None) -> NodeAccess | None:
    if store_id is None:
        return node_of(reading, token)
    return node_at_store(reading, token, store_id=store_id)


def _refuse_damaged() -> Response | None:
    told = request.headers.get(DIGEST_HEADER)
    if told is None or is_intact(request.get_data(), told):
        return None
    return _problem(400, DAMAGED, _("This request was damaged on its way. Send it again."))


@blueprint.after_request
def _say_the_contract(response: Response) -> Response:
    response.headers[HEADER] = str(CONTRACT)
    if response.mimetype != MEDIA_TYPE:
        response.headers[DIGEST_HEADER] = content_digest(response.get_data())
    return response


@blueprint.get("/stores")
@anyone
def stores() -> Response:
    with current.read() as session:
        return _json(stores_of(session, _node()))


@blueprint.get("/stores/<store_id>/status")
@anyone
def status(store_id: str) -> Response:
    since = asked.version(request.args, "since")
    heard = asked.version(request.args, "corrections") if "corrections" in request.args else None
    with current.read() as session:
        status = status_of(session, store_id=store_id, since=since, corrections_heard=heard)
    return _json(msgspec.structs.replace(status, office_version=current.office().version))


@blueprint.get("/stores/<store_id>/changes")
@anyone
def changes(store_id: str) -> Response:
    position = asked.position(request.args)
    reading = current.reading()
    try:
        lines = change_stream(reading, store_id=store_id, position=position)
        pieces = _whole_if_small(_batched(lines))
    except MustRefetch:
        reading.close()
        return _problem(409, "must-refetch", _("Take the whole set again."))
    except BaseException:
        reading.close()
        raise
    is_compressed = request.accept_encodings.quality("gzip") > 0
    response = Response(_gzip(pieces) if is_compressed else pieces, mimetype=MEDIA_TYPE)
    response.headers["Vary"] = "Accept-Encoding"
    if is_compressed:
        response.headers["Content-Encoding"] = "gzip"
    # Not in a `finally` of the generator: one that never starts would never end.
    response.call_on_close(reading.close)
    return response


@blueprint.post("/stores/<store_id>/uploads")
@anyone
def uploads(store_id: str) -> Response:
    documents = asked.documents(request.get_data(cache=False))
    with current.write() as session:
        receipts = ingest(session, store_id=store_id, documents=documents, now=current.now())
        session.commit()
    for event in news_of(documents, receipts):
        current.office().announcer.announce(event, {"store": store_id}, room="office")
    return _json(receipts)


@blueprint.post("/stores/<store_id>/reports")
@anyone
def reports(store_id: str) -> Response:
    report = asked.report(request.get_data(cache=False), store_id)
    with current.write() as session:
        node = session.get_one(Node, _node().node_id)
        record_report(
            session,
            report=report,
            now=current.now(),
            address=request.remote_addr or "",
            app_version=request.headers.get(VERSION_HEADER, ""),
            node_since=node.created_at,
        )
        note_seen(
            session,
            node_id=node.id,
            contract=contract_of(request.headers.get(HEADER)) or 0,
            version=request.headers.get(VERSION_HEADER, ""),
            now=current.now(),
        )
        session.commit()
    payload = {"store": store_id, "version": report.version}
    current.office().announcer.announce("office:reports", payload, room="office")
    return Response(status=204)


@blueprint.post("/stores/<store_id>/owned")
@anyone
def owned(store_id: str) -> Response:
    found = asked.owned(request.get_data(cache=False), store_id)
    with current.write() as session:
        take_in(session, owned=found, now=current.now())
        session.commit()
    current.office().announcer.announce("office:owned", {"store": store_id}, room="office")
    return Response(status=204)


@blueprint.post("/stores/<store_id>/settings")
@anyone
def settings(store_id: str) -> Response:
    """A till changes its store's settings; what comes of it is a value, whoever was faster."""
    edit = asked.store_edit(request.get_data(cache=False), store_id)
    try:
        with current.write() as session:
            result = edit_from_till(session, edit=edit, now=current.now())
            session.commit()
    except StaleEdit:
        with current.read() as session:
            saved = till_rules(session.get_one(Store, store_id))
        return _json(StoreEditAnswer(outcome="stale", saved=saved))
    except RuleError as problem:
        return _json(StoreEditAnswer(outcome="refused", sentence=problem.sentence, fields=problem.fields))
    notice = Notice(store=store_id, version=result.version, urgent=result.is_urgent)
    current.announce_publications([notice] if result.change_count else [])
    current.office().announcer.announce("office:saved", {}, room="office")
    return _json(StoreEditAnswer(outcome="published", version=result.version))


@blueprint.post("/registrations")
@anyone
def registrations() -> Response:
    code = asked.code(request.get_data(cache=False))
    with current.write() as session:
        terminal = claim(session, code=code, store_ids=_node().store_ids, now=current.now())
        session.commit()
        answer = Registration(store=terminal.store_id, terminal=terminal_entry(terminal))
    current.office().announcer.announce("office:reports", {"store": terminal.store_id}, room="office")
    return _json(answer)


@blueprint.post("/pairings")
@anyone
def pairings() -> Response:
    """The one request without a token: the code is what proves the node. The answer is given once."""
    wanted = asked.node_code(request.get_data(cache=False))
    with current.write() as session:
        pairing = pair(session, code=wanted.code, unsent=wanted.unsent, now=current.now())
        session.commit()
    current.office().announcer.announce("office:nodes", {"node": pairing.node}, room="office")
    return _json(pairing)


@blueprint.post("/token")
@anyone
def token() -> Response:
    """A new token for the node; the one that it came with works until the new one is used."""
    with current.write() as session:
        if _node().node_id == EMBEDDED:
            raise RuleError(_("The node of this installation keeps its token in the installation's home."))
        answer = NewToken(token=issue_next_token(session, node_id=_node().node_id))
        session.commit()
    return _json(answer)


@blueprint.errorhandler(RuleError)
def _rule_broken(problem: RuleError) -> Response:
    return _problem(problem.status, "refused", problem.sentence)


@blueprint.errorhandler(asked.BadRequest)
def _bad_request(problem: asked.BadRequest) -> Response:
    return _problem(400, "bad-request", problem.sentence)


@blueprint.errorhandler(HTTPException)
def _http_error(problem: HTTPException) -> Response:
    sentence = _("Send less at once.") if problem.code == 413 else problem.name
    return _problem(problem.code or 400, problem.name.lower().replace(" ", "-"), sentence)


def _node() -> NodeAccess:
    node: NodeAccess = g.node
    return node


def _token() -> str:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _unknown_node(was_revoked: bool) -> Response:
    if was_revoked:
        return _problem(401, "revoked-node", _("This store node was revoked in the Back Office."))
    return _problem(401, "unknown-node", _("This store node is not known here. Pair it again."))


def _contract_words(contract: int | None) -> str:
    if contract is None:
        return _("The number of the contract cannot be read.")
    words = {"theirs": contract, "ours": CONTRACT}
    if contract < CONTRACT:
        return _(
            "This store node is too old for the Back Office (contract %(theirs)s, here %(ours)s). "
            "Update the store node.",
            **words,
        )
    return _(
        "This store node is too new for the Back Office (contract %(theirs)s, here %(ours)s). "
        "Update the Back Office.",
        **words,
    )


def _json(answer: Any) -> Response:
    return Response(msgspec.json.encode(answer), mimetype="application/json")


def _problem(status: int, error: str, sentence: str) -> Response:
    response = _json(Problem(error=error, sentence=sentence))
    response.status_code = status
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _batched(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines joined to pieces worth sending: a write for each record would cost more than its bytes."""
    pieces: list[bytes] = []
    size = 0
    for line in lines:
        pieces.append(line)
        size += len(line)
        if size >= FLUSH:
            yield b"".join(pieces)
            pieces, size = [], 0
    yield b"".join(pieces)


def _whole_if_small(pieces: Iterator[bytes]) -> Iterable[bytes]:
    """A list of the one piece there is: it goes out with its length, in one write, and not by chunks."""
    first = next(pieces)
    second = next(pieces, None)
    return [first] if second is None else chain((first, second), pieces)


def _gzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(level=1, wbits=31)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
