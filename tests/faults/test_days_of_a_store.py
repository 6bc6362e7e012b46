"""A model of an office and its store beside the real ones, through days of edits, sales and bad luck.

The store can be offline, and misses, repeats and reorders notices. Nothing runs by itself: each rule is one
thing that happens, and the store's thread takes its turns when the test says so.
"""

import shutil
import tempfile
from pathlib import Path
from time import monotonic

import httpx2
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backoffice_web.catalog.item import Item
from backoffice_web.publishing.roll_back import roll_back
from pos_web.orders.offer import NotForSale
from pos_web.orders.ring import ring
from pos_web.payments.take import take_cash
from pos_web.staff.person import Person
from pos_web.syncing.store_thread import StoreThread
from sync_contract.notice import Notice
from tests.backoffice_web.builders import DOWNTOWN, note
from tests.databases import drop_under
from tests.faults.conftest import at_length, often
from tests.faults.house import ITEMS, NEVER, REGISTER, House

SOLD = ITEMS[:4]
CARA = Person(
    employee="cara", name="Cara Cashier", role="cashier", role_name="Cashier", language="",
    permissions=frozenset(),
)  # fmt: skip


class Switch(httpx2.BaseTransport):
    """The line: connected or not."""

    def __init__(self, inner):
        self.inner = inner
        self.is_offline = False

    def handle_request(self, request):
        if self.is_offline:
            raise httpx2.ConnectError("no route to the office", request=request)
        return self.inner.handle_request(request)

    def close(self):
        self.inner.close()


class Strict(StoreThread):
    """Nothing may fail here, so nothing is only logged."""

    def _fail(self, problem, step):
        raise problem


