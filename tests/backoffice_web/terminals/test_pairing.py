"""Pairing: a code works once, and one store never has two nodes."""

from datetime import timedelta

import pytest

from backoffice_web.bridge.access import (
    EMBEDDED,
    end_embedded_node,
    end_former_token,
    is_revoked,
    issue_next_token,
    keep_embedded_node,
    node_of,
)
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.stores.store import Store
from backoffice_web.terminals.node import Node
from backoffice_web.terminals.pairing import CODE_LIVES, list_nodes, new_pairing_code, pair, revoke
from backoffice_web.terminals.terminal import StoreState
from shared_web.errors import RuleError
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON

ADMIN = "Olive Owner"


def code_for(session, *store_ids, name="Back room", now=NOON):
    return new_pairing_code(session, node_name=name, store_ids=store_ids, by=ADMIN, now=now)


def paired(session, *store_ids, name="Back room", now=NOON):
    return pair(session, code=code_for(session, *store_ids, name=name, now=now), now=now)


def test_a_code_becomes_a_token_for_the_chosen_stores_alone(office):
    with office.write() as session:
        pairing = paired(session, DOWNTOWN)
        assert pairing.stores == (DOWNTOWN,)
        assert node_of(session, pairing.token).store_ids == {DOWNTOWN}


def test_one_node_may_serve_several_stores(office):
    with office.write() as session:
        assert node_of(session, paired(session, DOWNTOWN, AIRPORT).token).store_ids == {AIRPORT, DOWNTOWN}


@pytest.mark.parametrize("typed", [str, str.lower, lambda code: code.replace("-", " "), "  {}  ".format])
def test_a_code_may_be_typed_as_people_type(office, typed):
    with office.write() as session:
        assert pair(session, code=typed(code_for(session, DOWNTOWN)), now=NOON).token


def test_a_code_works_once(office):
    with office.write() as session:
        code = code_for(session, DOWNTOWN)
        pair(session, code=code, now=NOON)
        with pytest.raises(RuleError, match="wrong, used or older"):
            pair(session, code=code, now=NOON)


def test_a_code_ends_after_a_quarter_of_an_hour(office):
    with office.write() as session:
        code = code_for(session, DOWNTOWN)
        with pytest.raises(RuleError, match="wrong, used or older"):
            pair(session, code=code, now=NOON + CODE_LIVES)
        # Nobody knows how old it is when the clock was put back.
        with pytest.raises(RuleError, match="wrong, used or older"):
            pair(session, code=code, now=NOON - timedelta(hours=3))


def test_a_code_that_would_leave_documents_of_another_store_behind_is_refused_and_not_used_up(office):
    with office.write() as session:
        airport = session.get(Store, AIRPORT).name
        code = code_for(session, DOWNTOWN)
        with pytest.raises(RuleError, match=f"3 documents of {airport} wait on that computer"):
            pair(session, code=code, unsent={DOWNTOWN: 5, AIRPORT: 3}, now=NOON)
        with pytest.raises(RuleError, match="1 document of no-store waits on that computer"):
            pair(session, code=code, unsent={"no-store": 1}, now=NOON)
        assert pair(session, code=code, unsent={DOWNTOWN: 5, AIRPORT: 0}, now=NOON).stores == (DOWNTOWN,)


def test_neither_the_code_nor_the_token_is_kept_anywhere(office):
    with office.write() as session:
        code = code_for(session, AIRPORT, name="Other")
        pairing = paired(session, DOWNTOWN)
        session.commit()
    with office.database.engine.connect() as connection:
        tables = ("pairing_codes", "nodes", "journal_entries")
        kept = [str(row) for name in tables for row in connection.exec_driver_sql(f"SELECT * FROM {name}")]
    assert not any(secret in row for row in kept for secret in (code, code.replace("-", ""), pairing.token))


def test_a_second_node_for_a_store_is_refused_when_its_code_is_made(office):
    with office.write() as session:
        paired(session, DOWNTOWN)
        with pytest.raises(RuleError, match="is served by the store node Back room already") as refusal:
            code_for(session, DOWNTOWN, AIRPORT, name="Second")
        assert set(refusal.value.fields) == {"stores"}


def test_a_second_node_for_a_store_is_refused_when_its_code_is_used(office):
    with office.write() as session:
        first, second = code_for(session, DOWNTOWN), code_for(session, DOWNTOWN, name="Second")
        pair(session, code=first, now=NOON)
        with pytest.raises(RuleError, match="is served by the store node Back room already"):
            pair(session, code=second, now=NOON)


