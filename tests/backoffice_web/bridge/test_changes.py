"""The change stream: what a store pulls is exactly what is published, by whatever way it gets there."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice_web.bridge import changes as stream
from backoffice_web.catalog.item import Item
from backoffice_web.stores.enterprise import Enterprise
from sync_contract.changes import More, Trailer, decode_lines
from tests.backoffice_web.builders import DOWNTOWN, Office, add_category, add_item, digest_of, note


def test_a_new_store_takes_the_whole_set(cafe, node):
    cafe.publish()
    end = node.pull()
    assert node.records == cafe.published()
    assert (end.to, end.count, end.digest) == (1, len(node.records), digest_of(node.records))


def test_a_full_set_holds_no_tombstones_and_says_that_it_is_full(cafe, node):
    cafe.publish()
    archive(cafe, "flat-white")
    cafe.publish()
    header, changes, _end = node.page(since=0)
    assert header.is_full and header.since == 0
    assert all(change.body is not None for change in changes)


def test_a_delta_holds_what_changed_and_nothing_else(cafe, node):
    cafe.publish()
    node.pull()
    cafe.set_price("flat-white", 480)
    cafe.publish(by="Max Manager", note="Spring prices")
    header, changes, end = node.page(since=1, epoch=node.epoch, digest=node.digest)
    assert not header.is_full
    assert [(change.kind, change.key) for change in changes] == [("item", "flat-white")]
    [told] = end.publications
    assert (told.version, told.by, told.note, told.count) == (2, "Max Manager", "Spring prices", 1)


def test_a_removed_record_comes_as_a_tombstone(cafe, node):
    cafe.publish()
    node.pull()
    archive(cafe, "flat-white")
    cafe.publish()
    _header, [change], _end = node.page(since=1, epoch=node.epoch, digest=node.digest)
    assert change.body is None
    node.pull()
    assert node.records == cafe.published()


def test_a_record_that_changed_often_comes_once_with_its_newest_body(cafe, node):
    cafe.publish()
    node.pull()
    for price in (460, 470, 480):
        cafe.set_price("flat-white", price)
        cafe.publish()
    _header, [change], end = node.page(since=1, epoch=node.epoch, digest=node.digest)
    assert (change.version, end.to) == (4, 4)


def test_nothing_new_is_a_header_and_a_trailer(cafe, node):
    cafe.publish()
    node.pull()
    _header, changes, end = node.page(since=1, epoch=node.epoch, digest=node.digest)
    assert (changes, end.to, end.publications) == ([], 1, ())


def test_a_store_without_any_publication_gets_an_empty_set(office, node):
    header, changes, end = node.page(since=0)
    assert (header.is_full, changes, end.to, end.count, end.digest) == (True, [], 0, 0, digest_of({}))


@pytest.mark.parametrize(
    "position",
    [
        {"since": 2},
        {"since": 1, "epoch": "another"},
        {"since": 1, "digest": "0" * 32},
    ],
    ids=["newer than the office", "another epoch", "another digest"],
)
def test_a_store_whose_history_is_not_ours_must_take_the_whole_set(cafe, node, position):
    cafe.publish()
    node.pull()
    known = {"since": node.version, "epoch": node.epoch, "digest": node.digest}
    response = node.get(f"stores/{DOWNTOWN}/changes", query_string={**known, **position})
    assert (response.status_code, response.json["error"]) == (409, "must-refetch")


def test_pages_of_a_full_set_after_an_office_restore_must_be_taken_again(cafe, node):
    cafe.publish()
    with cafe.write() as session:
        session.get_one(Enterprise, 1).epoch = "restored"
    query = {"since": 0, "epoch": "before", "after": "1,category,drinks"}
    assert node.get(f"stores/{DOWNTOWN}/changes", query_string=query).status_code == 409


def test_pages_together_are_the_whole_set(cafe, node, monkeypatch):
    monkeypatch.setattr(stream.change_stream, "__kwdefaults__", {"page": 3})
    cafe.publish()
    _header, changes, end = node.page(since=0)
    assert (len(changes), type(end)) == (3, More)
    node.pull()
    assert node.records == cafe.published()


def test_a_page_that_ends_with_the_last_record_has_the_trailer(cafe, node, monkeypatch):
    cafe.publish()
    monkeypatch.setattr(stream.change_stream, "__kwdefaults__", {"page": len(cafe.published())})
    assert isinstance(node.page(since=0)[2], Trailer)


def test_what_is_published_between_two_pages_is_in_the_set_too(cafe, node, monkeypatch):
    monkeypatch.setattr(stream.change_stream, "__kwdefaults__", {"page": 4})
    cafe.publish()
    prices = iter([460, 470, 480])

    def meanwhile():
        if (price := next(prices, None)) is not None:
            cafe.set_price("flat-white", price)
            cafe.publish()

    node.pull(between=meanwhile)
    assert node.records == cafe.published()
    assert node.digest == digest_of(node.records)


def test_what_is_removed_between_two_pages_of_a_full_set_is_gone(cafe, node, monkeypatch):
    monkeypatch.setattr(stream.change_stream, "__kwdefaults__", {"page": 2})
    cafe.publish()
    removed = iter(["category"])

    def meanwhile():
        if next(removed, None) is not None:
            assert ("category", "drinks") in node.records
            archive(cafe, "drinks", kind="category")
            cafe.publish()

    node.pull(between=meanwhile)
    assert node.records == cafe.published()


def test_the_stream_is_compressed_for_who_asks_for_it(cafe, node):
    cafe.publish()
    path, query = f"stores/{DOWNTOWN}/changes", {"since": 0}
    packed = node.get(path, query_string=query, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    plain = node.get(path, query_string=query, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data


STEPS = st.lists(
    st.lists(st.tuples(st.sampled_from("abcde"), st.one_of(st.none(), st.integers(1, 3))), max_size=4),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, page=st.integers(1, 4))
def test_any_deltas_from_any_version_lead_to_the_full_set(steps, page, tmp_path_factory):
    """Each step publishes edits of five categories: another name, or archived (None)."""
    office = Office(tmp_path_factory.mktemp("office"), stores=[DOWNTOWN])
    replicas = [Replica()]
    for step in steps:
        with office.write() as session:
            for key, number in step:
                save_category(session, key, number)
        office.publish()
        for replica in replicas:
            replica.pull(office, page)
        replicas.append(Replica())
        replicas[-1].pull(office, page)
    lagging = Replica(office)
    for replica in (*replicas, lagging):
        replica.pull(office, page)
        assert replica.records == office.published()
        assert replica.digest == digest_of(replica.records) == office.head().digest
    office.database.dispose()


class Replica:
    """Applies the stream straight from the domain function; `office`: synced once long ago."""

    def __init__(self, office=None):
        self.records, self.version, self.epoch, self.digest = {}, 0, "", ""
        if office is not None:
            self.pull(office, 100)
            with office.write() as session:
                save_category(session, "z", 1)
            office.publish()

    def pull(self, office, page):
        after, is_first = None, True
        while True:
            position = stream.Position(self.version, self.epoch, self.digest, after)
            with office.database.reading() as reading:
                pieces = stream.change_stream(reading, store_id=DOWNTOWN, position=position, page=page)
                header, *changes, end = decode_lines(b"".join(pieces))
            if header.is_full and is_first:
                self.records = {}
            for change in changes:
                self.records.pop((change.kind, change.key), None)
                if change.body is not None:
                    self.records[change.kind, change.key] = bytes(change.body)
            if isinstance(end, Trailer):
                self.version, self.epoch, self.digest = end.to, header.epoch, end.digest
                return
            after, is_first = (end.version, end.kind, end.key), False


def save_category(session, key, number):
    from backoffice_web.catalog.category import Category

    category = session.get(Category, key)
    if category is None:
        add_category(session, key=key, name=f"{key} new")
        session.flush()
        category = session.get_one(Category, key)
    category.is_archived = number is None
    category.name = f"{key} {number}"
    note(session, "category", key)


def archive(office, key, kind="item"):
    from backoffice_web.catalog.category import Category

    with office.write() as session:
        session.get_one(Item if kind == "item" else Category, key).is_archived = True
        note(session, kind, key, action="archived")


def test_a_thousand_changes_come_in_order(office, node):
    with office.write() as session:
        add_category(session)
        for number in range(1_000):
            add_item(session, key=f"i{number:04}", name=f"Item {number}", noted=False)
            if number % 100 == 0:
                session.flush()
        for number in range(1_000):
            note(session, "item", f"i{number:04}", action="created", stores=[DOWNTOWN])
    office.publish()
    _header, changes, end = node.page(since=0)
    # How a database sorts words is its own affair; versions are numbers.
    order = [change.version for change in changes]
    assert order == sorted(order)
    assert len({(change.kind, change.key) for change in changes}) == len(changes)
    assert (len(changes), end.count) == (end.count, len(office.published()))
