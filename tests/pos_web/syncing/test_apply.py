import pytest
from sqlalchemy import select

from pos_web.catalog.replica import ReplicaRecord
from pos_web.syncing.apply import CHUNK, DigestMismatch, FenceLost, Run, StaleBase, apply, read_applied
from pos_web.syncing.pull import Applied, pull
from pos_web.syncing.rebuild import Health, verify
from sync_contract.digest import to_hex
from sync_contract.records import Credential, Employee, Tax, UnreadableRecord, Variant
from tests.pos_web.syncing.node import body_of, coffee, drinks
from tests.simulated_office import STORE


def apply_now(node, *, applied=None, fence=1, commit=True):
    """Pull and apply on `applied` (by default what the replica holds)."""
    base = node.applied()
    with (
        pull(node.client, store_id=STORE, applied=base if applied is None else applied) as pulled,
        node.replica.write() as session,
    ):
        run = Run(f"run-{node.now.timestamp()}", "Mia K.", True, fence)
        node.tick()
        summary = apply(session.connection(), store_id=STORE, base=base, pulled=pulled, run=run, now=node.now)
        if commit:
            session.commit()
        return summary


def is_sound(node):
    with node.replica.read() as session:
        return verify(session, store_id=STORE) is Health.SOUND


def test_a_new_store_takes_the_whole_set(node):
    node.office.publish(drinks(), coffee(), note="opening")
    apply_now(node)
    assert node.records() == node.office.store.live()
    assert node.applied() == Applied(1, "epoch-1", to_hex(node.office.store.digest))
    assert is_sound(node)


def test_a_delta_adds_changes_and_removes(node):
    node.office.publish(coffee("a"), coffee("b"), coffee("c"))
    apply_now(node)
    node.office.publish(coffee("a", 500), coffee("d"), ("item", "b", None))
    apply_now(node)
    assert node.records() == node.office.store.live()
    assert set(node.items()) == {"a", "c", "d"}
    assert node.price("a") == 500
    assert is_sound(node)


def test_a_full_set_replaces_everything(node):
    node.office.publish(coffee("a"), coffee("b"))
    apply_now(node)
    node.office.publish(coffee("b", 900), coffee("c"), ("item", "a", None))
    summary = apply_now(node, applied=Applied())
    assert node.records() == node.office.store.live()
    assert set(node.items()) == {"b", "c"}
    assert summary.counts == {"item": 3}
    assert is_sound(node)


def test_a_record_that_is_published_while_a_full_set_is_read_ends_as_its_newest(node):
    node.office.page_size = 2
    node.office.publish(*[coffee(key, barcodes=(f"code-{key}",)) for key in "abcd"])

    def publish_between_pages(request):
        if "after" in request.url.params:
            node.office.before_answer = None
            node.office.publish(coffee("a", 999, barcodes=("other",)), ("item", "b", None))

    node.office.before_answer = publish_between_pages
    apply_now(node)
    assert node.records() == node.office.store.live()
    assert node.price("a") == 999
    assert {code for code, item, _variant in node.barcodes() if item == "a"} == {"OTHER"}
    assert is_sound(node)


@pytest.mark.parametrize("now", [coffee("a", 999, barcodes=("other",)), ("item", "a", None)])
def test_a_record_that_is_published_again_long_after_its_chunk_was_written_ends_as_its_newest(node, now):
    node.office.page_size = CHUNK + 1
    node.office.publish(*[coffee("a", barcodes=("first",)), *(coffee(f"b{n:03}") for n in range(CHUNK + 5))])

    def publish_between_pages(request):
        if "after" in request.url.params:
            node.office.before_answer = None
            node.office.publish(now)

    node.office.before_answer = publish_between_pages
    apply_now(node)
    assert node.records() == node.office.store.live()
    left = {"OTHER"} if len(now) == 2 else set()
    assert {code for code, item, _variant in node.barcodes() if item == "a"} == left
    assert is_sound(node)


