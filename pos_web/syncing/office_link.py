"""A store node's link to its office: the address and the token, in a file that only its owner can read.

Invariants: the file is replaced whole or not at all; a new token is in the file before it is used, so that
no crash can lose it; where the file is gone the node is not paired, and only a new code makes it that again;
the token appears in no log, no page and no message.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

import msgspec
import structlog

from pos_web.syncing.bridge_client import BridgeClient, BridgeError, Offline, Refused
from pos_web.syncing.outbox import unsent_by_store
from shared_web.database import Database
from shared_web.errors import RuleError
from shared_web.language import _
from shared_web.left_behind import left_behind
from sync_contract.changes import StoreEntry
from sync_contract.readers import reader

# A token that leaked is worth nothing after this long; a copy of the home ends sooner, see `renew`.
RENEWED_EVERY = timedelta(days=7)
# As many starts and weeks as an office's backup may be old.
FORMER_TOKENS = 50
BRIDGE = "/backoffice/bridge/v1/"
log = structlog.get_logger("evertill.syncing")


class KeptLink(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds. `office` is the office's address, without a path of ours.

    `former` are earlier tokens, newest first: an office that was restored from a backup knows one of them.
    """

    office: str
    node: str
    name: str
    token: str
    issued_at: datetime
    former: tuple[str, ...] = ()


_KEPT_LINK = reader(KeptLink)


class OfficeLink:
    """`file` keeps the link of `client`; `office` is the address that was given at the start, if any.

    `started_at`: several workers that started together are one start, and one of them renews the token.
    """

    def __init__(
        self,
        file: Path,
        client: BridgeClient,
        *,
        office: str | None,
        clock: Callable[[], datetime],
        started_at: datetime | None = None,
    ) -> None:
        self._file = file
        self._client = client
        self._given_office = office_address(office) if office else None
        self._clock = clock
        self._kept: KeptLink | None = None
        self._is_renewed = False
        self._started_at = started_at
        # Looked for its predecessors already: not with every heartbeat.
        self._hopeless_token = ""
        self._lock = Lock()
        client.has_new_token = self.read_again
        self.read_again()

    @property
    def is_paired(self) -> bool:
        return self._kept is not None

    @property
    def office(self) -> str:
        """The office's address; empty while nobody has told it."""
        return self._given_office or self.kept_office

    @property
    def token(self) -> str:
        return self._kept.token if self._kept is not None else ""

    @property
    def kept_office(self) -> str:
        """Where the office that this node is paired with was last found; empty before that."""
        return self._kept.office if self._kept is not None else ""

    def address_for(self, office: str) -> str:
        """The address to pair with: the one given at the start, else the one that somebody typed."""
        return self._given_office or office_address(office)

    def read_again(self) -> bool:
        """Take over what another process wrote into the file, or that it took the file away.

        True when there is something to use. A damaged file ends nothing: what is known goes on.
        """
        with self._lock:
            kept = read_link(self._file)
            if kept is None and self._kept is not None and not self._file.exists():
                self._kept = None
                self._client.connect("", "")
            if kept is not None and kept != self._kept:
                self._kept = kept
                self._client.connect(bridge_address(self.office), kept.token)
        return kept is not None

    def pair(self, code: str, *, office: str, unsent: Mapping[str, int]) -> KeptLink:
        """Use the code up at `office` and keep what it gives. Raises RuleError.

        `unsent`: by store id, the documents that must not be left behind.
        """
        kept = exchange(code, office=office, now=self._clock(), unsent=unsent)
        write_link(self._file, kept)
        self.read_again()
        self._is_renewed = True
        return kept

    def renew(self) -> None:
        """Take a new token at the first talk after a start, and every week.

        So of two processes that run on copies of one home only the later one is served: the other is told
        that its token is not known any more. Raises BridgeError.
        """
        if not self._is_renewal_due():
            return
        with _alone(self._file):
            # Another worker may have done it while we waited for our turn.
            self.read_again()
            if self._is_renewal_due():
                self._renew()

    def _is_renewal_due(self) -> bool:
        kept = self._kept
        if kept is None:
            return False
        # One of later than now is of another computer's clock, or of before ours was put back.
        if self._started_at is not None and self._started_at <= kept.issued_at <= self._clock():
            self._is_renewed = True
        return not self._is_renewed or self._clock() - kept.issued_at >= RENEWED_EVERY

    def _renew(self) -> None:
        kept = self._kept
        assert kept is not None
        token = self._client.new_token().token
        former = (kept.token, *kept.former)[:FORMER_TOKENS]
        # Whoever knew the token is the office that we are paired with, also at another address.
        self._keep(
            msgspec.structs.replace(
                kept, office=self.office, token=token, issued_at=self._clock(), former=former
            )
        )
        self._is_renewed = True

    def recover(self) -> bool:
        """After the office said that it does not know the token: does it know an earlier one?

        It does after it was restored from a backup. Of two copies of a home it does not help the older one:
        its earlier tokens have ended as well. Raises BridgeError when nobody answers.
        """
        kept = self._kept
        if kept is None or kept.token == self._hopeless_token:
            return False
        found = next((one for one in kept.former if self._client.is_known(one)), None)
        if found is None:
            self._hopeless_token = kept.token
            return False
        with _alone(self._file):
            self.read_again()
            if self._kept == kept:
                self._keep(msgspec.structs.replace(kept, token=found, former=()))
        return self.is_paired

    def _keep(self, kept: KeptLink) -> None:
        write_link(self._file, kept)
        self.read_again()


