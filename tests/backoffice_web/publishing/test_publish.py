"""Publishing: gapless versions, only what changed, what is needed goes along, what is incomplete waits."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import event, func, select

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.item import Item
from backoffice_web.people.employee import Employee
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.publication import Body, Mark, Publication, PublicationJournal
from backoffice_web.publishing.publish import publish
from backoffice_web.stores.store import Store
from shared_web.errors import RuleError
from sync_contract.records import decode
from tests.backoffice_web.builders import (
    AIRPORT,
    DOWNTOWN,
    NOON,
    add_category,
    add_employee,
    add_item,
    add_modifier_group,
    add_tax,
    digest_of,
    later,
    note,
)


@pytest.fixture
def cafe(office):
    """Downtown and Airport sell a flat white; everything is published as version 1."""
    with office.write() as session:
        add_category(session)
        add_item(session)
    office.publish(DOWNTOWN, AIRPORT)
    return office


def marks(office, store_id=DOWNTOWN):
    with office.read() as session:
        return {(m.kind, m.key) for m in session.scalars(select(Mark).where(Mark.store_id == store_id))}


def test_the_first_publication_takes_everything_that_was_set_up(office):
    [result] = office.publish(DOWNTOWN)
    assert (result.version, result.is_urgent, result.refused) == (1, True, ())
    kinds = {kind for kind, _key in office.published()}
    assert kinds == {"store_profile", "store_settings", "role", "tender_type", "reason"}
    assert marks(office) == set()


@pytest.mark.sqlite
def test_a_publication_costs_no_more_after_many_of_other_records(cafe):
    with cafe.write() as session:
        add_item(session, key="tea", name="Tea")
    cafe.publish(DOWNTOWN)
    steps = [0]

    def count(connection, *_more):
        def step():
            steps[0] += 1

        connection.set_progress_handler(step, 10)

    event.listen(cafe.database.engine, "checkout", count)

    def cost(cents):
        for more in range(20):
            cafe.set_price("flat-white", cents + more)
        steps[0] = 0
        assert cafe.publish(DOWNTOWN)[0].change_count == 1
        return steps[0]

    first = cost(500)
    for cents in range(100, 150):
        cafe.set_price("tea", cents)
        cafe.publish(DOWNTOWN)
    # The record itself has twice as many entries by now.
    assert 0 < cost(600) < 1.5 * first


def test_saving_changes_nothing_at_the_tills_until_it_is_published(cafe):
    before = cafe.published()
    cafe.set_price("flat-white", 480)
    assert cafe.published() == before
    assert marks(cafe) == {("item", "flat-white")}
    [result] = cafe.publish(DOWNTOWN)
    assert (result.version, result.change_count, result.is_urgent) == (2, 1, False)
    assert decode("item", cafe.published()["item", "flat-white"]).variants[0].price_cents == 480


def test_the_head_carries_the_digest_and_the_count_of_the_whole_set(cafe):
    cafe.set_price("flat-white", 480)
    cafe.publish(DOWNTOWN)
    head, records = cafe.head(), cafe.published()
    assert (head.version, head.digest, head.record_count) == (2, digest_of(records), len(records))


def test_nothing_changed_makes_no_new_version(cafe):
    [result] = cafe.publish(DOWNTOWN)
    assert (result.version, result.change_count, result.publication_id) == (1, 0, None)


def test_an_edit_that_is_taken_back_is_no_longer_pending(cafe):
    cafe.set_price("flat-white", 480)
    cafe.set_price("flat-white", 450)
    assert marks(cafe) == set()


def test_an_edit_that_means_nothing_to_a_store_is_not_pending_there(cafe):
    with cafe.write() as session:
        add_item(session, key="currywurst", name="Currywurst", sold_in=[AIRPORT])
    assert marks(cafe, DOWNTOWN) == set()
    assert marks(cafe, AIRPORT) == {("item", "currywurst")}


def test_an_edit_after_the_change_was_noted_is_still_pending(cafe):
    with cafe.write() as session:
        item = session.get_one(Item, "flat-white")
        note(session, "item", "flat-white")
        item.name = "Flat white, double"
    assert marks(cafe) == {("item", "flat-white")}


def test_stores_get_versions_of_their_own(cafe):
    cafe.set_price("flat-white", 480)
    results = cafe.publish(AIRPORT, DOWNTOWN)
    assert [result.store_id for result in results] == [AIRPORT, DOWNTOWN]
    changed = [result.change_count for result in results]
    assert sorted(changed) == [0, 1]  # the two stores sell by different price lists


def test_only_the_chosen_records_go_out(cafe):
    with cafe.write() as session:
        add_category(session, key="cakes", name="Cakes")
        session.get_one(Category, "drinks").name = "Hot drinks"
        note(session, "category", "drinks")
    [result] = cafe.publish(records=[("category", "cakes")])
    assert result.change_count == 1
    assert marks(cafe) == {("category", "drinks")}


def test_never_published_records_that_an_item_needs_go_along_and_it_says_so(cafe):
    with cafe.write() as session:
        add_category(session, key="cakes", name="Cakes")
        add_modifier_group(session)
        add_tax(session)
        add_item(session, key="carrot-cake", name="Carrot cake", category="cakes", groups=["milk"])
    [result] = cafe.publish(records=[("item", "carrot-cake")])
    needed = {("category", "cakes"), ("modifier_group", "milk"), ("tax", "sales-tax")}
    assert set(result.went_along) == needed
    assert needed < set(cafe.published())
    assert marks(cafe) == set()


def test_a_needed_record_that_is_published_stays_as_it_is_there(cafe):
    with cafe.write() as session:
        session.get_one(Category, "drinks").name = "Hot drinks"
        note(session, "category", "drinks")
    cafe.set_price("flat-white", 480)
    [result] = cafe.publish(records=[("item", "flat-white")])
    assert result.went_along == ()
    assert decode("category", cafe.published()["category", "drinks"]).name == "Drinks"


def test_the_first_record_of_a_store_takes_the_store_itself_along(office):
    with office.write() as session:
        add_employee(session)
    [result] = office.publish(records=[("employee", "cara")])
    assert {kind for kind, _key in result.went_along} == {"store_profile", "store_settings", "role"}
    assert ("credential", "cara") in office.published()


def test_an_item_without_a_price_is_refused_and_does_not_hold_up_the_rest(cafe):
    with cafe.write() as session:
        add_item(session, key="muesli", name="Muesli", prices={})
        add_item(session, key="tea", name="Tea")
    [result] = cafe.publish(DOWNTOWN)
    assert [(r.key, r.sentence) for r in result.refused] == [
        ("muesli", "Muesli needs a price in Downtown before it can be published.")
    ]
    assert ("item", "tea") in cafe.published() and ("item", "muesli") not in cafe.published()
    assert marks(cafe) == {("item", "muesli")}


def test_an_archived_record_becomes_a_tombstone_and_can_come_back(cafe):
    with cafe.write() as session:
        session.get_one(Item, "flat-white").is_archived = True
        note(session, "item", "flat-white", action="archived")
    cafe.publish(DOWNTOWN)
    assert ("item", "flat-white") not in cafe.published()
    with cafe.write() as session:
        session.get_one(Item, "flat-white").is_archived = False
        note(session, "item", "flat-white", action="restored")
    [result] = cafe.publish(DOWNTOWN)
    assert result.version == 3
    head, records = cafe.head(), cafe.published()
    assert (head.digest, head.record_count) == (digest_of(records), len(records))


def test_switching_a_person_off_is_urgent_and_takes_the_credential_away(cafe):
    with cafe.write() as session:
        add_employee(session)
    cafe.publish(DOWNTOWN)
    with cafe.write() as session:
        session.get_one(Employee, "cara").is_active = False
        note(session, "employee", "cara", fields={"Active": ("Yes", "No")})
    [result] = cafe.publish(records=[("employee", "cara")])
    assert (result.change_count, result.is_urgent) == (2, True)
    assert not {("employee", "cara"), ("credential", "cara")} & set(cafe.published())


@pytest.mark.parametrize(
    ("field", "value", "is_urgent"), [("auto_sync_after_s", 0, True), ("idle_lock_s", 60, False)]
)
def test_only_the_auto_sync_period_of_the_settings_is_urgent(cafe, field, value, is_urgent):
    with cafe.write() as session:
        setattr(session.get_one(Store, DOWNTOWN), field, value)
        note(session, "store_settings", DOWNTOWN, stores=[DOWNTOWN])
    [result] = cafe.publish(DOWNTOWN)
    assert result.is_urgent is is_urgent


def test_journal_entries_are_tied_to_the_publication_that_took_them_live(cafe):
    with cafe.write() as session:
        session.get_one(Item, "flat-white").name = "Flat white, double"
        note(session, "item", "flat-white", fields={"Name": ("Flat white", "Flat white, double")})
    [result] = cafe.publish(DOWNTOWN)
    with cafe.read() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.action == "changed")).one()
        live = session.scalars(
            select(PublicationJournal.publication_id).where(PublicationJournal.journal_entry_id == entry.id)
        ).all()
    assert live == [result.publication_id]  # live Downtown, waiting at the Airport


def test_secrets_are_in_no_journal_and_no_history(cafe):
    with cafe.write() as session:
        add_employee(session, pin="9753")
        note(session, "credential", "cara", fields={"PIN": ("1111", "9753")}, stores=[DOWNTOWN])
    cafe.publish(DOWNTOWN)
    with cafe.read() as session:
        told = session.scalars(select(JournalEntry.before + JournalEntry.after + JournalEntry.field)).all()
        kept = session.scalars(select(Body.content)).all()
    assert not any("9753" in text for text in told)
    assert not any(b"9753" in content for content in kept)
    assert b"9753" in cafe.published()["credential", "cara"]


@pytest.mark.parametrize(
    ("stores", "records"), [([], None), (["nowhere"], None), ([DOWNTOWN], [("dragon", "smaug")])]
)
def test_unknown_stores_and_kinds_are_refused_with_a_sentence(office, stores, records):
    with office.write() as session, pytest.raises(RuleError):
        publish(session, stores=stores, records=records, by="Olivia", now=NOON)


def test_two_people_publishing_at_once_leave_no_gap(cafe):
    with cafe.write() as session:
        for number in range(8):
            add_category(session, key=f"c{number}", name=f"Category {number}")
    start = threading.Barrier(8)
    problems = []

    def publish_one(number):
        start.wait()
        try:
            cafe.publish(DOWNTOWN, AIRPORT, records=[("category", f"c{number}")], minutes=number)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=publish_one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with cafe.read() as session:
        versions = session.scalars(
            select(Publication.version).where(Publication.store_id == DOWNTOWN).order_by(Publication.version)
        ).all()
    assert versions == list(range(1, 10))
    assert cafe.head().digest == digest_of(cafe.published())


def test_publishing_one_change_costs_the_same_in_a_large_catalog(cafe):
    def statements_to_publish(price):
        from sqlalchemy import event

        cafe.set_price("flat-white", price)
        seen = []
        count = lambda conn, cursor, statement, *rest: seen.append(statement)  # noqa: E731
        event.listen(cafe.database.engine, "before_cursor_execute", count)
        cafe.publish(DOWNTOWN)
        event.remove(cafe.database.engine, "before_cursor_execute", count)
        return len(seen)

    small = statements_to_publish(460)
    with cafe.write() as session:
        for number in range(600):
            add_item(session, key=f"item-{number}", name=f"Item {number}", noted=False)
        for number in range(600):
            note(session, "item", f"item-{number}", action="created", stores=[DOWNTOWN])
    cafe.publish(DOWNTOWN)
    assert statements_to_publish(470) == small
    with cafe.read() as session:
        assert session.scalar(select(func.count()).select_from(Mark).where(Mark.store_id == DOWNTOWN)) == 0


def test_the_time_and_author_of_a_publication_are_kept(cafe):
    cafe.set_price("flat-white", 480)
    cafe.publish(DOWNTOWN, by="Max Manager", minutes=5, note="Spring prices", urgent=True)
    with cafe.read() as session:
        kept = session.scalars(select(Publication).where(Publication.version == 2)).one()
    assert (kept.by, kept.at, kept.note, kept.is_urgent) == ("Max Manager", later(5), "Spring prices", True)