def test_damage_on_the_way_is_noticed_and_nothing_is_applied(node):
    node.office.publish(coffee("a", 450))
    apply_now(node)
    before = node.records()
    node.office.publish(coffee("a", 500), coffee("b"))
    node.office.corrupt = lambda kind, key, body: body.replace(b"500", b"600")
    with pytest.raises(DigestMismatch):
        apply_now(node)
    assert node.records() == before
    assert node.applied().version == 1
    assert is_sound(node)


def test_a_missing_record_is_noticed(node):
    node.office.publish(coffee("a"), coffee("b"))
    node.office.store.published.pop(("item", "b"))
    with pytest.raises(DigestMismatch):
        apply_now(node)
    assert node.applied() == Applied()


def test_a_body_that_is_not_what_its_kind_promises_is_refused(node):
    node.office.publish(("item", "a", b'{"name": 5}'))
    with pytest.raises(UnreadableRecord):
        apply_now(node)


def test_a_record_of_a_newer_office_is_kept_as_bytes(node):
    node.office.publish(("loyalty_card", "x", b'{"new": true}'), coffee("a"))
    apply_now(node)
    assert node.records()["loyalty_card", "x"] == b'{"new": true}'
    node.office.publish(("item", "b", b'{"name":"B","variants":[],"colour":"blue"}'))
    apply_now(node)
    assert b"colour" in node.records()["item", "b"]
    assert is_sound(node)


def test_a_stream_that_builds_on_another_version_is_turned_away(node):
    node.office.publish(coffee("a"))
    apply_now(node)
    node.office.publish(coffee("b"))
    stale = Applied()
    with (
        pull(node.client, store_id=STORE, applied=node.applied()) as pulled,
        node.replica.write() as session,
        pytest.raises(StaleBase),
    ):
        apply(
            session.connection(),
            store_id=STORE,
            base=stale,
            pulled=pulled,
            run=Run("x", "x", True),
            now=node.now,
        )


def test_a_worker_with_an_older_fence_is_turned_away(node):
    node.office.publish(coffee("a"))
    apply_now(node, fence=7)
    node.office.publish(coffee("b"))
    with pytest.raises(FenceLost):
        apply_now(node, fence=6)
    apply_now(node, fence=7)


def test_readers_see_the_old_version_until_the_commit(node):
    node.office.publish(coffee("a", 450))
    apply_now(node)
    node.office.publish(coffee("a", 500), *[coffee(f"item-{number}") for number in range(1200)])
    reader = node.replica.read()
    count = select(ReplicaRecord.version).distinct()
    with (
        pull(node.client, store_id=STORE, applied=node.applied()) as pulled,
        node.replica.write() as session,
    ):
        base = read_applied(session, store_id=STORE)
        apply(
            session.connection(),
            store_id=STORE,
            base=base,
            pulled=pulled,
            run=Run("r", "x", True, 1),
            now=node.now,
        )
        with reader:
            assert list(reader.scalars(count)) == [1]
            session.commit()
            assert list(reader.scalars(count)) == [1]
    with node.replica.read() as later:
        assert list(later.scalars(count)) == [2]


def test_stores_do_not_touch_each_other(node):
    node.office.add_store("store-2", "Airport")
    node.office.publish(coffee("a"))
    node.office.publish(coffee("z"), store="store-2")
    apply_now(node)
    with (
        pull(node.client, store_id="store-2", applied=Applied()) as pulled,
        node.replica.write() as session,
    ):
        run = Run("other", "x", False, 1)
        apply(session.connection(), store_id="store-2", base=Applied(), pulled=pulled, run=run, now=node.now)
        session.commit()
    assert set(node.records()) == {("item", "a")}
    assert is_sound(node)


# Derived rows.


def test_a_text_that_no_database_keeps_stops_no_sync(node):
    node.office.publish(coffee("a", name="Flat\0 white", barcodes=("house\0-1",)))
    apply_now(node)
    assert node.items()["a"].folded == "flat white"
    assert node.barcodes() == {("HOUSE-1", "a", "a-1")}
    assert node.records() == node.office.store.live()