def pair_node(
    book: Database, link: OfficeLink, *, code: str, office: str = "", leaves_unsent: bool = False
) -> KeptLink:
    """Pair this node by a one-time code. Raises RuleError.

    What waits here must not be left behind, for another office or for other stores: then the sentence says
    what to do. `leaves_unsent`: a person wants it so.
    """
    wanted = link.address_for(office)
    with book.read() as session:
        unsent = {} if leaves_unsent else unsent_by_store(session)
    if unsent and link.kept_office not in ("", wanted):
        raise RuleError(
            _(
                "%(count)s documents wait here for %(address)s. Send them first, or start this node with "
                "--back-office if that office has only moved.",
                count=sum(unsent.values()),
                address=link.kept_office,
            )
        )
    return link.pair(code, office=wanted, unsent=unsent)


def exchange(code: str, *, office: str, now: datetime, unsent: Mapping[str, int]) -> KeptLink:
    """Turn a one-time code into a link with the office at `office`. Raises RuleError."""
    client = BridgeClient(bridge_address(office))
    try:
        pairing = client.pair(code, unsent=unsent)
    except Offline:
        sentence = _("The Back Office did not answer at %(address)s. Check the address.", address=office)
        raise RuleError(sentence, fields={"office": sentence}) from None
    except Refused as refusal:
        raise _refusal(refusal, office) from None
    finally:
        client.close()
    for store_id in set(unsent).difference(pairing.stores):
        # An office of the release before asks for none of this.
        raise RuleError(left_behind(store_id, unsent[store_id]))
    return KeptLink(office=office, node=pairing.node, name=pairing.name, token=pairing.token, issued_at=now)


def office_address(text: str) -> str:
    """The office's address as people type it, without `/backoffice` behind it. Raises RuleError."""
    address = text.strip().rstrip("/").removesuffix("/backoffice")
    try:
        parts = urlsplit(address)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or any(each.isspace() or not each.isprintable() for each in address):
        sentence = _("Enter the address of the Back Office, such as https://office.example.")
        raise RuleError(sentence, fields={"office": sentence})
    return address


def bridge_address(office: str) -> str:
    return office + BRIDGE


def read_link(file: Path) -> KeptLink | None:
    """What the file holds; None when it is missing or damaged."""
    try:
        return _KEPT_LINK.decode(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as problem:
        log.error("the link to the office cannot be read", file=str(file), problem=type(problem).__name__)
        return None


def write_link(file: Path, kept: KeptLink) -> None:
    """Replace the file, readable by its owner alone, and on the disk before this returns."""
    draft = _draft_of(file)
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(msgspec.json.encode(kept))
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)


def forget_link(file: Path) -> None:
    """Take the file away, and a draft with a token that a crash may have left. A running node finds out."""
    with _alone(file):
        _draft_of(file).unlink(missing_ok=True)
        file.unlink(missing_ok=True)


def link_files(file: Path) -> list[Path]:
    """All that a link leaves in a home."""
    return [_draft_of(file), file, _lock_of(file)]


def _draft_of(file: Path) -> Path:
    return file.with_suffix(".new")


def _lock_of(file: Path) -> Path:
    return file.with_suffix(".lock")


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """No other process on this home does the same meanwhile."""
    with _lock_of(file).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ask_for_stores(client: BridgeClient, link: OfficeLink | None) -> list[StoreEntry]:
    """The stores that this node serves; its token is kept up to date on the way. Raises BridgeError."""
    try_to_renew(link)
    try:
        return client.stores()
    except Refused as refusal:
        if link is None or refusal.error != "unknown-node" or not link.recover():
            raise
        return client.stores()


def try_to_renew(link: OfficeLink | None) -> None:
    """Read the file again and renew the token; without an answer the one that is there goes on."""
    if link is None:
        return
    link.read_again()
    try:
        link.renew()
    except BridgeError as problem:
        log.info("the token was not renewed", problem=type(problem).__name__)
    except OSError as problem:
        log.error("the new token could not be kept", problem=type(problem).__name__)


def _refusal(refusal: Refused, office: str) -> RuleError:
    if refusal.error:
        return RuleError(refusal.sentence, fields={"code": refusal.sentence})
    sentence = _("There is no Back Office of Evertill at %(address)s.", address=office)
    return RuleError(sentence, fields={"office": sentence})
