"""Open orders between updates: no line ever changes by itself, no order is lost, each goes up once.

A model of every order and line stands beside the real book. Whatever is rung, held, paid or refunded,
published and synced, in whichever order: what nobody touched is as it was, to the last tax.
"""

import ast
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select, update

from pos_web.catalog import published
from pos_web.catalog.replica import ReplicaHead, ReplicaRecord
from pos_web.database import ReplicaBase
from pos_web.orders.hold import hold, put_aside_others, recall
from pos_web.orders.lines import change_quantity, remove_line
from pos_web.orders.newer_prices import keep_prices, update_prices
from pos_web.orders.order import Order
from pos_web.orders.override import override_price
from pos_web.orders.refund import refund
from pos_web.orders.void import void_order
from pos_web.owned.sold_out import bring_back, mark_sold_out
from pos_web.payments.payment import Payment
from pos_web.payments.take import due_of, payments_of, remove_payment, take_card, take_cash
from pos_web.staff.person import Person
from pos_web.syncing.outbox import OutboxDocument
from pos_web.syncing.store_sync import StoreSync
from shared_web.errors import RuleError
from sync_contract.changes import TerminalEntry
from sync_contract.permissions import MANAGER, defaults_of
from sync_contract.records import (
    Category,
    Employee,
    Item,
    Modifier,
    ModifierGroup,
    Role,
    StoreSettings,
    Tax,
    UnreadableRecord,
    Variant,
    kind_of,
)
from sync_contract.uploads import decode_document
from tests.databases import drop_under
from tests.faults.conftest import at_length, often
from tests.pos_web.shop import MIA, REGISTER, SARA, SMALL_SHOP, STORE, TABLET, open_shop
from tests.simulated_office import SimulatedOffice

TERMINALS = st.sampled_from([REGISTER, REGISTER, TABLET])
PEOPLE = st.sampled_from([MIA, SARA, SARA])
CHOICES = st.sampled_from(
    [
        ("espresso", {}), ("croissant", {}), ("gift-wrap", {}), ("juice", {"variant": "small"}),
        ("juice", {"variant": "large"}), ("flat-white", {"modifiers": ["whole"]}),
        ("flat-white", {"modifiers": ["oat", "shot"]}),
    ]
)  # fmt: skip
CENTS = st.integers(0, 999)


def espresso(cents, tax_class="standard", name="Espresso"):
    return "espresso", Item(
        name=name,
        category="drinks",
        tax_class=tax_class,
        variants=(Variant(key="espresso-1", price_cents=cents),),
    )


def juice(small, large, is_large_sold):
    variants = (Variant(key="small", name="Small", price_cents=small),)
    if is_large_sold:
        variants += (Variant(key="large", name="Large", price_cents=large),)
    return "juice", Item(name="Juice", category="drinks", tax_class="standard", variants=variants)


def milk(oat, is_oat_sold):
    modifiers = (Modifier(key="whole", name="Whole"),)
    if is_oat_sold:
        modifiers += (Modifier(key="oat", name="Oat", price_cents=oat),)
    return "milk", ModifierGroup(name="Milk", minimum=1, maximum=1, modifiers=modifiers)


def vat(rate, is_inclusive, tax_classes):
    tax = Tax(name=f"VAT {rate}", rate_millionths=rate, is_inclusive=is_inclusive, tax_classes=tax_classes)
    return "vat19", tax


