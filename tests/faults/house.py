"""A real office behind its real bridge, and a real store node that talks to it over a line of our choice."""

from datetime import timedelta
from threading import Lock

import httpx2
from sqlalchemy import select

from backoffice_web.bridge.access import issue_node_token
from backoffice_web.bridge.routes import blueprint
from backoffice_web.current import Office as OfficeContext
from backoffice_web.ledger.refused import RefusedDocument
from backoffice_web.ledger.sale import Sale, UploadedDocument
from backoffice_web.publishing.publication import Publication, PublishedRecord
from backoffice_web.stores.store import Store
from backoffice_web.terminals.registration import add_terminal
from pos_web import tables
from pos_web.catalog.replica import ReplicaRecord
from pos_web.database import BookBase, new_uuid
from pos_web.syncing.agent import Agent
from pos_web.syncing.apply import read_applied
from pos_web.syncing.bridge_client import BridgeClient
from pos_web.syncing.outbox import OutboxDocument, enqueue
from pos_web.syncing.rebuild import Health, open_replica, verify
from pos_web.syncing.schedule import Pace
from pos_web.syncing.served import update_served
from pos_web.syncing.store_sync import StoreSync
from shared_web.announcer import Announcer
from shared_web.database import Database
from shared_web.skeleton import new_app
from sync_contract.changes import StoreEntry
from sync_contract.uploads import decode_document
from tests.backoffice_web.builders import (
    DOWNTOWN,
    NOON,
    Office,
    add_category,
    add_employee,
    add_item,
    add_tax,
)
from tests.backoffice_web.ledger.documents import order
from tests.databases import copy_database, open_database, url_of

assert tables.MODULES

ITEMS = tuple(f"item-{number:02}" for number in range(12))
REGISTER, TABLET = "register", "tablet"
# Nothing happens by itself: tests say when.
NEVER = Pace(heartbeat_s=3_600, first_sync_s=3_600, offline_s=3_600, lease_s=3_600)
# A host that is neither this process nor this machine, so that streams are compressed as they are far away.
FAR = "http://office.example/bridge/v1"


def build_template(folder):
    """The folder of an office with one store, twelve items, people and terminals, all published."""
    office = Office(folder, stores=(DOWNTOWN,))
    with office.write() as session:
        session.get_one(Store, DOWNTOWN).auto_sync_after_s = 0
        add_category(session)
        add_tax(session)
        add_employee(session)
        for number, item in enumerate(ITEMS):
            add_item(session, key=item, name=f"Item {number}", price=100 + number)
        for terminal in (REGISTER, TABLET):
            add_terminal(
                session, store_id=DOWNTOWN, name=terminal, by="Set-up", now=NOON, terminal_id=terminal
            )
    office.publish(DOWNTOWN)
    office.database.dispose()
    return folder


class House:
    """The office with its bridge, over a copy of the template. `line(client)` connects a store node."""

    def __init__(self, folder, template):
        self.folder = folder
        copy_database(template / "office.sqlite3", folder / "office.sqlite3")
        self.office = Office.__new__(Office)
        self.office.database = Database(url_of(folder / "office.sqlite3"))
        self.now = NOON
        self.app = self._build_app()
        with self.office.write() as session:
            self.token = issue_node_token(
                session, name="Node", serves_all=False, store_ids=[DOWNTOWN], now=NOON
            )
        self._open = []

    def _build_app(self):
        context = OfficeContext(
            database=self.office.database,
            announcer=Announcer(lambda *_event, **_more: None),
            clock=lambda: self.now,
            notify=lambda notice: None,
            version="test",
        )
        app = new_app("bridge_alone", folder=self.folder, prefix="", secret_key="secret", is_https=False)
        app.extensions["office"] = context
        app.register_blueprint(blueprint)
        return app

    def tick(self, **passed):
        self.now += timedelta(**(passed or {"seconds": 1}))
        return self.now

    def wsgi(self):
        return httpx2.WSGITransport(app=self.app)

    def node(self, transport=None, *, url=FAR, **how):
        return self.node_of(BridgeClient(url, self.token, transport or self.wsgi()), **how)

    def node_of(self, client, **how):
        opened = StoreNode(self, client, **how)
        self._open.append(opened)
        return opened

    def change_a_price(self, random):
        self.office.set_price(random.choice(ITEMS), random.randint(1, 99_999))

    def publish(self, **how):
        """Publish all that is saved; the newest version."""
        return self.office.publish(DOWNTOWN, **how)[0].version

    # What the office holds.

    def newest(self):
        """The version that brought each live record."""
        with self.office.read() as session:
            rows = session.scalars(select(PublishedRecord).where(PublishedRecord.store_id == DOWNTOWN))
            return {(row.kind, row.key): row.version for row in rows if row.body is not None}

    def version(self):
        return self.office.head().version

    def digests(self):
        """The digest of every version that was ever published."""
        with self.office.read() as session:
            query = select(Publication.version, Publication.digest).where(Publication.store_id == DOWNTOWN)
            return dict(session.execute(query.order_by(Publication.version)).all())

    def has_published(self, applied):
        """Is this what some version was, or nothing yet? Cheap enough to be asked ten thousand times."""
        version = select(Publication.digest).where(
            Publication.store_id == DOWNTOWN, Publication.version == applied.version
        )
        with self.office.read() as session:
            return applied.version == 0 or session.scalar(version) == applied.digest

    def documents(self):
        """UUID and bytes of all that was uploaded."""
        with self.office.read() as session:
            return dict(session.execute(select(UploadedDocument.uuid, UploadedDocument.content)).all())

    def sales(self):
        with self.office.read() as session:
            return sorted(session.scalars(select(Sale.uuid)))

    def refused(self):
        with self.office.read() as session:
            return session.scalars(select(RefusedDocument)).all()

    def close(self):
        for opened in self._open:
            opened.close()
        self.office.database.dispose()


