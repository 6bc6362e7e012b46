"""How far a version has come: counted by the tills that show it, of those that were ever heard of."""

from datetime import timedelta

from backoffice_web.reports.reach import (
    act_of,
    act_of_person,
    reach_of,
    read_versions,
    registered_terminals,
)
from backoffice_web.terminals.arrival import APPLIED, Arrival
from backoffice_web.terminals.registration import add_terminal
from backoffice_web.terminals.terminal import StoreState, TerminalState
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON, add_category, add_employee, later


def add_tills(session, **shown):
    """Tills of Downtown by name → the version they show; None was never heard of."""
    session.add(StoreState(store_id=DOWNTOWN, version=2, reported_at=NOON))
    for name, version in shown.items():
        terminal = add_terminal(
            session, store_id=DOWNTOWN, name=name, by="Set-up", now=NOON, terminal_id=name
        )
        session.flush()
        if version is not None:
            session.add(TerminalState(terminal_id=terminal.id, shown_version=version, seen_at=NOON))


def publish_versions(office, count):
    """Set up and published before the tills are there."""
    for number in range(count):
        with office.write() as session:
            add_category(session, key=f"drinks-{number}", name=f"Drinks {number}")
        office.publish(DOWNTOWN)


def test_a_till_that_shows_a_later_version_has_the_earlier_one_too(office):
    publish_versions(office, 3)
    with office.write() as session:
        add_tills(session, first=1, second=2, third=3, unheard=None)
    with office.read() as session:
        reach = reach_of(session, [(DOWNTOWN, 2)], now=later(0))
    assert (reach.shown, reach.total, reach.is_complete) == (2, 3, False)
    assert [(till.row.name, till.is_shown) for till in reach.tills] == [
        ("first", False), ("second", True), ("third", True),
    ]  # fmt: skip


def test_tills_that_nobody_has_opened_are_not_counted(office):
    with office.write() as session:
        add_tills(session, first=1, unheard=None)
    with office.read() as session:
        assert registered_terminals(session, [DOWNTOWN, AIRPORT], now=later(0)) == {DOWNTOWN: 1, AIRPORT: 0}
        assert reach_of(session, [(AIRPORT, 1)], now=later(0)).is_complete


def test_a_silent_till_still_counts_as_one_to_reach(office):
    publish_versions(office, 2)
    with office.write() as session:
        add_tills(session, first=1)
    with office.read() as session:
        reach = reach_of(session, [(DOWNTOWN, 2)], now=NOON + timedelta(days=2))
    assert (reach.shown, reach.total) == (0, 1)


def test_an_open_order_holds_nothing_up_before_the_store_has_applied_it(office):
    with office.write() as session:
        add_category(session)
    office.publish(DOWNTOWN)
    with office.write() as session:
        add_tills(session, first=0)
        session.get(TerminalState, "first").has_open_order = True

    def waits_for_sale():
        with office.read() as session:
            return reach_of(session, [(DOWNTOWN, 1)], now=later(0)).tills[0].waits_for_sale

    assert not waits_for_sale()
    with office.write() as session:
        session.add(Arrival(store_id=DOWNTOWN, place=APPLIED, version=1, at=later(60)))
    assert waits_for_sale()


def test_an_address_names_all_that_was_published_together_however_much_that_is(office):
    with office.write() as session:
        add_category(session)
    results = office.publish(DOWNTOWN, AIRPORT)
    with office.write() as session:
        add_category(session, key="later", name="Later")
    office.publish(DOWNTOWN, minutes=1)
    act = act_of(results[0].publication_id)
    assert len(act) < 50
    with office.read() as session:
        assert sorted(read_versions(session, act)) == sorted([(DOWNTOWN, 1), (AIRPORT, 1)])


def test_an_address_names_the_newest_versions_that_hold_a_person(office):
    with office.write() as session:
        person = add_employee(session)
    office.publish(DOWNTOWN, AIRPORT)
    with office.read() as session:
        assert read_versions(session, act_of_person(person)) == [(DOWNTOWN, 1)]


def test_an_address_of_nothing_names_nothing(office):
    with office.read() as session:
        for text in ("", "nonsense", ":", "act:", "act:x", "employee:x", f"{DOWNTOWN}:1", "act:" + "x" * 500):
            assert read_versions(session, text) == []