def test_barcodes_are_found_under_their_normal_form(node):
    variants = (
        Variant(key="s", price_cents=300, sku="JU-S", barcodes=("036000291452", "0036000291452", " ")),
        Variant(key="l", price_cents=250, sku="", barcodes=("house-1",)),
    )
    key, juice = coffee("juice", name="Orange Juice")
    node.office.publish((key, type(juice)(name="Orange Juice", variants=variants, modifier_groups=("ice",))))
    apply_now(node)
    assert node.barcodes() == {("00036000291452", "juice", "s"), ("HOUSE-1", "juice", "l")}
    assert node.items()["juice"].folded == "orange juice ju-s"


def test_two_items_may_carry_one_code_and_lose_it_one_by_one(node):
    node.office.publish(coffee("a", barcodes=("12345670",)), coffee("b", barcodes=("12345670",)))
    apply_now(node)
    assert {item for _code, item, _variant in node.barcodes()} == {"a", "b"}
    node.office.publish(("item", "a", None))
    apply_now(node)
    assert {item for _code, item, _variant in node.barcodes()} == {"b"}


# The summary.


def test_the_summary_tells_old_and_new_price_by_whom_and_when(node):
    node.office.publish(drinks(), coffee())
    apply_now(node)
    node.office.publish(coffee(price_cents=480), coffee("latte", name="Iced latte"), by="Tom B.")
    node.office.publish(("category", "drinks", None), by="Aylin D.")
    summary = apply_now(node)
    told = {(change.how, change.name): change.fields for change in summary.changes}
    assert set(told) == {("changed", "Flat white"), ("new", "Iced latte"), ("removed", "Drinks")}
    (price,) = told["changed", "Flat white"]
    assert (price.field, price.before, price.after, price.unit) == ("price", "450", "480", "cents")
    assert [(note.version, note.by) for note in summary.publications] == [(3, "Aylin D."), (2, "Tom B.")]
    assert summary.counts == {"item": 2, "category": 1}
    assert node.summaries()[-1] == summary


def test_the_summary_names_categories_and_tax_rates(node):
    vat = Tax(name="VAT", rate_millionths=190_000, is_inclusive=True)
    node.office.publish(drinks(), ("food", drinks("Food")[1]), coffee(), ("vat", vat))
    apply_now(node)
    node.office.publish(
        coffee(name="Flat White", category="food"),
        ("vat", Tax(name="VAT", rate_millionths=81_000, is_inclusive=True)),
    )
    fields = {
        field.field: (field.before, field.after)
        for change in apply_now(node).changes
        for field in change.fields
    }
    assert fields == {
        "name": ("Flat white", "Flat White"),
        "category": ("Drinks", "Food"),
        "rate": ("190000", "81000"),
    }


def test_the_first_set_is_counted_not_listed(node):
    node.office.publish(*[coffee(f"item-{number}") for number in range(70)])
    summary = apply_now(node)
    assert summary.counts == {"item": 70}
    assert summary.changes == ()


def test_a_long_list_is_cut_and_counted(node):
    node.office.publish(*[coffee(f"item-{number}") for number in range(70)])
    apply_now(node)
    node.office.publish(*[coffee(f"item-{number}", 999) for number in range(70)])
    summary = apply_now(node)
    assert len(summary.changes) == 50
    assert summary.change_count == 70


def test_secrets_are_counted_and_never_told(node):
    node.office.publish(("mia", Employee(name="Mia K.", role="cashier")), coffee())
    apply_now(node)
    secret = Credential(pin_hash="$argon2id$secret", pin_digest="hmac-secret")
    node.office.publish(("mia", secret), coffee(price_cents=500))
    summary = apply_now(node)
    assert summary.counts == {"credential": 1, "item": 1}
    assert [change.kind for change in summary.changes] == ["item"]
    with node.replica.read() as session:
        from pos_web.catalog.replica import Apply

        assert not any(b"secret" in row.summary for row in session.scalars(select(Apply)))


def test_an_unchanged_record_in_a_full_set_is_no_change(node):
    node.office.publish(coffee("a"), coffee("b"))
    apply_now(node)
    assert apply_now(node, applied=Applied()).change_count == 0
    assert node.records()["item", "a"] == body_of(coffee("a"))
