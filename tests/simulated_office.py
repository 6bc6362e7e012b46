"""An office in memory that speaks the bridge: the test double of everything that stores pull from.

It keeps real publications (versions, digests, tombstones), answers in pages, counts requests, and can be
offline, slow, cut off, corrupt, restored from a backup, or simply broken.
"""

import threading
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx2
import msgspec

from pos_web.syncing.bridge_client import BridgeClient
from sync_contract import changes, digest, owned, records, uploads

STORE = "store-1"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class SimulatedStore:
    """One store's publications: `published` holds (version, body or None) per (kind, key)."""

    def __init__(self, store_id, name):
        self.id = store_id
        self.name = name
        self.version = 0
        self.digest = digest.EMPTY
        self.published = {}
        self.digests = {0: digest.EMPTY}
        self.notes = []
        self.terminals = []
        self.receipt_marks = {}
        self.commands = []
        self.owned_revision = 0

    def live(self):
        return {known: body for known, (_version, body) in self.published.items() if body is not None}

    def publish(self, bodies, *, by="Aylin D.", note="", urgent=False):
        self.version += 1
        for (kind, key), body in bodies.items():
            before = self.published.get((kind, key), (0, None))[1]
            self.digest = digest.replaced(self.digest, kind, key, before, body)
            self.published[kind, key] = (self.version, body)
        self.digests[self.version] = self.digest
        self.notes.append(
            changes.PublicationNote(
                version=self.version, at=NOON, by=by, note=note, count=len(bodies), is_urgent=urgent
            )
        )
        return self.version


