"""Open orders between updates: no line ever changes by itself, no order is lost, each goes up once.

A model of every order and line stands beside the real book. Whatever is rung, held, paid or refunded,
published and synced, in whichever order: what nobody touched is as it was, to the last tax. Terminals come
and go, managers are asked, means of payment are switched off.
"""

import ast
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import structs
from sqlalchemy import select, update

from pos_web.approvals.answer import approve, deny, withdraw
from pos_web.approvals.ask import Ask, Wanted
from pos_web.approvals.request import request_approval
from pos_web.approvals.use import presented, spend_with
from pos_web.catalog import published
from pos_web.catalog.replica import ReplicaHead, ReplicaRecord
from pos_web.database import ReplicaBase
from pos_web.orders.begin import TerminalGone
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
from pos_web.syncing.served import update_served, update_terminals
from pos_web.syncing.store_sync import StoreSync
from pos_web.terminals.terminal import Terminal
from shared_web.errors import RuleError
from sync_contract.changes import StoreEntry, TerminalEntry
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
    TenderType,
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
ANOTHER = "another"


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
    st.sampled_from([
        ("tender_type", "cash", None), ("tender_type", "card", None),
        ("cash", TenderType(name="Bar", method="cash")), ("card", ORIGINAL["tender_type", "card"]),
    ]),
    st.sampled_from([("employee", MIA, None), (MIA, Employee(name="Mia K.", role="cashier"))]),
    st.sampled_from([("employee", SARA, None), (SARA, Employee(name="Sara L.", role="manager"))]),
    st.sampled_from([("manager", Role(name="Manager")), ("manager", ORIGINAL["role", "manager"])]),
    st.builds(lambda step: (STORE, StoreSettings(cash_rounding_cents=step)), st.sampled_from([1, 5])),
)  # fmt: skip


MANAGER_OF_ANOTHER_DAY = Person(
    employee="nils", name="Nils", role="manager", role_name="Manager", language="",
    permissions=frozenset(defaults_of(MANAGER)),
)  # fmt: skip