ORIGINAL = {(kind, key): record for kind, key, record in SMALL_SHOP}
CHANGES = st.one_of(
    st.builds(
        espresso, CENTS,
        st.sampled_from(["standard", "food", "none"]), st.sampled_from(["Espresso", "Ristretto"]),
    ),
    st.builds(juice, CENTS, CENTS, st.booleans()),
    st.builds(milk, CENTS, st.booleans()),
    st.builds(
        vat, st.sampled_from([0, 70_000, 190_000, 200_000]), st.booleans(),
        st.sampled_from([("standard",), ("standard", "food"), ()]),
    ),
    st.sampled_from(["espresso", "croissant", "gift-wrap", "juice", "flat-white"]).map(
        lambda key: ("item", key, None)
    ),
    st.sampled_from(["flat-white", "croissant", "gift-wrap"]).map(lambda key: (key, ORIGINAL["item", key])),
    st.sampled_from([("tax", "vat19", None), ("tax", "vat7", None), ("modifier_group", "extras", None)]),
    st.builds(lambda name: ("drinks", Category(name=name)), st.sampled_from(["Drinks", "Bar"])),
    st.sampled_from([("employee", MIA, None), (MIA, Employee(name="Mia K.", role="cashier"))]),
    st.sampled_from([("employee", SARA, None), (SARA, Employee(name="Sara L.", role="manager"))]),
    st.sampled_from([("manager", Role(name="Manager")), ("manager", ORIGINAL["role", "manager"])]),
    st.builds(lambda step: (STORE, StoreSettings(cash_rounding_cents=step)), st.sampled_from([1, 5])),
)  # fmt: skip


MANAGER_OF_ANOTHER_DAY = Person(
    employee="nils", name="Nils", role="manager", role_name="Manager", language="",
    permissions=frozenset(defaults_of(MANAGER)),
)  # fmt: skip


def has_lines(days):
    """Is anything on an open order?"""
    return any(days.lines[uuid] for uuid in days._in_state("open"))


