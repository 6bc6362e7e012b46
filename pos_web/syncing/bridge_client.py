"""The HTTP client that every store node talks to the office with, embedded or far away.

Invariants: every failure is one of `Offline` (nobody answered), `Refused` (the office said no) and
`MustRefetch` (a delta is impossible); answers are typed or they are `Refused`. Embedded, the transport
is `httpx2.WSGITransport`, and only the agent's own threads may call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx2
import msgspec

from pos_web.syncing.backoff import seconds_asked
from pos_web.syncing.direct_line import Answer, DirectLine, is_direct
from pos_web.syncing.name_lookup import CONNECT_S, bound_lookups
from pos_web.syncing.office_clock import OfficeClock
from pos_web.syncing.silence import Silence
from pos_web.syncing.sync_result import NOT_PAIRED_YET
from shared_web.language import _
from sync_contract.changes import MEDIA_TYPE, NodeReport, Status, StoreEntry
from sync_contract.contract import CONTRACT, HEADER, VERSION_HEADER, contract_of, is_spoken
from sync_contract.document_file import sign, signing_key
from sync_contract.integrity import DAMAGED, DIGEST_HEADER, content_digest, is_intact
from sync_contract.owned import OwnedSet
from sync_contract.pairing import NewToken, NodeCode, Pairing, Registration
from sync_contract.readers import reader
from sync_contract.store_edit import StoreEdit, StoreEditAnswer
from sync_contract.uploads import Receipt

TIMEOUT = httpx2.Timeout(10.0, connect=CONNECT_S, pool=CONNECT_S)
# For the question by which a node finds out that its office is gone.
QUICK = httpx2.Timeout(4.0, connect=CONNECT_S, pool=CONNECT_S)
# A proxy in front of an office that is down answers for it.
UNREACHABLE = frozenset({502, 503, 504})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# All that the office answers, by its type.
_ANSWERS: dict[Any, msgspec.json.Decoder[Any]] = {
    kind: reader(kind)
    for kind in (list[StoreEntry], Status, list[Receipt], StoreEditAnswer, Registration, Pairing, NewToken)
}
_WORDS = reader(dict[str, Any])
Expected = TypeVar("Expected")
Triple = tuple[int, str, str]


class BridgeError(Exception):
    """The office could not be asked, or did not give what was asked for.

    `retry_after_s`: how long the office (or the proxy before it) asked to be left alone.
    """

    def __init__(self, words: str = "", *, retry_after_s: float = 0.0) -> None:
        super().__init__(words)
        self.retry_after_s = retry_after_s


class Offline(BridgeError):
    """Nobody answered: no network, no office, or the answer broke off."""


class Damaged(Offline):
    """Something on the way changed what was sent: worth nothing, and to be asked again."""


class Refused(BridgeError):
    """The office answered no (`status`), or (0) something that is not our contract.

    `error` is the office's word for it; `sentence` is for people.
    """

    def __init__(
        self, sentence: str, *, status: int = 0, error: str = "", retry_after_s: float = 0.0
    ) -> None:
        super().__init__(sentence, retry_after_s=retry_after_s)
        self.sentence = sentence
        self.status = status
        self.error = error


class MustRefetch(BridgeError):
    """The office cannot build changes on what the store has; only the full set will do."""


class BridgeClient:
    """`base_url` ends in `/bridge/v1`; `token` is the node's. Safe to share between threads.

    Without a token (a store node that is not paired yet) everything but `pair` is refused. `has_new_token`
    is asked when the office does not know the token: True when `connect` has brought another one.
    """

    def __init__(
        self,
        base_url: str = "",
        token: str = "",
        transport: httpx2.BaseTransport | None = None,
        *,
        version: str = "",
    ) -> None:
        self._is_inside = isinstance(transport, httpx2.WSGITransport)
        self._has_own_transport = transport is not None
        self._token = ""
        self._line: DirectLine | None = None
        self.has_new_token: Callable[[], bool] = lambda: False
        self._clock = OfficeClock()
        self._silence = Silence()
        self._headers = {
            "Accept": "application/json",
            "User-Agent": f"Evertill/{version}" if version else "Evertill",
            HEADER: str(CONTRACT),
            VERSION_HEADER: version,
        }
        self._http = httpx2.Client(
            headers=self._headers, timeout=TIMEOUT, transport=transport, trust_env=transport is None
        )
        bound_lookups(self._http)
        self.connect(base_url, token)

    def connect(self, base_url: str, token: str) -> None:
        """Talk to this office with this token from now on."""
        url = httpx2.URL(base_url.rstrip("/") + "/")
        self._http.base_url = url
        # Within one machine, compressing would only warm the room.
        is_near = self._is_inside or url.host in LOOPBACK
        self._headers["Accept-Encoding"] = "identity" if is_near else "gzip"
        self._http.headers["Accept-Encoding"] = self._headers["Accept-Encoding"]
        self._hang_up()
        self._line = None if self._has_own_transport or not is_direct(url) else DirectLine(url)
        self._token = token

    @property
    def has_token(self) -> bool:
        return bool(self._token)

    @property
    def clock_wrong_by_s(self) -> int:
        """Seconds that this computer's clock is ahead of the office's; 0 when they agree."""
        return self._clock.wrong_by_s

    def is_silent_since(self, moment: float) -> bool:
        """Has the office been waited for in vain since `moment` (monotonic)? In one process it is slow."""
        return not self._is_inside and self._silence.has_lasted_since(moment)

    def close(self) -> None:
        self._http.close()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()

    def sign(self, content: bytes) -> str:
        """The signature under this node's token, by which the office knows a file of its documents."""
        return sign(content, signing_key(self._token))

    def stores(self) -> list[StoreEntry]:
        """The stores that this node serves, with their terminals."""
        return self._ask("GET", "stores", list[StoreEntry])

    def status(self, store_id: str, *, since: int, corrections: int | None = None) -> Status:
        """The office's newest version of the store, how much is new after `since`, and the corrections of
        shifts after the sequence `corrections`; without one, none of them."""
        path = f"stores/{store_id}/status"
        params = {"since": since} | ({} if corrections is None else {"corrections": corrections})
        return self._ask("GET", path, Status, params=params, timeout=QUICK)

    def upload(self, store_id: str, documents: Sequence[bytes]) -> list[Receipt]:
        """Send documents, one line each, and get a receipt for each."""
        content = b"".join(document + b"\n" for document in documents)
        return self._ask("POST", f"stores/{store_id}/uploads", list[Receipt], content=content)

    def report(self, report: NodeReport) -> None:
        content = msgspec.json.encode(report)
        self._ask("POST", f"stores/{report.store}/reports", None, content=content, media="application/json")

    def send_owned(self, owned: OwnedSet) -> None:
        """Give the office the store-owned things of a store, and answers to its commands."""
        content = msgspec.json.encode(owned)
        self._ask("POST", f"stores/{owned.store}/owned", None, content=content, media="application/json")

    def edit_store(self, edit: StoreEdit) -> StoreEditAnswer:
        """Have the office edit and publish the store's settings."""
        content = msgspec.json.encode(edit)
        path = f"stores/{edit.store}/settings"
        return self._ask("POST", path, StoreEditAnswer, content=content, media="application/json")

    def register(self, code: str) -> Registration:
        """Turn a one-time code into a terminal of a store."""
        content = msgspec.json.encode({"code": code})
        return self._ask("POST", "registrations", Registration, content=content, media="application/json")

    def pair(self, code: str, *, unsent: Mapping[str, int]) -> Pairing:
        """Turn a one-time code into this node's token. The only request that needs none.

        `unsent`: by store id, how many documents wait here.
        """
        content = msgspec.json.encode(NodeCode(code=code, unsent=dict(unsent)))
        return self._send("POST", "pairings", Pairing, content=content, media="application/json")

    def new_token(self) -> NewToken:
        """The node's next token; its first use ends the one that this client has."""
        return self._ask("POST", "token", NewToken)

    def is_known(self, token: str) -> bool:
        """Does the office know this token? Raises Offline, and Refused for anything but a plain no."""
        try:
            self._send("GET", "stores", list[StoreEntry], token=token)
        except Refused as refusal:
            if refusal.status != 401:
                raise
            return False
        return True

    @contextmanager
    def changes(
        self,
        store_id: str,
        *,
        since: int,
        epoch: str,
        digest: str,
        after: Triple | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> Iterator[Iterator[bytes]]:
        """One page of the change stream in blocks of whole lines.

        `since` 0 asks for the full set. `meanwhile` is called once, where it can be while the answer comes.
        Raises Offline (also while reading), Refused, MustRefetch, and what `meanwhile` raises.
        """
        params: dict[str, Any] = {"since": since, "epoch": epoch, "digest": digest}
        if after is not None:
            params["after"] = ",".join(map(str, after))
        target = f"stores/{quote(store_id, safe='')}/changes?{urlencode(params)}"
        with _offline_when_silent(), ExitStack() as stack:
            token = self._need_token()
            with self._silence.waiting():
                response = stack.enter_context(self._stream(target, token, meanwhile))
            if response.status_code == 401 and self._has_token_after(token):
                response = stack.enter_context(self._stream(target, self._token))
            if response.status_code == 409:
                raise MustRefetch(store_id)
            _check(response)
            yield _blocks(self._silence.heard(response.iter_bytes()))

    def _stream(
        self, target: str, token: str, meanwhile: Callable[[], None] | None = None
    ) -> AbstractContextManager[httpx2.Response | Answer]:
        headers = {"Accept": MEDIA_TYPE, **_bearer(token)}
        # Read once: another thread may connect to another office meanwhile.
        if (line := self._line) is not None:
            headers = self._headers | headers
            return line.get(target, headers=headers, timeout=self._http.timeout, meanwhile=meanwhile)
        if meanwhile is not None:
            meanwhile()
        # One whole address: putting it together from parts takes the client longer than sending it.
        return self._http.stream("GET", f"{self._http.base_url}{target}", headers=headers)

    def _ask(self, method: str, path: str, expected: type[Expected] | None, **what: Any) -> Expected:
        """Ask with the token; once more when the office does not know it and another has come meanwhile."""
        token = self._need_token()
        try:
            return self._send(method, path, expected, token=token, **what)
        except Refused as refusal:
            if refusal.status != 401 or not self._has_token_after(token):
                raise
            return self._send(method, path, expected, token=self._token, **what)

    def _send(
        self,
        method: str,
        path: str,
        expected: type[Expected] | None,
        *,
        token: str = "",
        media: str = MEDIA_TYPE,
        **what: Any,
    ) -> Expected:
        headers = _bearer(token) if token else {}
        if "content" in what:
            headers["Content-Type"] = media
            headers[DIGEST_HEADER] = content_digest(what["content"])
        with _offline_when_silent(), self._silence.waiting():
            response = self._http.request(method, path, headers=headers, **what)
        self._clock.hear(response.headers.get("Date"))
        _check(response)
        if not is_intact(response.content, response.headers.get(DIGEST_HEADER)):
            raise Damaged(f"the answer to {path} came damaged")
        if expected is None:
            return None  # type: ignore[return-value]
        try:
            answer: Expected = _ANSWERS[expected].decode(response.content)
            return answer
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise Refused(f"the office's answer to {path} is unreadable: {problem}") from problem

    def _need_token(self) -> str:
        if not self._token:
            raise Refused("this store node is not paired", status=401, error=NOT_PAIRED_YET)
        return self._token

    def _has_token_after(self, token: str) -> bool:
        return self._token != token or (self.has_new_token() and self._token != token)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def _offline_when_silent() -> Iterator[None]:
    try:
        yield
    except httpx2.DecodingError as problem:
        raise Damaged(str(problem)) from problem
    except httpx2.RequestError as problem:
        raise Offline(str(problem) or type(problem).__name__) from problem


def _check(response: httpx2.Response | Answer) -> None:
    if response.is_success:
        _check_contract(contract_of(response.headers.get(HEADER)))
        return
    response.read()
    headers = response.headers
    retry_after_s = seconds_asked(headers.get("Retry-After"), date=headers.get("Date"), now=datetime.now(UTC))
    if response.status_code in UNREACHABLE:
        raise Offline(f"status {response.status_code}", retry_after_s=retry_after_s)
    error, sentence = _said(response)
    if error == DAMAGED:
        raise Damaged(sentence)
    raise Refused(sentence, status=response.status_code, error=error, retry_after_s=retry_after_s)


def _check_contract(contract: int | None) -> None:
    if is_spoken(contract):
        return
    sentence = _(
        "The Back Office and this store node are too far apart (contract %(theirs)s, here %(ours)s).",
        theirs=contract if contract is not None else "?",
        ours=CONTRACT,
    )
    is_newer = contract is not None and contract > CONTRACT
    remedy = _("Update the store node.") if is_newer else _("Update the Back Office.")
    raise Refused(f"{sentence} {remedy}", error="contract")


def _said(response: httpx2.Response | Answer) -> tuple[str, str]:
    """The office's word and its sentence for what is wrong."""
    try:
        answer = _WORDS.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = {}
    error = str(answer.get("error") or "")
    sentence = str(answer.get("sentence") or error or f"status {response.status_code}")
    return error[:80], sentence[:300]


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines only: what a broken connection cut off in the middle is not given."""
    rest = b""
    for chunk in chunks:
        lines, line_feed, cut_off = (rest + chunk).rpartition(b"\n")
        rest = cut_off
        if line_feed:
            yield lines + line_feed