# They note where it was asked, and do not need that terminal.
ANYWHERE = (mark_sold_out, bring_back, approve, deny, withdraw)
# What a cashier asks a manager for: the operation, and the permission that it takes.
ASKED = {
    "void": (void_order, "order.void"),
    "price": (override_price, "line.override_price"),
    "refund": (refund, "order.refund"),
}


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
        self.entries = {
            REGISTER: TerminalEntry(id=REGISTER, name="Register 1", code="R1"),
            TABLET: TerminalEntry(id=TABLET, name="Tablet", code="T1"),
        }
        store.terminals = list(self.entries.values())
        self.office.add_store(ANOTHER, "Another")
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
        self.payments = {}
        # The terminals that this store has as far as its book knows, and the questions to managers.
        self.here = set(self.entries)
        self.questions = {}
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
        finally:
            # Every command looks at its terminal under the lock.
            if terminal not in self.here and command not in ANYWHERE:
                assert self._book() == before

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
        assert item not in self.sold_out and terminal in self.here
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
        self.payments[paid.payment.uuid] = taken(paid.payment)
        assert paid.is_finished or part > 1
        if paid.is_finished:
            self.orders[order] = ("finished", terminal)

    @precondition(lambda self: self._partly_paid())
    @rule(by=PEOPLE, data=st.data())
    def take_a_payment_back(self, by, data):
        order = data.draw(st.sampled_from(self._partly_paid()))
        terminal = self.orders[order][1]
        payment = self.paid[order].pop()
        how = {"payment_uuid": payment, "by": self._person(by), "now": self.shop.tick()}
        assert self._do(remove_payment, terminal=terminal, **how) is not None
        del self.payments[payment]
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
            self._note_refund(uuid, mirrored, terminal)

    def _note_refund(self, sale, mirrored, terminal):
        self.orders[mirrored.uuid] = ("finished", terminal)
        self.lines[mirrored.uuid] = {line.uuid: seen(line) for line in mirrored.lines}
        sold = sorted(rest(line, -line["quantity"]) for line in self.lines[sale].values())
        assert sorted(rest(line, line["quantity"]) for line in self.lines[mirrored.uuid].values()) == sold
        with self.shop.book.read() as book:
            self.payments |= {each.uuid: taken(each) for each in payments_of(book, order_uuid=mirrored.uuid)}

    # Questions to a manager.

    @precondition(lambda self: self.orders)
    @rule(
        what=st.sampled_from(sorted(ASKED)), terminal=TERMINALS, cents=CENTS,
        is_on_the_spot=st.booleans(), data=st.data(),
    )  # fmt: skip
    def ask_a_manager(self, what, terminal, cents, is_on_the_spot, data):
        """Now and then one who stands beside, and approves at once."""
        found = self._in_state("finished" if what == "refund" else "open")
        found = [uuid for uuid in found if self.lines[uuid]]
        mia = self.shop.person(MIA)
        if not found or mia is None:
            return
        order = data.draw(st.sampled_from(found))
        how = {"void": {}, "refund": {"order_uuid": order, "reason": "Faulty"}}.get(what)
        if how is None:
            line = data.draw(st.sampled_from(list(self.lines[order])))
            how = {"line_uuid": line, "price_cents": cents, "reason": "Dented"}
        terminal = terminal if what == "refund" else self.orders[order][1]
        with self.shop.write() as book:
            wanted = self._wanted(book, what, order, how)
            at = book.get_one(Terminal, terminal)
            asked = request_approval(book, terminal=at, by=mia, wanted=wanted, now=self.shop.tick())
            if is_on_the_spot and (sara := self.shop.person(SARA)) is not None and asked.answer is None:
                book.flush()
                where = {"terminal_id": terminal, "now": self.shop.tick()}
                if sara.may(ASKED[what][1]):
                    approve(book, request_uuid=asked.uuid, by=sara, **where)
            book.commit()
        self.questions[asked.uuid] = (what, order, how, terminal, dict(self.lines[order]))

    def _wanted(self, book, what, order, how):
        """As the gate makes it: the thing in the state in which it is, and what was typed."""
        target = book.get_one(Order, order).state_key
        typed = [(name, str(value)) for name, value in how.items()]
        return Wanted(
            ask=Ask(what=what, target=target), permissions=(ASKED[what][1],), path=f"/{what}", form=typed
        )

    @precondition(lambda self: self.questions)
    @rule(
        answer=st.sampled_from([approve, approve, approve, deny, withdraw]),
        terminal=TERMINALS,
        data=st.data(),
    )
    def a_manager_answers(self, answer, terminal, data):
        """From whichever till; an answer changes no order."""
        uuid = data.draw(st.sampled_from(list(self.questions)))
        by = self._person(SARA) if answer is not withdraw else self.shop.person(MIA)
        if by is None:
            return
        where = {"terminal_id": terminal} if answer is not withdraw else {}
        before = self._book()
        try:
            self.shop.do(answer, request_uuid=uuid, by=by, now=self.shop.tick(), **where)
        except RuleError as problem:
            assert problem.sentence
        assert self._book() == before

    @precondition(lambda self: self.questions)
    @rule(data=st.data())
    def do_what_was_approved(self, data):
        """By who asked, once, and only while nobody has changed the order since."""
        uuid = data.draw(st.sampled_from(list(self.questions)))
        what, order, how, terminal, lines = self.questions[uuid]
        mia = self.shop.person(MIA)
        if mia is None or order not in self.orders:
            return
        approval = self._approval(uuid, mia)
        if approval is None:
            return
        assert self.lines[order] == lines
        lent = structs.replace(mia, permissions=mia.permissions | approval.permissions)
        done = self._do(
            by_approval, approved=ASKED[what][0], approval=approval, terminal=terminal, **how,
            needs_replica=True, by=lent, now=self.shop.tick(),
        )  # fmt: skip
        if done is None:
            return
        assert self._approval(uuid, mia) is None
        del self.questions[uuid]
        if what == "void":
            assert self.orders[order] == ("open", terminal)
            self.orders[order] = ("void", terminal)
        elif what == "refund":
            self._note_refund(order, done, terminal)
        else:
            self.lines[order][how["line_uuid"]] = seen(
                next(line for line in done.lines if line.uuid == how["line_uuid"])
            )
            assert self.lines[order][how["line_uuid"]]["unit_price_cents"] == how["price_cents"]

    def _approval(self, uuid, mia):
        what, order, how, terminal, _lines = self.questions[uuid]
        with self.shop.book.read() as book, self.shop.replica.read() as replica:
            at, wanted = book.get_one(Terminal, terminal), self._wanted(book, what, order, how)
            return presented(
                book, replica, uuid=uuid, terminal=at, by=mia, wanted=wanted, now=self.shop.now
            )  # fmt: skip

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
            assert self._compare().is_behind
            self.sync(is_full=False)

    @rule()
    def the_line_is_cut_or_mended(self):
        self.office.is_offline = not self.office.is_offline

    @rule()
    def send(self):
        self.steps.send()

    # Terminals that come and go: what is open there is taken up at another one.

    @rule(
        terminal=st.sampled_from([REGISTER, TABLET]),
        how=st.sampled_from(["archived", "moved", "back", "back", "registered anew"]),
    )
    def the_office_changes_a_terminal(self, terminal, how):
        here, elsewhere = self.office.stores[STORE], self.office.stores[ANOTHER]
        others = [each for each in here.terminals if each.id != terminal]
        if how in ("archived", "moved") and not others:
            # Somebody goes on selling.
            return
        if how == "registered anew":
            entry = self.entries[terminal]
            self.entries[terminal] = structs.replace(entry, registration=entry.registration + 1)
        entry = self.entries[terminal]
        elsewhere.terminals = [each for each in elsewhere.terminals if each.id != terminal]
        here.terminals = others + ([] if how in ("archived", "moved") else [entry])
        if how == "moved":
            elsewhere.terminals.append(entry)
        self._compare()

    @rule(is_moved_first=st.booleans())
    def the_versions_are_compared(self, is_moved_first):
        self._compare(is_moved_first=is_moved_first)

    @rule()
    def the_store_is_taken_away_and_given_back(self):
        """From this node, by the office: in between nothing is sold, afterwards everything is there."""
        if self.office.is_offline:
            return
        another = StoreEntry(id=ANOTHER, name="Another", epoch="", terminals=self._at(ANOTHER))
        self.shop.do(update_served, stores=[another])
        self._part_with(set(self.entries))
        self.no_line_changed_by_itself_and_no_order_is_lost()
        with pytest.raises(TerminalGone):
            self.shop.do(hold, terminal_id=REGISTER, now=self.shop.tick())
        mine = StoreEntry(id=STORE, name="Corner", epoch="", terminals=self._at(STORE))
        self.shop.do(update_served, stores=[mine, another])
        self.here = {each.id for each in self._at(STORE)}

    def _at(self, store):
        return tuple(self.office.stores[store].terminals)

    def _compare(self, *, is_moved_first=False):
        """Ask the office, as the agents of both stores do in whichever order."""
        if is_moved_first and not self.office.is_offline:
            self.shop.do(update_terminals, store_id=ANOTHER, terminals=self._at(ANOTHER))
        told = self.steps.compare()
        if told.is_reachable:
            self.shop.do(update_terminals, store_id=ANOTHER, terminals=self._at(ANOTHER))
            here = {each.id for each in self._at(STORE)}
            self._part_with(self.here - here)
            self.here = here
        return told

    def _part_with(self, terminals):
        for terminal in sorted(terminals):
            order = self._open(terminal)
            if order is not None and self.lines[order]:
                self.orders[order] = ("held", terminal)
            elif order is not None:
                del self.orders[order], self.lines[order]
        self.here = self.here - terminals

    # What always holds.

    @invariant()
    def no_line_changed_by_itself_and_no_order_is_lost(self):
        expected = {uuid: (*self.orders[uuid], self.lines[uuid]) for uuid in self.orders}
        assert self._book() == expected
        assert all(at in self.here for state, at in self.orders.values() if state == "open")

    @invariant()
    def no_payment_changed_by_itself(self):
        with self.shop.book.read() as book:
            assert {each.uuid: taken(each) for each in book.scalars(select(Payment))} == self.payments

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
            self._compare()
            self.sync(is_full=False)
            self.steps.send()
            finished = set(self._in_state("finished"))
            sent = [decode_document(line) for line in self.office.documents.values()]
            assert {each.uuid for each in sent if hasattr(each, "total_cents")} == finished
            # Every order that is still open can be paid, whatever became of its items and its terminal.
            for terminal in sorted(self.here):
                order = self._open(terminal)
                if order is not None and self.lines[order]:
                    self._pay_at_the_end(order, terminal)
            for order in self._in_state("held"):
                terminal = min(self.here)
                how = {"order_uuid": order, "by": MANAGER_OF_ANOTHER_DAY, "now": self.shop.tick()}
                self.shop.do(recall, terminal_id=terminal, **how)
                self._pay_at_the_end(order, terminal)
        finally:
            self.shop.close()
            drop_under(self.folder)
            shutil.rmtree(self.folder)

    def _pay_at_the_end(self, order, terminal):
        with self.shop.book.read() as book:
            due = due_of(book, book.get_one(Order, order))
        how = {"tendered_cents": due + 4, "key": f"end-{order}", "now": self.shop.tick()}
        by = MANAGER_OF_ANOTHER_DAY
        assert self.shop.do_with_replica(take_cash, terminal_id=terminal, by=by, **how).is_finished