class OpenOrders(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        # As a process that starts: what the days before have read must not decide what a forged record does.
        published._remembered.clear()
        self.folder = Path(tempfile.mkdtemp())
        self.shop = open_shop(self.folder)
        with self.shop.replica.write() as session:
            # The store begins without a catalog, and takes it from the office.
            session.query(ReplicaHead).delete()
            session.commit()
        self.office = SimulatedOffice(page_size=7)
        store = self.office.add_store(STORE, "Corner")
        store.terminals = [
            TerminalEntry(id=REGISTER, name="Register 1", code="R1"),
            TerminalEntry(id=TABLET, name="Tablet", code="T1"),
        ]
        self.office.publish(*((key, record) for _kind, key, record in SMALL_SHOP), store=STORE)
        self.steps = StoreSync(
            STORE, book=self.shop.book, replica=self.shop.replica, client=self.office.client(),
            clock=lambda: self.shop.now, announce=lambda *told: None,
        )  # fmt: skip
        assert self.steps.lease.hold()
        assert self.steps.sync(by="start", is_manual=False, is_full=True).is_success
        # The model: state of each order, and each of its lines as it should be.
        self.orders = {}
        self.lines = {}
        self.paid = {}
        self.sold_out = set()
        self.is_damaged = False

    # What the model can see, and what it expects.

    def _book(self):
        """Every order of the book with its lines, as plain values."""
        with self.shop.book.read() as book:
            return {
                order.uuid: (order.state, order.terminal_id, {line.uuid: seen(line) for line in order.lines})
                for order in book.scalars(select(Order))
            }

    def _open(self, terminal):
        found = [uuid for uuid, (state, at) in self.orders.items() if (state, at) == ("open", terminal)]
        assert len(found) <= 1
        return found[0] if found else None

    def _do(self, command, *, terminal, needs_replica=False, **how):
        """The command's result, or None when it was refused with a sentence: then nothing has changed."""
        before = self._book()
        run = self.shop.do_with_replica if needs_replica else self.shop.do
        try:
            return run(command, terminal_id=terminal, **how)
        except (RuleError, UnreadableRecord) as problem:
            assert self.is_damaged or problem.sentence
            assert self._book() == before
            return None

    def _person(self, key):
        # Somebody who was switched off is at no till: the next request sends them away, and a manager comes.
        return self.shop.person(key) or self.shop.person(SARA) or MANAGER_OF_ANOTHER_DAY

    def _in_state(self, state):
        # As they began: by UUID the order would be another one each time, and no failure come twice.
        return [uuid for uuid, (found, _at) in self.orders.items() if found == state]

    # At the tills.

    @rule(choice=CHOICES, terminal=TERMINALS, by=PEOPLE, is_repeated=st.booleans())
    def ring_something(self, choice, terminal, by, is_repeated):
        if self.shop.person(by) is None:
            return
        item, how = choice
        version = self.steps.applied().version
        before = self._book()
        try:
            rung = self.shop.ring(item, by=by, terminal=terminal, **how)
        except (RuleError, UnreadableRecord) as problem:
            assert self.is_damaged or isinstance(problem, RuleError)
            assert self._book() == before
            return
        assert item not in self.sold_out
        order, line = rung.order, rung.line
        mine = self.lines.setdefault(order.uuid, {})
        self.orders[order.uuid] = ("open", terminal)
        if line.uuid in mine:
            mine[line.uuid] = {**mine[line.uuid], "quantity": mine[line.uuid]["quantity"] + 1}
        else:
            mine[line.uuid] = seen(line)
            assert (line.version, line.quantity) == (version, 1)
        if is_repeated:
            again = self.shop.ring(item, by=by, terminal=terminal, tap=f"tap-{self.shop.taps:04}", **how)
            assert again.was_repeated

    @precondition(has_lines)
    @rule(quantity=st.sampled_from([-1, 0, 1, 2, 3, 999, 1_000]), by=PEOPLE, data=st.data())
    def change_a_quantity(self, quantity, by, data):
        terminal, order, line = self._a_line(data)
        how = {"line_uuid": line, "quantity": quantity, "by": self._person(by), "now": self.shop.tick()}
        if self._do(change_quantity, terminal=terminal, **how) is not None:
            self.lines[order][line] = {**self.lines[order][line], "quantity": quantity}

    @precondition(has_lines)
    @rule(by=PEOPLE, data=st.data())
    def take_a_line_off(self, by, data):
        terminal, order, line = self._a_line(data)
        how = {"line_uuid": line, "by": self._person(by), "now": self.shop.tick()}
        if self._do(remove_line, terminal=terminal, **how) is not None:
            del self.lines[order][line]

    @precondition(has_lines)
    @rule(cents=CENTS, by=PEOPLE, data=st.data())
    def sell_a_line_at_another_price(self, cents, by, data):
        """Whatever is published afterwards: such a line keeps its own price, and what it was rung at."""
        terminal, order, line = self._a_line(data)
        how = {"line_uuid": line, "price_cents": cents, "reason": "Dented", "by": self._person(by)}
        if self._do(override_price, terminal=terminal, **how, now=self.shop.tick()) is not None:
            was = self.lines[order][line]
            listed = (
                was["unit_price_cents"] if was["listed_price_cents"] is None else was["listed_price_cents"]
            )
            self.lines[order][line] = {
                **was, "unit_price_cents": cents, "listed_price_cents": None if cents == listed else listed,
            }  # fmt: skip

    def _a_line(self, data):
        """Terminal, order and line of something that is on an open order."""
        found = [
            (self.orders[order][1], order, line)
            for order in self._in_state("open")
            for line in self.lines[order]
        ]
        return data.draw(st.sampled_from(found))

    @precondition(has_lines)
    @rule(terminal=TERMINALS)
    def put_it_on_hold(self, terminal):
        order = self._open(terminal)
        how = {"order_uuid": order, "now": self.shop.tick()}
        if self._do(hold, terminal=terminal, **how) is not None:
            self.orders[order] = ("held", terminal)
            # The answer was lost, and it is pressed again.
            assert self._do(hold, terminal=terminal, **how).uuid == order

    @precondition(lambda self: self._in_state("held"))
    @rule(terminal=TERMINALS, by=PEOPLE, data=st.data())
    def take_it_up_again(self, terminal, by, data):
        uuid, before = data.draw(st.sampled_from(self._in_state("held"))), self._open(terminal)
        how = {"order_uuid": uuid, "by": self._person(by), "now": self.shop.tick()}
        if self._do(recall, terminal=terminal, **how) is not None:
            self.orders[uuid] = ("open", terminal)
            if before is not None and self.lines[before]:
                self.orders[before] = ("held", terminal)
            elif before is not None:
                del self.orders[before], self.lines[before]

    @rule(terminal=TERMINALS, by=PEOPLE)
    def somebody_else_signs_in(self, terminal, by):
        before = self._open(terminal)
        how = {"by": self._person(by), "now": self.shop.tick()}
        if self._do(put_aside_others, terminal=terminal, **how) is not None:
            self.orders[before] = ("held", terminal)

    @precondition(has_lines)
    @rule(terminal=TERMINALS, by=PEOPLE)
    def void_it(self, terminal, by):
        order = self._open(terminal)
        how = {"order_uuid": order, "by": self._person(by), "now": self.shop.tick()}
        if self._do(void_order, terminal=terminal, **how) is not None:
            self.orders[order] = ("void", terminal)
            assert self._do(void_order, terminal=terminal, **how).uuid == order

    @precondition(lambda self: self._in_state("held") or self._in_state("finished"))
    @rule(terminal=TERMINALS, by=PEOPLE, data=st.data())
    def press_in_an_older_tab(self, terminal, by, data):
        """It shows an order that is held or finished since: nothing is done to the one that is open now."""
        shown = data.draw(st.sampled_from([*self._in_state("held"), *self._in_state("finished")]))
        how = {"order_uuid": shown, "by": self._person(by), "now": self.shop.tick()}
        self.shop.taps += 1
        pay = {"tendered_cents": 100_000, "key": f"old-{self.shop.taps:08}"}
        assert self._do(void_order, terminal=terminal, **how) is None
        assert self._do(take_cash, terminal=terminal, needs_replica=True, **how, **pay) is None
        assert self._do(hold, terminal=terminal, order_uuid=shown, note="other", now=how["now"]) is None

    @rule(item=st.sampled_from(["espresso", "croissant", "juice"]), by=PEOPLE, terminal=TERMINALS)
    def mark_it_sold_out(self, item, by, terminal):
        """What is on an order stays on it; nothing more of it is rung."""
        how = {"store_id": STORE, "key": item, "name": item, "until": None}
        self._do(mark_sold_out, terminal=terminal, **how, by=self._person(by), now=self.shop.tick())
        self.sold_out.add(item)

    @precondition(lambda self: self.sold_out)
    @rule(by=PEOPLE, terminal=TERMINALS, data=st.data())
    def sell_it_again(self, by, terminal, data):
        item = data.draw(st.sampled_from(sorted(self.sold_out)))
        how = {"store_id": STORE, "key": item, "by": self._person(by), "now": self.shop.tick()}
        assert self._do(bring_back, terminal=terminal, **how).name == item
        self.sold_out.discard(item)

    # Paying.

    @precondition(has_lines)
    @rule(by=PEOPLE, part=st.sampled_from([1, 1, 1, 2]), is_card=st.booleans(), data=st.data())
    def pay(self, by, part, is_card, data):
        """All that is due or half of it, in cash or on the card machine; the same press twice pays once."""
        terminal, order, _line = self._a_line(data)
        person = self._person(by)
        with self.shop.book.read() as book:
            due = due_of(book, book.get_one(Order, order))
        self.shop.taps += 1
        amount = "amount_cents" if is_card else "tendered_cents"
        # What was typed may be rounded to the store's smallest coin: a little more gives change.
        typed = due // part if is_card or part > 1 else due + 4
        how = {amount: typed, "key": f"key-{self.shop.taps:08}", "by": person, "now": self.shop.tick()}
        command = take_card if is_card else take_cash
        paid = self._do(command, terminal=terminal, needs_replica=True, **how)
        if paid is None:
            # An order with something on it can always be paid for, whatever became of its items.
            is_odd = (is_card and not typed) or (not is_card and part > 1)
            assert not self.lines[order] or is_odd or self.is_damaged
            return
        again = self._do(command, terminal=terminal, needs_replica=True, **how)
        assert again.payment.uuid == paid.payment.uuid
        self.paid.setdefault(order, []).append(paid.payment.uuid)
        assert paid.is_finished or part > 1
        if paid.is_finished:
            self.orders[order] = ("finished", terminal)

    @precondition(lambda self: self._partly_paid())
    @rule(by=PEOPLE, data=st.data())
    def take_a_payment_back(self, by, data):
        order = data.draw(st.sampled_from(self._partly_paid()))
        terminal = self.orders[order][1]
        how = {"payment_uuid": self.paid[order].pop(), "by": self._person(by), "now": self.shop.tick()}
        assert self._do(remove_payment, terminal=terminal, **how) is not None
        with self.shop.book.read() as book:
            assert {each.uuid for each in payments_of(book, order_uuid=order)} == set(self.paid[order])

    def _partly_paid(self):
        return [uuid for uuid in self._in_state("open") if self.paid.get(uuid)]

    @precondition(lambda self: self._in_state("finished"))
    @rule(terminal=TERMINALS, by=PEOPLE, data=st.data())
    def refund_a_sale(self, terminal, by, data):
        uuid = data.draw(st.sampled_from(self._in_state("finished")))
        how = {"order_uuid": uuid, "reason": "Faulty", "by": self._person(by), "now": self.shop.tick()}
        mirrored = self._do(refund, terminal=terminal, needs_replica=True, **how)
        if mirrored is not None:
            self.orders[mirrored.uuid] = ("finished", terminal)
            self.lines[mirrored.uuid] = {line.uuid: seen(line) for line in mirrored.lines}
            sold = sorted(rest(line, -line["quantity"]) for line in self.lines[uuid].values())
            assert sorted(rest(line, line["quantity"]) for line in self.lines[mirrored.uuid].values()) == sold

    # Newer prices, when somebody asks for them.

    @rule(terminal=TERMINALS)
    def keep_the_prices(self, terminal):
        self._do(keep_prices, terminal=terminal, needs_replica=True)

    @rule(terminal=TERMINALS, by=PEOPLE)
    def take_the_newer_prices(self, terminal, by):
        order = self._open(terminal)
        how = {"by": self._person(by), "now": self.shop.tick()}
        updated = self._do(update_prices, terminal=terminal, needs_replica=True, **how)
        if updated is None:
            return
        version = self.steps.applied().version
        for line in updated.lines:
            was, now = self.lines[order][line.uuid], seen(line)
            if was != now:
                assert now["version"] == version > was["version"]
                assert now["listed_price_cents"] is was["listed_price_cents"] is None
                untouched = {"name", "variant_name", "quantity", "item", "variant", "position", "category"}
                assert all(was[field] == now[field] for field in untouched)
            self.lines[order][line.uuid] = now

    # The office and the line.

    @rule(changes=st.lists(CHANGES, min_size=1, max_size=3))
    def publish(self, changes):
        named = {
            (each[0], each[1]) if len(each) == 3 else (kind_of(type(each[1])), each[0]): each
            for each in changes
        }
        self.office.publish(*named.values(), store=STORE)

    @rule(is_full=st.booleans())
    def sync(self, is_full):
        result = self.steps.sync(by="Mia K.", is_manual=True, is_full=is_full)
        assert result.is_success or (self.office.is_offline and result.outcome == "offline")
        self.is_damaged &= not result.is_success

    @rule(how=st.sampled_from(["lost", "torn", "forged"]))
    def the_catalog_is_damaged(self, how):
        """The replica's file is deleted or overwritten, or a hand changed a record: orders are elsewhere."""
        if not damage(self.shop.replica, how):
            return
        self.steps.check_replica()
        self.is_damaged = True
        if not self.office.is_offline:
            assert self.steps.compare().is_behind
            self.sync(is_full=False)

    @rule()
    def the_line_is_cut_or_mended(self):
        self.office.is_offline = not self.office.is_offline

    @rule()
    def send(self):
        self.steps.send()

    # What always holds.

    @invariant()
    def no_line_changed_by_itself_and_no_order_is_lost(self):
        expected = {uuid: (*self.orders[uuid], self.lines[uuid]) for uuid in self.orders}
        assert self._book() == expected

    @invariant()
    def each_finished_order_is_in_the_outbox_once(self):
        finished = set(self._in_state("finished"))
        with self.shop.book.read() as book:
            rows = book.scalars(select(OutboxDocument)).all()
            documents = [decode_document(row.content) for row in rows if row.kind == "order"]
            payments = book.scalars(select(Payment)).all()
            numbers = book.execute(select(Order.series, Order.counter).where(Order.number.is_not(None))).all()
        assert sorted(document.uuid for document in documents) == sorted(finished)
        for document in documents:
            sold = {line.uuid: line for line in document.lines}
            assert sold.keys() == self.lines[document.uuid].keys()
            for uuid, line in self.lines[document.uuid].items():
                sent = sold[uuid]
                assert (sent.name, sent.unit_price_cents, sent.quantity, sent.version) == (
                    line["name"], line["unit_price_cents"], line["quantity"], line["version"],
                )  # fmt: skip
                assert sent.listed_price_cents == line["listed_price_cents"]
            taken = [each.amount_cents for each in payments if each.order_uuid == document.uuid]
            assert sum(taken) == document.total_cents == sum(each.amount_cents for each in document.payments)
        for series in {series for series, _counter in numbers}:
            counters = sorted(counter for each, counter in numbers if each == series)
            assert counters == list(range(1, len(counters) + 1))

    def teardown(self):
        try:
            self.office.is_offline = False
            self.steps.compare()
            self.sync(is_full=False)
            self.steps.send()
            finished = set(self._in_state("finished"))
            sent = [decode_document(line) for line in self.office.documents.values()]
            assert {each.uuid for each in sent if hasattr(each, "total_cents")} == finished
            # Every order that is still open can be paid, whatever became of its items.
            for terminal in (REGISTER, TABLET):
                order = self._open(terminal)
                if order is not None and self.lines[order]:
                    with self.shop.book.read() as book:
                        due = due_of(book, book.get_one(Order, order))
                    how = {"tendered_cents": due + 4, "key": f"end-{terminal}", "now": self.shop.tick()}
                    by = self._person(SARA)
                    paid = self.shop.do_with_replica(take_cash, terminal_id=terminal, by=by, **how)
                    assert paid.is_finished
        finally:
            self.shop.close()
            drop_under(self.folder)
            shutil.rmtree(self.folder)


def damage(replica, how):
    """False when there was nothing to forge: the office may have taken every tax away."""
    if how == "forged":
        with replica.write() as session:
            forged = session.execute(
                update(ReplicaRecord).where(ReplicaRecord.kind == "tax").values(version=1, body=b"{}")
            )
            session.commit()
        return bool(forged.rowcount)
    if replica.is_sqlite:
        file = Path(replica.engine.url.database)
        replica.dispose()
        for name in (f"{file.name}-wal", f"{file.name}-shm"):
            file.with_name(name).unlink(missing_ok=True)
        file.unlink() if how == "lost" else file.write_bytes(b"no database " * 1_000)
    else:
        with replica.write() as session:
            for table in reversed(ReplicaBase.metadata.sorted_tables):
                session.execute(table.delete())
            session.commit()
    return True


def seen(line):
    """Everything of a line that may never change by itself."""
    fields = (
        "item",
        "variant",
        "name",
        "variant_name",
        "category",
        "quantity",
        "unit_price_cents",
        "listed_price_cents",
        "version",
    )
    return {field: getattr(line, field) for field in (*fields, "position", "modifiers", "taxes")}


def rest(line, quantity):
    return repr({**line, "quantity": quantity})


TestOpenOrders = OpenOrders.TestCase
TestOpenOrders.settings = settings(
    max_examples=often(40, 1_500),
    stateful_step_count=at_length(35, 80),
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


ROUTES = Path(__file__).parents[2] / "pos_web" / "routes"
# They read, or judge before the operation itself does.
READS = {
    "changeable_order", "check_override", "finished_orders", "held_by_others", "held_order", "held_orders",
    "line_amount", "line_of", "open_order", "page_height_mm", "refundable",
    "sold_out_list", "voided_order", "with_reason",
}  # fmt: skip


def test_every_operation_that_a_till_has_on_orders_is_tried_above():
    homes = ("pos_web.orders.", "pos_web.payments.", "pos_web.owned.sold_out")
    imports = [
        node
        for file in ROUTES.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(homes)
    ]
    used = {each.name for node in imports for each in node.names if each.name.islower()}
    tried = {*globals(), "ring"}  # the shop's own `ring` runs it
    assert len(used) > len(READS)
    assert used - READS <= tried, f"add a rule for {used - READS - tried}"
    assert used >= READS, f"{READS - used} are no more"
