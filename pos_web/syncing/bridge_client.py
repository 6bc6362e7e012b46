"""The HTTP client that every store node talks to the office with, embedded or far away.

Invariants: every failure is one of `Offline` (nobody answered), `Refused` (the office said no) and
`MustRefetch` (a delta is impossible); answers are typed or they are `Refused`. Embedded, the transport
is `httpx2.WSGITransport`, and only the agent's own threads may call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx2
import msgspec

from sync_contract.changes import MEDIA_TYPE, NodeReport, Status, StoreEntry, TerminalEntry
from sync_contract.document_file import sign, signing_key
from sync_contract.uploads import Receipt

TIMEOUT = httpx2.Timeout(10.0, connect=3.0, pool=3.0)
# A proxy in front of an office that is down answers for it.
UNREACHABLE = frozenset({502, 503, 504})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
Answer = TypeVar("Answer")
Triple = tuple[int, str, str]


class BridgeError(Exception):
    """The office could not be asked, or did not give what was asked for."""


class Offline(BridgeError):
    """Nobody answered: no network, no office, or the answer broke off."""


class Refused(BridgeError):
    """The office answered no (`status`), or (0) something that is not our contract."""

    def __init__(self, sentence: str, *, status: int = 0) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


class MustRefetch(BridgeError):
    """The office cannot build changes on what the store has; only the full set will do."""


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """The terminal that a one-time code belonged to, and its store's id."""

    terminal: TerminalEntry
    store: str


class BridgeClient:
    """`base_url` ends in `/bridge/v1`; `token` is the node's. Safe to share between threads."""

    def __init__(self, base_url: str, token: str, transport: httpx2.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if isinstance(transport, httpx2.WSGITransport) or httpx2.URL(base_url).host in LOOPBACK:
            # Within one machine, compressing would only warm the room.
            headers["Accept-Encoding"] = "identity"
        self._http = httpx2.Client(
            base_url=base_url.rstrip("/") + "/",
            headers=headers,
            timeout=TIMEOUT,
            transport=transport,
            trust_env=transport is None,
        )

    def close(self) -> None:
        self._http.close()

    def sign(self, content: bytes) -> str:
        """The signature under this node's token, by which the office knows a file of its documents."""
        token = self._http.headers["Authorization"].removeprefix("Bearer ")
        return sign(content, signing_key(token))

    def stores(self) -> list[StoreEntry]:
        """The stores that this node serves, with their terminals."""
        return self._ask("GET", "stores", list[StoreEntry])

    def status(self, store_id: str, *, since: int) -> Status:
        """The office's newest version of the store, and how much is new after `since`."""
        return self._ask("GET", f"stores/{store_id}/status", Status, params={"since": since})

    def upload(self, store_id: str, documents: Sequence[bytes]) -> list[Receipt]:
        """Send documents, one line each, and get a receipt for each."""
        content = b"".join(document + b"\n" for document in documents)
        return self._ask("POST", f"stores/{store_id}/uploads", list[Receipt], content=content)

    def report(self, report: NodeReport) -> None:
        content = msgspec.json.encode(report)
        self._ask("POST", f"stores/{report.store}/reports", None, content=content, media="application/json")

    def register(self, code: str) -> Registration:
        """Turn a one-time code into a terminal of a store."""
        content = msgspec.json.encode({"code": code})
        return self._ask("POST", "registrations", Registration, content=content, media="application/json")

    @contextmanager
    def changes(
        self, store_id: str, *, since: int, epoch: str, digest: str, after: Triple | None = None
    ) -> Iterator[Iterator[bytes]]:
        """One page of the change stream in blocks of whole lines.

        `since` 0 asks for the full set. Raises Offline (also while reading), Refused, MustRefetch.
        """
        params: dict[str, Any] = {"since": since, "epoch": epoch, "digest": digest}
        if after is not None:
            params["after"] = ",".join(map(str, after))
        headers = {"Accept": MEDIA_TYPE}
        with (
            _offline_when_silent(),
            self._http.stream(
                "GET", f"stores/{store_id}/changes", params=params, headers=headers
            ) as response,
        ):
            if response.status_code == 409:
                raise MustRefetch(store_id)
            _check(response)
            yield _blocks(response)

    def _ask(
        self, method: str, path: str, expected: type[Answer] | None, *, media: str = MEDIA_TYPE, **what: Any
    ) -> Answer:
        headers = {"Content-Type": media} if "content" in what else None
        with _offline_when_silent():
            response = self._http.request(method, path, headers=headers, **what)
        _check(response)
        if expected is None:
            return None  # type: ignore[return-value]
        try:
            return msgspec.json.decode(response.content, type=expected)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise Refused(f"the office's answer to {path} is unreadable: {problem}") from problem


@contextmanager
def _offline_when_silent() -> Iterator[None]:
    try:
        yield
    except httpx2.RequestError as problem:
        raise Offline(str(problem) or type(problem).__name__) from problem


def _check(response: httpx2.Response) -> None:
    if response.is_success:
        return
    response.read()
    if response.status_code in UNREACHABLE:
        raise Offline(f"status {response.status_code}")
    raise Refused(_sentence(response), status=response.status_code)


def _sentence(response: httpx2.Response) -> str:
    try:
        answer = msgspec.json.decode(response.content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = {}
    said = answer.get("sentence") or answer.get("error") or f"status {response.status_code}"
    return str(said)[:300]


def _blocks(response: httpx2.Response) -> Iterator[bytes]:
    """Whole lines only: what a broken connection cut off in the middle is not given."""
    rest = b""
    for chunk in response.iter_bytes():
        lines, line_feed, cut_off = (rest + chunk).rpartition(b"\n")
        rest = cut_off
        if line_feed:
            yield lines + line_feed