class StoreNode:
    """A store node: `steps` to call one by one, or an `agent` with its threads."""

    def __init__(self, house, client, *, name="node"):
        self.house = house
        self.client = client
        folder = house.folder / name
        folder.mkdir(exist_ok=True)
        self.book = open_database(folder / "book.sqlite3", BookBase)
        self.replica = Database(url_of(folder / "replica.sqlite3"))
        open_replica(self.replica)
        self.announced = []
        self._lock = Lock()
        self._counter = 0
        self._agents = []

    def _announce(self, store_id, event, payload):
        self.announced.append((event, payload))

    def steps(self, **how):
        steps = StoreSync(
            DOWNTOWN, book=self.book, replica=self.replica, client=self.client, clock=self.house.tick,
            announce=self._announce, **how,
        )  # fmt: skip
        assert steps.lease.hold()
        return steps

    def agent(self, *, pace=NEVER, clock=None, **how):
        """An agent with its threads, running; stopped when the node closes. It knows its store already."""
        with self.book.write() as session:
            update_served(session, stores=[StoreEntry(id=DOWNTOWN, name="Downtown", epoch="")])
            session.commit()
        clock = clock or self.house.tick
        agent = Agent(self.book, self.replica, self.client, clock, self._announce, pace=pace, **how)
        self._agents.append(agent)
        agent.start()
        return agent

    def finish_a_sale(self):
        """A finished sale's document in the outbox; its UUID."""
        with self._lock:
            self._counter += 1
            counter = self._counter
        number = {"counter": counter, "number": f"R1-1-{counter:04}", "series": "R1-1"}
        document = order(uuid=new_uuid(), terminal=REGISTER, item=ITEMS[counter % 12], **number)
        with self.book.write() as session:
            enqueue(session, store_id=DOWNTOWN, document=document, now=self.house.now)
            session.commit()
        return document.uuid

    def applied(self):
        with self.replica.read() as session:
            return read_applied(session, store_id=DOWNTOWN)

    def records(self):
        with self.replica.read() as session:
            rows = session.scalars(select(ReplicaRecord).where(ReplicaRecord.store_id == DOWNTOWN))
            return {(row.kind, row.key): row.body for row in rows}

    def newest(self):
        """The version that each record of the store says it was published in."""
        with self.replica.read() as session:
            rows = session.scalars(select(ReplicaRecord).where(ReplicaRecord.store_id == DOWNTOWN))
            return {(row.kind, row.key): row.version for row in rows}

    def is_whole(self):
        """Does what the store sells from agree with its own digest, to the last derived row?"""
        with self.replica.read() as session:
            return verify(session, store_id=DOWNTOWN) is Health.SOUND

    def outbox(self):
        """UUID → (state, bytes), oldest first."""
        with self.book.read() as session:
            rows = session.scalars(select(OutboxDocument).order_by(OutboxDocument.sequence))
            return {row.uuid: (row.state, row.content) for row in rows}

    def states(self):
        with self.book.read() as session:
            return set(session.scalars(select(OutboxDocument.state).distinct()))

    def close(self):
        for agent in self._agents:
            agent.stop()
        self.client.close()
        self.book.dispose()
        self.replica.dispose()


def all_is_well(house, node):
    """Nothing lost, nothing doubled, nothing torn: both sides hold the same, byte by byte."""
    assert node.applied().version == house.version()
    assert node.applied().digest == house.digests()[house.version()]
    assert node.records() == house.office.published()
    assert node.newest() == house.newest()
    assert node.is_whole()
    made = {uuid: content for uuid, (_state, content) in node.outbox().items()}
    assert node.states() <= {"acknowledged"}
    assert house.documents() == made
    assert house.sales() == sorted(uuid for uuid in made if decode_document(made[uuid]).uuid == uuid)
    assert house.refused() == []
