"""The cast of the demo business, for tests that need somebody at a till or in the Back Office."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from backoffice_web.people import office_session
from backoffice_web.people.employee import Employee
from backoffice_web.people.role import Role
from backoffice_web.publishing.publish import publish
from backoffice_web.publishing.saved_change import mark, note_change
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import Terminal
from pos_web.catalog.published import items
from pos_web.catalog.replica import ReplicaRecord
from pos_web.current import TERMINAL_COOKIE
from pos_web.staff.person import person_of
from pos_web.staff.till_session import begin_session
from sync_contract.notice import Notice
from tests.conftest import OWNER_EMAIL

PINS = {"cashier": "1111", "manager": "2222", "owner": "3333"}


def first_store(evertill, *, currency="USD"):
    """The demo store that sells in `currency`."""
    with evertill.office_database.read() as session:
        return session.scalars(select(Store).where(Store.currency == currency)).one()


def first_terminal(evertill, *, currency="USD"):
    """The store's first terminal: Register 1 in the USD store."""
    store = first_store(evertill, currency=currency)
    with evertill.office_database.read() as session:
        found = session.scalars(select(Terminal).where(Terminal.store_id == store.id).order_by(Terminal.name))
        return found.first()


def employee_of(evertill, role, *, currency="USD"):
    """The id of the store's employee with this role."""
    store = first_store(evertill, currency=currency)
    with evertill.office_database.read() as session:
        people = session.scalars(select(Employee).where(Employee.role_id == role)).all()
        return next(one.id for one in people if any(link.store_id == store.id for link in one.stores))


def synced(evertill, *, currency="USD"):
    """Wait until the store sells from what is published now; the result of that sync."""
    store = first_store(evertill, currency=currency)
    return evertill.agent.sync(store.id, by="test", is_manual=True)


def simple_items(evertill, store):
    """(key, item) of what the store sells without asking for anything, the cheapest first.

    Keys are drawn anew for every demo: by key, the first would be the dearest once in a while.
    """
    with evertill.replica.read() as replica:
        of_store = select(ReplicaRecord.key).where(ReplicaRecord.store_id == store.id)
        keys = replica.scalars(of_store.where(ReplicaRecord.kind == "item").order_by(ReplicaRecord.key)).all()
        found = items(replica, store_id=store.id, keys=keys)
    simple = [(key, item) for key, item in found if len(item.variants) == 1 and not item.modifier_groups]
    return sorted(simple, key=lambda one: (one[1].variants[0].price_cents, one[0]))


def notify(evertill, store_id, version):
    evertill.agent.notice(Notice(store=store_id, version=version))


def till(evertill, *, role=None, currency="USD"):
    """A test client at the store's first terminal; signed in when `role` is given."""
    synced(evertill, currency=currency)
    terminal = first_terminal(evertill, currency=currency)
    client = evertill.pos.test_client()
    client.environ_base["SCRIPT_NAME"] = ""
    with evertill.pos.test_request_context():
        from pos_web.current import terminal_cookie

        value = terminal_cookie(terminal.id, terminal.registration)
    client.set_cookie(TERMINAL_COOKIE, value)
    if role is not None:
        with client.session_transaction() as kept:
            kept["_user_id"] = employee_of(evertill, role, currency=currency)
            kept["_fresh"] = True
            kept["till_session"] = _begun(evertill, terminal, kept["_user_id"])
    return client


def _begun(evertill, terminal, employee):
    """The key of a session at the terminal, as a right PIN begins it."""
    with evertill.replica.read() as replica:
        person = person_of(replica, store_id=terminal.store_id, employee=employee)
    now = evertill.pos.extensions["pos"].clock()
    with evertill.book.write() as book:
        begun = begin_session(
            book, store_id=terminal.store_id, terminal_id=terminal.id, person=person, now=now
        )
        book.commit()
    return begun.key


def office(evertill, *, role="owner"):
    """A test client signed in to the Back Office, of the first store; who has no account gets one."""
    colleague = "" if role == "owner" else employee_of(evertill, role)
    with evertill.office_database.write() as session:
        who = Employee.id == colleague if colleague else Employee.email == OWNER_EMAIL
        account = session.scalars(select(Employee).where(who)).one()
        account.has_sign_in = True
        session.flush()
        identity = office_session.begin_session(
            session, employee_id=account.id, address="127.0.0.1", device="Test", now=datetime.now(UTC)
        )
        session.commit()
    client = evertill.backoffice.test_client()
    with client.session_transaction() as kept:
        kept["_user_id"] = identity
        kept["_fresh"] = True
    return client


def give_permissions(evertill, role, permissions):
    """Let the Back Office's role hold exactly these permissions from now on."""
    with evertill.office_database.write() as session:
        session.get(Role, role).permissions = list(permissions)
        session.commit()


def publish_permissions(evertill, role, permissions, *, currency="USD"):
    """Let the role hold exactly these permissions at the store's tills from now on."""
    store, now = first_store(evertill, currency=currency), datetime.now(UTC)
    give_permissions(evertill, role, permissions)
    with evertill.office_database.write() as session:
        mark(session, [("role", role)], stores=[store.id], by="test", now=now)
        publish(session, stores=[store.id], records=[("role", role)], by="test", now=now)
        session.commit()
    return synced(evertill, currency=currency)


def set_auto_sync(evertill, seconds, *, currency="USD"):
    """Publish how long the store's tills wait before they apply an update by themselves."""
    publish_auto_sync(evertill.office_database, first_store(evertill, currency=currency).id, seconds)
    return synced(evertill, currency=currency)


def publish_auto_sync(database, store_id, seconds):
    """The same for whoever has the office's database alone."""
    now = datetime.now(UTC)
    with database.write() as session:
        found = session.get(Store, store_id)
        fields = {"Auto-sync": (str(found.auto_sync_after_s), str(seconds))}
        found.auto_sync_after_s = seconds
        note_change(
            session, kind="store_settings", key=found.id, label=found.name, action="changed",
            fields=fields, stores=[found.id], by="test", now=now,
        )  # fmt: skip
        publish(session, stores=[found.id], records=None, by="test", now=now)
        session.commit()
