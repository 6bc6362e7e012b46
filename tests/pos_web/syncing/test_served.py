from msgspec import structs
from sqlalchemy import select

from pos_web.syncing.outbox import record_receipts
from pos_web.syncing.served import gone_stores, served_store_ids, unsent_in_words, update_served
from pos_web.terminals.registration import terminals_by_store
from pos_web.terminals.terminal import ServedStore, Terminal
from sync_contract.changes import StoreEntry, TerminalEntry
from sync_contract.uploads import Receipt
from tests.simulated_office import NOON, STORE

FRONT = TerminalEntry(id="t1", name="Front", code="F1", is_registered=True)
BAR = TerminalEntry(id="t2", name="Bar", code="B1")


def entry(store_id="s1", *terminals, **how):
    return StoreEntry(
        **({"id": store_id, "name": store_id.upper(), "epoch": "e1"} | how), terminals=terminals
    )


def update(node, *stores):
    with node.book.write() as session:
        ended = update_served(session, stores=stores)
        session.commit()
    return ended


def terminals(node):
    with node.book.read() as session:
        return {each.id: each for each in session.scalars(select(Terminal))}


def test_stores_and_terminals_are_taken_over(node):
    update(node, entry("s1", FRONT, is_demo=True), entry("s2", BAR))
    with node.book.read() as session:
        assert served_store_ids(session) == ["s1", "s2"]
        assert session.get(ServedStore, "s1").is_demo
    assert terminals(node)["t1"].is_registered
    assert not terminals(node)["t2"].is_registered


def test_a_terminal_that_is_gone_is_archived_and_may_come_back(node):
    update(node, entry("s1", FRONT, BAR))
    update(node, entry("s1", FRONT))
    assert terminals(node)["t2"].is_archived
    update(node, entry("s1", FRONT, BAR))
    assert not terminals(node)["t2"].is_archived


def test_whoever_has_to_leave_a_terminal_is_told_once(node):
    assert update(node, entry("s1", FRONT, BAR)) == {}
    assert update(node, entry("s1", FRONT)) == {"s1": ["t2"]}
    assert update(node, entry("s1", FRONT)) == {}
    revoked = structs.replace(FRONT, registration=1, is_registered=False)
    assert update(node, entry("s1", revoked)) == {"s1": ["t1"]}
    assert update(node, entry("s2", BAR)) == {"s1": ["t1"]}


def test_a_store_that_is_gone_is_served_no_more(node):
    update(node, entry("s1", FRONT), entry("s2", BAR))
    update(node, entry("s1", FRONT))
    with node.book.read() as session:
        assert served_store_ids(session) == ["s1"]
    assert terminals(node)["t2"].is_archived


def test_a_store_that_is_gone_is_remembered_while_documents_of_it_wait(node):
    update(node, entry(STORE, FRONT), entry("s2", BAR))
    node.finish_document()
    for _time in range(2):
        update(node, entry("s2", BAR))
        with node.book.read() as session:
            assert served_store_ids(session) == ["s2"]
            (gone,) = gone_stores(session)
            assert (gone.name, gone.waiting.length) == (STORE.upper(), 1)
            assert unsent_in_words(session) == f"{STORE.upper()}: 1"
            assert [each.store.name for each in terminals_by_store(session)] == ["S2"]
    update(node, entry(STORE, FRONT), entry("s2", BAR))
    with node.book.read() as session:
        assert served_store_ids(session) == sorted([STORE, "s2"])
        assert gone_stores(session) == []


def test_a_store_that_left_with_documents_is_forgotten_once_they_are_sent(node):
    update(node, entry(STORE, FRONT), entry("s2", BAR))
    uuid = node.finish_document()
    update(node, entry("s2", BAR))
    with node.book.write() as session:
        receipts = [Receipt(uuid=uuid, outcome="accepted")]
        record_receipts(session, store_id=STORE, receipts=receipts, epoch="e1", now=NOON)
        session.commit()
    update(node, entry("s2", BAR))
    with node.book.read() as session:
        assert session.get(ServedStore, STORE) is None
        assert unsent_in_words(session) == ""


def test_an_office_without_any_store_stops_nobody(node):
    update(node, entry("s1", FRONT))
    update(node)
    with node.book.read() as session:
        assert served_store_ids(session) == ["s1"]


def test_a_terminal_may_move_to_another_store(node):
    update(node, entry("s1", FRONT), entry("s2"))
    update(node, entry("s1"), entry("s2", FRONT))
    till = terminals(node)["t1"]
    assert (till.store_id, till.is_archived) == ("s2", False)


def test_a_terminal_with_the_code_of_one_that_is_gone_counts_in_a_series_above_its(node):
    # The office was restored to before "old" existed; somebody adds the terminal again.
    old, new = (TerminalEntry(id=key, name="Register 3", code="3") for key in ("old", "new"))
    update(node, entry("s1", FRONT, old), entry("s2", structs.replace(BAR, code="3")))
    with node.book.write() as session:
        session.get(Terminal, "old").series, session.get(Terminal, "old").last_counter = 4, 40
        session.commit()
    update(node, entry("s1", FRONT))
    update(node, entry("s1", FRONT, new))
    update(node, entry("s1", FRONT, new))
    found = terminals(node)
    assert (found["new"].series, found["new"].last_counter) == (5, 0)
    assert (found["old"].series, found["old"].last_counter, found["old"].is_archived) == (4, 40, True)
    # Another store's numbers are other numbers, and those of the code 33 are not those of 3.
    update(node, entry("s2", structs.replace(new, id="elsewhere", code="33")))
    assert terminals(node)["elsewhere"].series == 1


def test_a_terminal_of_another_store_begins_its_numbers_here(node):
    update(node, entry("s1", FRONT), entry("s2", BAR))
    with node.book.write() as session:
        session.get(Terminal, "t1").last_counter = 7
        session.commit()
    update(node, entry("s1"), entry("s2", BAR, FRONT))
    assert (terminals(node)["t1"].series, terminals(node)["t1"].last_counter) == (1, 0)