class SimulatedOffice:
    """`client()` gives a BridgeClient that talks to it; every request passes `handle`."""

    def __init__(self, *, page_size=1000):
        self.page_size = page_size
        self.epoch = "epoch-1"
        self.stores = {}
        self.documents = {}
        self.reports = []
        self.owned = []
        self.codes = {}
        self.requests = Counter()
        self.threads = set()
        self.refused_uuids = {}
        # Trouble, switched on by tests.
        self.is_offline = False
        self.tells_digest = True
        self.failing_status = 0
        # Only what these requests ask for fails (their last word), or everything; for so many times.
        self.failing_names = None
        self.failing_times = 1_000_000
        self.retry_after = None
        self.cut_after_lines = None
        self.cut_times = 0
        self.corrupt = None
        self.before_answer = None
        self.add_store(STORE, "Corner Store")

    def add_store(self, store_id, name):
        self.stores[store_id] = SimulatedStore(store_id, name)
        return self.stores[store_id]

    @property
    def store(self):
        return self.stores[STORE]

    def client(self):
        return BridgeClient("http://office/bridge/v1", "token", httpx2.MockTransport(self.handle))

    def publish(self, *entries, store=STORE, **how):
        """Publish records: (key, struct) adds or replaces, (kind, key, None) removes."""
        bodies = {}
        for entry in entries:
            if len(entry) == 3:
                bodies[entry[0], entry[1]] = entry[2]
            else:
                key, record = entry
                bodies[records.kind_of(type(record)), key] = records.encode(record)
        return self.stores[store].publish(bodies, **how)

    def restore_backup(self, backup):
        """Go back to a copy made by `backup()`: older versions under a new epoch."""
        self.stores = {each.id: _copy(each) for each in backup.values()}
        self.epoch = f"epoch-{int(self.epoch.split('-')[1]) + 1}"

    def backup(self):
        return {store_id: _copy(store) for store_id, store in self.stores.items()}

    @contextmanager
    def offline(self):
        self.is_offline = True
        try:
            yield
        finally:
            self.is_offline = False

    # The bridge.

    def handle(self, request):
        self.threads.add(threading.current_thread().name)
        path = request.url.path.removeprefix("/bridge/v1/")
        name = path.split("/")[-1]
        self.requests[name] += 1
        if self.before_answer is not None:
            self.before_answer(request)
        if self.is_offline:
            raise httpx2.ConnectError("no route to the office", request=request)
        if self._is_failing(name):
            more = {} if self.retry_after is None else {"Retry-After": self.retry_after}
            return httpx2.Response(self.failing_status, json={"error": "broken"}, headers=more)
        if request.headers.get("Authorization") != "Bearer token":
            return httpx2.Response(401, json={"error": "unknown token"})
        if path == "stores":
            return _json([self._entry(store) for store in self.stores.values()])
        if path == "registrations":
            return self._register(msgspec.json.decode(request.content)["code"])
        store = self.stores.get(path.split("/")[1])
        if store is None:
            return httpx2.Response(404, json={"error": "unknown store"})
        return getattr(self, f"_{name}")(store, request)

    def _is_failing(self, name):
        if not self.failing_status or (self.failing_names is not None and name not in self.failing_names):
            return False
        self.failing_times -= 1
        return self.failing_times >= 0

    def _status(self, store, request):
        since = int(request.url.params["since"])
        notes = [note for note in store.notes if note.version > since]
        return _json(
            changes.Status(
                store=store.id,
                epoch=self.epoch,
                version=store.version,
                change_count=sum(version > since for version, _body in store.published.values()),
                authors=tuple(dict.fromkeys(note.by for note in notes)),
                is_urgent=any(note.is_urgent for note in notes),
                receipt_marks=store.receipt_marks,
                terminals=tuple(store.terminals),
                commands=tuple(store.commands),
                owned_revision=store.owned_revision,
                digest=digest.to_hex(store.digest) if self.tells_digest else "",
            )
        )

    def _changes(self, store, request):
        params = request.url.params
        since = int(params["since"])
        if since and (
            since > store.version
            or params["epoch"] != self.epoch
            or params["digest"] != digest.to_hex(store.digests[since])
        ):
            return httpx2.Response(409, json={"error": "must-refetch"})
        lines = list(self._page(store, since, params.get("after")))
        if self.cut_after_lines is not None and self.cut_times > 0:
            self.cut_times -= 1
            whole, rest = lines[: self.cut_after_lines], lines[self.cut_after_lines :]
            return httpx2.Response(200, stream=_Broken([*whole, b"".join(rest)[:10]]))
        return httpx2.Response(200, content=b"".join(lines))

    def _page(self, store, since, after):
        yield changes.encode_line(
            changes.Header(store=store.id, epoch=self.epoch, since=since, is_full=since == 0)
        )
        start = (since, "", "")
        if after:
            version, kind, key = after.split(",", 2)
            start = (int(version), kind, key)
        waiting = sorted(
            (version, kind, key, body)
            for (kind, key), (version, body) in store.published.items()
            if (version, kind, key) > start
            and version > since
            and not (since == 0 and body is None and not after)
        )
        for version, kind, key, body in waiting[: self.page_size]:
            if self.corrupt is not None:
                body = self.corrupt(kind, key, body)
            yield changes.change_lines([(version, kind, key, body)])
        if len(waiting) > self.page_size:
            version, kind, key, _body = waiting[self.page_size - 1]
            yield changes.encode_line(changes.More(version=version, kind=kind, key=key))
            return
        yield changes.encode_line(
            changes.Trailer(
                to=store.version,
                count=len(store.live()),
                digest=digest.to_hex(store.digest),
                publications=tuple(note for note in store.notes if note.version > since),
            )
        )

    def _uploads(self, store, request):
        return _json([self._keep(line) for line in request.content.splitlines()])

    def _keep(self, line):
        document = uploads.decode_document(line)
        if document.uuid in self.refused_uuids:
            return uploads.Receipt(
                uuid=document.uuid, outcome="refused", reason=self.refused_uuids[document.uuid]
            )
        known = self.documents.setdefault(document.uuid, line)
        if known is line:
            return uploads.Receipt(uuid=document.uuid, outcome="accepted")
        if known == line:
            return uploads.Receipt(uuid=document.uuid, outcome="duplicate")
        return uploads.Receipt(uuid=document.uuid, outcome="refused", reason="known with other content")

    def _reports(self, _store, request):
        self.reports.append(msgspec.json.decode(request.content, type=changes.NodeReport))
        return httpx2.Response(204)

    def _owned(self, store, request):
        told = msgspec.json.decode(request.content, type=owned.OwnedSet)
        self.owned.append(told)
        store.owned_revision = max(store.owned_revision, told.revision)
        answered = {answer.uuid for answer in told.answers}
        store.commands = [command for command in store.commands if command.uuid not in answered]
        return httpx2.Response(204)

    def _register(self, code):
        if code not in self.codes:
            return httpx2.Response(422, json={"error": "refused", "sentence": "This code is not valid."})
        store_id, terminal = self.codes.pop(code)
        self.stores[store_id].terminals.append(terminal)
        return _json({"terminal": terminal, "store": store_id})

    def _entry(self, store):
        return changes.StoreEntry(
            id=store.id, name=store.name, epoch=self.epoch, terminals=tuple(store.terminals)
        )


class _Broken(httpx2.SyncByteStream):
    """Some bytes, then the cable is pulled."""

    def __init__(self, parts):
        self._parts = parts

    def __iter__(self):
        yield from self._parts
        raise httpx2.ReadError("connection lost")


def _json(answer):
    return httpx2.Response(200, content=msgspec.json.encode(answer))


def _copy(store):
    copied = SimulatedStore(store.id, store.name)
    copied.__dict__ |= {
        name: value.copy() if hasattr(value, "copy") else value for name, value in vars(store).items()
    }
    return copied