def test_a_revoked_node_makes_room_for_another(office):
    with office.write() as session:
        first = paired(session, DOWNTOWN)
        revoke(session, node_id=first.node, by=ADMIN, now=NOON)
        assert node_of(session, first.token) is None and is_revoked(session, first.token)
        assert node_of(session, paired(session, DOWNTOWN).token) is not None
        shown = list_nodes(session, store_ids=[DOWNTOWN])
        assert [node.is_revoked for node in shown] == [False, True]


def test_an_installation_that_serves_its_stores_itself_pairs_nobody(office):
    with office.write() as session:
        keep_embedded_node(session, token="embedded", now=NOON)
        with pytest.raises(RuleError, match="--role backoffice"):
            code_for(session, DOWNTOWN)


def test_an_installation_with_paired_nodes_does_not_serve_stores_itself(office):
    with office.write() as session:
        pairing = paired(session, DOWNTOWN)
        with pytest.raises(RuleError, match=r"\(Back room\).*--role backoffice"):
            keep_embedded_node(session, token="embedded", now=NOON)
        revoke(session, node_id=pairing.node, by=ADMIN, now=NOON)
        keep_embedded_node(session, token="embedded", now=NOON)


def test_the_node_of_this_installation_is_there_since_it_came_back_to_be_waited_for(office):
    def since(now):
        with office.write() as session:
            keep_embedded_node(session, token="embedded", now=now)
            return session.get_one(Node, EMBEDDED).created_at

    assert since(NOON) == since(NOON + timedelta(days=1)) == NOON
    with office.write() as session:
        end_embedded_node(session)
    assert since(NOON + timedelta(days=2)) == NOON + timedelta(days=2)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b"])
def test_a_node_needs_a_name(office, name):
    with office.write() as session, pytest.raises(RuleError) as refusal:
        code_for(session, DOWNTOWN, name=name)
    assert set(refusal.value.fields) == {"name"}


@pytest.mark.parametrize("stores", [(), ("nowhere",), (DOWNTOWN, "nowhere")])
def test_a_node_needs_stores_that_are_there(office, stores):
    with office.write() as session, pytest.raises(RuleError) as refusal:
        code_for(session, *stores)
    assert set(refusal.value.fields) == {"stores"}


def test_the_old_token_works_until_the_new_one_is_used(office):
    with office.write() as session:
        pairing = paired(session, DOWNTOWN)
        new = issue_next_token(session, node_id=pairing.node)
        assert not node_of(session, pairing.token).is_first_use
        assert node_of(session, new).is_first_use
        end_former_token(session, node_id=pairing.node, token=pairing.token)
        assert node_of(session, pairing.token) is not None, "the old token ends nothing"
        end_former_token(session, node_id=pairing.node, token=new)
        assert node_of(session, pairing.token) is None
        assert not node_of(session, new).is_first_use


def test_revoking_ends_a_token_that_was_issued_but_not_used(office):
    with office.write() as session:
        pairing = paired(session, DOWNTOWN)
        new = issue_next_token(session, node_id=pairing.node)
        revoke(session, node_id=pairing.node, by=ADMIN, now=NOON)
        assert node_of(session, new) is None


def test_the_journal_says_who_let_a_node_in_and_who_sent_it_away(office):
    with office.write() as session:
        pairing = paired(session, DOWNTOWN)
        revoke(session, node_id=pairing.node, by=ADMIN, now=NOON + timedelta(hours=1))
        entries = session.query(JournalEntry).filter_by(kind="store_node").order_by(JournalEntry.id).all()
        assert {(entry.action, entry.by) for entry in entries} == {
            ("pairing_code_made", ADMIN), ("paired", ADMIN), ("revoked", ADMIN)
        }  # fmt: skip


def test_the_list_tells_what_a_node_has_not_sent_yet(office):
    with office.write() as session:
        paired(session, DOWNTOWN, AIRPORT)
        (node,) = list_nodes(session, store_ids=[DOWNTOWN])
        assert node.unsent_count == 0
        session.add(StoreState(store_id=DOWNTOWN, outbox_length=3, refused_count=1))
        session.add(StoreState(store_id=AIRPORT, outbox_length=2))
        (node,) = list_nodes(session, store_ids=[DOWNTOWN])
        assert node.unsent_count == 6