def by_approval(book, replica, *, approved, approval, now, **how):
    """The approved command, with the approval that its commit spends."""
    spend_with(book, approval, now=now)
    return approved(book, *([replica] if approved is refund else []), now=now, **how)


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


def taken(payment):
    """Everything of a payment: whatever becomes of its means, it is what was taken."""
    fields = ("order_uuid", "tender_type", "name", "method", "amount_cents", "tendered_cents", "change_cents")
    return {field: getattr(payment, field) for field in fields}


def rest(line, quantity):
    return repr({**line, "quantity": quantity})


TestOpenOrders = OpenOrders.TestCase
TestOpenOrders.settings = settings(
    max_examples=often(30, 1_500),
    stateful_step_count=at_length(35, 80),
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


POS_WEB = Path(__file__).parents[2] / "pos_web"
HOMES = ("pos_web.orders.", "pos_web.payments.", "pos_web.owned.sold_out", "pos_web.approvals.")
# They read, or judge before the operation itself does.
READS = {
    "apply_cash", "cash_due", "changeable_order", "check_override", "find_order", "find_request",
    "finished_orders", "held_by_others", "held_order", "held_orders", "line_amount", "line_of", "may_answer",
    "open_order", "page_height_mm", "panel", "quick_amounts", "receipt_lines", "receipt_number", "refund_of",
    "refundable", "refuse_sold_out", "requests_for", "sold_out_keys", "sold_out_list", "voided_order",
    "with_reason",
}  # fmt: skip
# `ring` is run by the shop's own, the next by `update_served`; the last one is of what the office decides.
RUN_BY_OTHERS = {"ring", "put_aside_of_gone", "give_back"}


def test_every_operation_on_orders_is_tried_above():
    """Whoever calls it: a route, the gate of approvals, or the agent that hears from the office."""
    imports = [
        node
        for file in POS_WEB.rglob("*.py")
        if not f"pos_web.{'.'.join(file.relative_to(POS_WEB).with_suffix('').parts)}".startswith(HOMES)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(HOMES)
    ]
    used = {each.name for node in imports for each in node.names if each.name.islower()}
    tried = {*globals(), *RUN_BY_OTHERS}
    assert used - READS <= tried, f"add a rule for {used - READS - tried}"
    assert used >= READS | RUN_BY_OTHERS, f"{(READS | RUN_BY_OTHERS) - used} are no more"