class Days(RuleBasedStateMachine):
    template: Path

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.house = House(self.folder, self.template)
        self.line = Switch(self.house.wsgi())
        self.node = self.house.node(self.line)
        self.thread = self._new_thread()
        # The model: what is saved, and what each published version holds (None: not sold).
        self.saved = {item: 100 + number for number, item in enumerate(ITEMS)}
        self.versions = {1: dict(self.saved)}
        # The prices of archived items, which come back with them.
        self.hidden = {}
        self.notices = []
        self.finished = {}
        self.taps = 0
        self._turn()

    def _new_thread(self):
        return Strict(self.node.steps(), book=self.node.book, pace=NEVER, is_alone=True)

    def _turn(self):
        # A turn may leave something for the next one, as a wake-up would.
        self.thread._turn()
        self.thread._turn()

    @property
    def newest(self):
        return max(self.versions)

    # The office.

    @rule(item=st.sampled_from(SOLD), cents=st.integers(1, 5))
    def change_a_price(self, item, cents):
        self.house.office.set_price(item, cents)
        if self.saved[item] is not None:
            self.saved[item] = cents
        else:
            self.hidden[item] = cents

    @rule(item=st.sampled_from(SOLD))
    def archive_or_bring_back(self, item):
        with self.house.office.write() as session:
            row = session.get_one(Item, item)
            row.is_archived = not row.is_archived
            note(session, "item", item)
            is_archived = row.is_archived
        if is_archived:
            self.hidden[item], self.saved[item] = self.saved[item], None
        else:
            self.saved[item] = self.hidden[item]

    @rule(item=st.sampled_from(SOLD) | st.none(), urgent=st.booleans())
    def publish(self, item, urgent):
        records = None if item is None else [("item", item)]
        result = self.house.office.publish(DOWNTOWN, records=records, urgent=urgent)[0]
        before = self.versions[self.newest]
        after = dict(self.saved) if item is None else {**before, item: self.saved[item]}
        self._expect(result.version, before, after)

    @precondition(lambda self: self.newest > 1)
    @rule(data=st.data())
    def roll_back(self, data):
        version = data.draw(st.integers(1, self.newest - 1))
        with self.house.office.write() as session:
            result = roll_back(session, store_id=DOWNTOWN, version=version, by="Max", now=self.house.now)
        self._expect(result.version, self.versions[self.newest], self.versions[version])

    def _expect(self, version, before, after):
        assert version == self.newest + (before != after)
        self.versions[version] = after
        self.notices.append(Notice(store=DOWNTOWN, version=version))

    # The line.

    @rule()
    def the_line_is_cut_or_mended(self):
        self.line.is_offline = not self.line.is_offline

    @precondition(lambda self: self.notices)
    @rule(data=st.data(), is_kept=st.booleans())
    def a_notice_arrives(self, data, is_kept):
        """Any of them, in any order; kept ones come again."""
        place = data.draw(st.integers(0, len(self.notices) - 1))
        self.thread.notice(self.notices[place])
        if not is_kept:
            del self.notices[place]
        self._turn()

    @rule()
    def all_notices_are_lost(self):
        self.notices.clear()

    @rule()
    def the_heart_beats(self):
        self.thread.line_changed(is_listening=True)
        self._turn()
        if not self.line.is_offline:
            assert self.node.applied().version == self.newest

    # The store.

    @rule(is_full=st.booleans())
    def somebody_presses_sync(self, is_full):
        answer = self.thread.ask(by="Mia K.", is_manual=True, is_full=is_full)
        self._turn()
        result = answer.result(0)
        if self.line.is_offline:
            assert result.outcome == "offline"
        else:
            assert result.is_success
            assert self.node.applied().version == self.newest

    @rule()
    def the_store_node_restarts(self):
        self.thread._is_stopping = True
        self.thread = self._new_thread()
        self._turn()

    @rule(item=st.sampled_from(SOLD), is_kicked=st.booleans())
    def a_sale(self, item, is_kicked):
        version = self.node.applied().version
        price = self.versions[version][item] if version else None
        self.taps += 1
        with self.node.book.write() as book, self.node.replica.read() as replica:
            how = {"terminal_id": REGISTER, "by": CARA, "now": self.house.tick()}
            try:
                rung = ring(book, replica, item=item, tap=f"tap-{self.taps:05}", **how)
            except NotForSale:
                assert price is None
                return
            assert rung.line.unit_price_cents == price
            assert rung.line.version == version
            key = f"key-{self.taps:08}"
            paid = take_cash(book, replica, tendered_cents=rung.order.total_cents, key=key, **how)
            assert paid.is_finished
            self.finished[rung.order.uuid] = rung.order.total_cents
            book.commit()
        if is_kicked:
            # After a failure the next try waits, until it is time or the line says that it is there again.
            is_pausing = self.thread._uploads.until > monotonic()
            self.thread.kick_outbox()
            self._turn()
            assert self.line.is_offline or is_pausing or set(self.house.sales()) == set(self.finished)

    @invariant()
    def the_store_sells_by_a_published_version(self):
        assert self.house.has_published(self.node.applied())
        assert self.node.is_whole()

    @invariant()
    def versions_have_no_gaps(self):
        assert list(self.house.digests()) == list(range(1, self.newest + 1))

    @invariant()
    def every_sale_is_somewhere_once(self):
        assert set(self.node.outbox()) == set(self.finished)
        assert set(self.house.sales()) <= set(self.finished)
        assert self.node.states() <= {"waiting", "acknowledged"}

    def teardown(self):
        try:
            self.line.is_offline = False
            self.the_heart_beats()
            assert self.node.records() == self.house.office.published()
            assert self.house.sales() == sorted(self.finished)
            assert self.node.states() <= {"acknowledged"}
        finally:
            self.house.close()
            drop_under(self.folder)
            shutil.rmtree(self.folder)


def test_whatever_happens_in_whichever_order_both_sides_end_equal(template):
    class Here(Days):
        pass

    Here.template = template
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=often(12, 500),
            stateful_step_count=at_length(30, 60),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
