"""Whatever is published, whenever the network fails: the replica is a version that the office published."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pos_web.syncing.rebuild import Health, verify
from sync_contract.digest import EMPTY, record_hash, to_hex
from sync_contract.records import Category, Employee, Item, Variant
from tests.pos_web.syncing.node import Node
from tests.simulated_office import STORE, SimulatedOffice

KEYS = st.sampled_from("abcdef")
NAMES = st.text(max_size=12)
CODES = st.lists(st.text("0123456789ab-", max_size=14), max_size=2).map(tuple)
ITEMS = st.builds(
    lambda key, name, price, codes: (
        key,
        Item(name=name, variants=(Variant(key="v", price_cents=price, barcodes=codes),)),
    ),
    KEYS,
    NAMES,
    st.integers(0, 10**9),
    CODES,
)
RECORDS = st.one_of(
    ITEMS,
    st.builds(lambda key, name: (key, Category(name=name)), KEYS, NAMES),
    st.builds(lambda key, name: (key, Employee(name=name, role="cashier")), KEYS, NAMES),
    st.builds(lambda key: ("item", key, None), KEYS),
)


class Sync(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.office = SimulatedOffice(page_size=2)
        self.node = Node(self.folder, self.office)
        # Every set that was ever published, by epoch and version.
        self.published = {("epoch-1", 0): {}}
        self.backup = self.office.backup()

    @rule(records=st.lists(RECORDS, min_size=1, max_size=6), urgent=st.booleans())
    def publish(self, records, urgent):
        version = self.office.publish(*records, urgent=urgent)
        self.published[self.office.epoch, version] = self.office.store.live()

    @rule()
    def back_up_the_office(self):
        self.backup = self.office.backup()

    @rule()
    def restore_the_office(self):
        self.office.restore_backup(self.backup)
        self.published[self.office.epoch, self.office.store.version] = self.office.store.live()

    @rule(is_full=st.booleans())
    def sync_in_good_weather(self, is_full):
        result = self.node.sync(is_full=is_full)
        if result.outcome == "refused":
            assert self.office.store.version < self.node.applied().version
            return
        assert result.is_success
        assert self.node.records() == self.office.store.live()

    @rule()
    def sync_while_offline(self):
        with self.office.offline():
            assert self.node.sync().outcome == "offline"

    @rule(lines=st.integers(0, 3), times=st.integers(1, 4))
    def sync_over_a_bad_line(self, lines, times):
        self.office.cut_after_lines, self.office.cut_times = lines, times
        self.node.sync()
        self.office.cut_after_lines, self.office.cut_times = None, 0

    @rule(key=KEYS)
    def sync_something_corrupt(self, key):
        self.office.corrupt = lambda kind, k, body: b'{"name":"?","variants":[]}' if k == key else body
        self.node.sync()
        self.office.corrupt = None

    @rule(records=st.lists(RECORDS, min_size=1, max_size=4))
    def publish_while_a_sync_reads(self, records):
        def publish_between(request):
            if "after" in request.url.params:
                self.office.before_answer = None
                self.publish(records, urgent=False)

        self.office.before_answer = publish_between
        self.node.sync()
        self.office.before_answer = None

    @rule()
    def compare(self):
        self.node.steps.compare()

    @rule()
    def restart(self):
        self.node.steps = self.node.new_steps()
        assert self.node.steps.lease.hold()
        self.node.steps.begin()

    @invariant()
    def the_replica_is_a_published_version(self):
        applied = self.node.applied()
        expected = self.published[applied.epoch or "epoch-1", applied.version]
        assert self.node.records() == expected
        digest = EMPTY + sum(record_hash(kind, key, body) for (kind, key), body in expected.items())
        assert applied.version == 0 or applied.digest == to_hex(digest % (1 << 128))
        with self.node.replica.read() as session:
            assert verify(session, store_id=STORE) is Health.SOUND

    def teardown(self):
        self.node.close()
        shutil.rmtree(self.folder)


TestSync = Sync.TestCase
TestSync.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
