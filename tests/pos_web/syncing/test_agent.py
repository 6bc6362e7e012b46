"""The agent with its real threads; tests wait for answers and events, never for time to pass."""

import threading
from concurrent.futures import ThreadPoolExecutor
from queue import Queue

import pytest

from pos_web.syncing import silence, store_sync
from pos_web.syncing.agent import Agent
from pos_web.syncing.apply import apply
from pos_web.syncing.bridge_client import Offline
from pos_web.syncing.requests import take_request
from pos_web.syncing.schedule import Pace
from pos_web.syncing.served import update_served
from sync_contract.changes import StoreEntry, TerminalEntry
from sync_contract.notice import Notice
from tests.pos_web.syncing.node import coffee, settings
from tests.simulated_office import STORE
from tests.waiting import wait_until

PATIENCE_S = 20
# Nothing happens by itself, except what a test asks for.
STILL = Pace(heartbeat_s=3600, first_sync_s=3600, lease_s=0.02)


class Agents:
    """Starts agents over one node, and stops them all."""

    def __init__(self, node):
        self.node = node
        self.events = Queue()
        self.started = []

    def start(self, pace=STILL, **how):
        agent = Agent(
            self.node.book,
            self.node.replica,
            self.node.office.client(),
            self.node.clock,
            lambda store_id, event, payload: self.events.put((event, payload)),
            pace=pace,
            **how,
        )
        self.started.append(agent)
        agent.start()
        return agent

    def wait_for(self, event, version):
        """The payload of the event that tells of `version`; what comes before is passed over."""
        while True:
            found, payload = self.events.get(timeout=PATIENCE_S)
            if (found, payload["version"]) == (event, version):
                return payload

    def stop(self):
        for agent in self.started:
            agent.stop()


@pytest.fixture
def agents(node):
    node.steps.lease.release()
    started = Agents(node)
    yield started
    started.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sync-")]


def served(node):
    """The node knows its store from an earlier start."""
    with node.book.write() as session:
        update_served(session, stores=[StoreEntry(id=STORE, name="Corner", epoch=node.office.epoch)])
        session.commit()


def sync(agent, **how):
    return agent.sync(STORE, **({"by": "Mia K.", "wait_s": PATIENCE_S} | how))


class HeldLine:
    """The first change stream is on its way for as long as the test likes."""

    def __init__(self, node):
        self.is_sent, self.may_arrive = threading.Event(), threading.Event()
        self.most_at_once = self._now = 0
        self._answer = node.office._changes
        node.office.requests.clear()
        node.office._changes = self._hold

    def _hold(self, store, request):
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        answer = self._answer(store, request)
        self.is_sent.set()
        assert self.may_arrive.wait(PATIENCE_S)
        self._now -= 1
        return answer


def test_a_fresh_node_finds_its_store_and_syncs_by_itself(agents, node):
    node.office.publish(coffee())
    agents.start()
    assert agents.wait_for("pos:applied", 1)["count"] == 1
    assert node.records() == node.office.store.live()


def test_the_first_press_on_a_fresh_node_finds_the_store(agents, node):
    node.office.publish(coffee())
    result = sync(agents.start())
    assert result.outcome in {"applied", "already_up_to_date"}
    assert node.applied().version == 1


def test_only_the_agents_threads_talk_to_the_office(agents, node):
    node.office.publish(coffee())
    agent = agents.start()
    sync(agent)
    agent.notice(Notice(store=STORE, version=1))
    agent.kick_outbox(STORE)
    agent.discover(PATIENCE_S)
    assert all(name.startswith("sync-") for name in node.office.threads)


def press(agent, **how):
    """The answer to come, of somebody who has pressed by now."""
    return agent._stores[STORE].ask(**({"by": "Sara L.", "is_manual": True, "is_full": False} | how))


def under_way(pool, agent, line):
    """The answer to come of a sync whose stream the office has sent, and the node has not read."""
    first = pool.submit(sync, agent)
    assert line.is_sent.wait(PATIENCE_S)
    assert agent.is_syncing(STORE)
    return first


def test_who_presses_after_a_publication_sells_by_it_although_a_sync_was_under_way(agents, node):
    served(node)
    agent = agents.start()
    sync(agent)
    node.office.publish(coffee())
    line = HeldLine(node)
    with ThreadPoolExecutor(1) as pool:
        first = under_way(pool, agent, line)
        node.office.publish(coffee(price_cents=480))
        answers = [press(agent, by=f"Cashier {number}") for number in range(20)]
        line.may_arrive.set()
        assert first.result(PATIENCE_S).to_version == 1
        results = [answer.result(PATIENCE_S) for answer in answers]
    assert {(result.outcome, result.to_version) for result in results} == {("applied", 2)}
    assert (node.office.requests["changes"], line.most_at_once) == (2, 1)
    assert not agent.is_syncing(STORE)


def test_who_presses_at_another_worker_sells_by_the_newest_publication_too(agents, node):
    served(node)
    one = agents.start(is_alone=False)
    sync(one)
    two = agents.start(is_alone=False)
    node.office.publish(coffee())
    line = HeldLine(node)
    with ThreadPoolExecutor(1) as pool:
        first = under_way(pool, one, line)
        node.office.publish(coffee(price_cents=480))
        answers = [press(two)]
        wait_until(lambda: take_request(node.book, store_id=STORE))
        # While that worker waits for the one with the store, its own people share what it asks for next.
        answers += [press(two, by=f"Cashier {number}") for number in range(20)]
        line.may_arrive.set()
        assert first.result(PATIENCE_S).to_version == 1
        results = [answer.result(PATIENCE_S) for answer in answers]
    assert {result.to_version for result in results} == {2}
    assert [result.outcome for result in results] == ["applied"] + ["already_up_to_date"] * 20
    assert (node.office.requests["changes"], line.most_at_once) == (3, 1)


def test_a_caller_waits_only_so_long(agents, node):
    served(node)
    agent = agents.start()
    sync(agent)
    may_answer = threading.Event()
    node.office.before_answer = lambda request: may_answer.wait(PATIENCE_S)
    assert sync(agent, wait_s=0.01).outcome == "running"
    may_answer.set()
    assert sync(agent).is_success


def test_whoever_waited_for_an_office_that_says_nothing_hears_that_it_is_offline(agents, node, monkeypatch):
    monkeypatch.setattr(silence, "SILENCE_S", 0.1)
    served(node)
    agent = agents.start()
    sync(agent)
    may_answer = threading.Event()
    node.office.before_answer = lambda request: may_answer.wait(PATIENCE_S)
    assert sync(agent, wait_s=0.3).outcome == "offline"
    may_answer.set()
    assert sync(agent).is_success


def test_a_sync_that_the_office_answers_is_running_however_long_it_takes(agents, node, monkeypatch):
    monkeypatch.setattr(silence, "SILENCE_S", 0.1)
    served(node)
    agent = agents.start()
    sync(agent)
    node.office.publish(coffee())
    may_apply = threading.Event()
    monkeypatch.setattr(
        store_sync, "apply", lambda *how, **more: may_apply.wait(PATIENCE_S) and apply(*how, **more)
    )
    assert sync(agent, wait_s=0.3).outcome == "running"
    may_apply.set()
    assert sync(agent).is_success


def test_an_unreachable_office_stops_nobody_from_the_first_second(agents, node):
    node.office.is_offline = True
    served(node)
    agent = agents.start()
    assert sync(agent).outcome == "offline"
    node.office.is_offline = False
    node.office.publish(coffee())
    assert sync(agent).outcome == "applied"


def test_an_unknown_store_is_refused(agents, node):
    agent = agents.start()
    result = agent.sync("elsewhere", by="Mia K.", wait_s=PATIENCE_S)
    assert (result.outcome, result.reason) == ("refused", "unknown-store")


def test_a_notice_of_an_urgent_publication_is_applied_at_once(agents, node):
    served(node)
    agent = agents.start()
    sync(agent)
    version = node.office.publish(coffee(), urgent=True)
    agent.notice(Notice(store=STORE, version=version, urgent=True))
    assert not agents.wait_for("pos:applied", version)["is_manual"]


def test_a_notice_is_shown_and_applied_after_the_stores_period(agents, node):
    served(node)
    agent = agents.start()
    node.office.publish(settings(auto_sync_after_s=1))
    assert sync(agent).to_version == 1
    version = node.office.publish(coffee(), by="Tom B.")
    agent.notice(Notice(store=STORE, version=version))
    assert agents.wait_for("pos:notice", version) == {"version": version, "count": 1, "by": ["Tom B."]}
    assert not agents.wait_for("pos:applied", version)["is_manual"]


def test_a_pressed_sync_does_not_wait_for_the_period(agents, node):
    served(node)
    agent = agents.start()
    node.office.publish(settings(auto_sync_after_s=900))
    sync(agent)
    version = node.office.publish(coffee())
    agent.notice(Notice(store=STORE, version=version))
    agents.wait_for("pos:notice", version)
    assert sync(agent).to_version == version


def test_the_heartbeat_finds_what_no_notice_told(agents, node):
    served(node)
    agent = agents.start(Pace(heartbeat_s=0.05, first_sync_s=0.05))
    sync(agent)
    node.office.publish(coffee(), urgent=True)
    assert agents.wait_for("pos:applied", 1)["count"] == 1


def test_a_node_that_comes_back_online_catches_up(agents, node):
    served(node)
    agent = agents.start(Pace(heartbeat_s=0.05, first_sync_s=0.05))
    sync(agent)
    node.office.is_offline = True
    assert sync(agent).outcome == "offline"
    node.office.publish(coffee(), urgent=True)
    node.office.is_offline = False
    assert agents.wait_for("pos:applied", 1)["count"] == 1


def test_a_finished_document_goes_up_when_the_outbox_is_kicked(agents, node):
    served(node)
    is_uploaded = threading.Event()
    node.office.before_answer = lambda request: request.url.path.endswith("uploads") and is_uploaded.set()
    agent = agents.start()
    sync(agent)
    uuid = node.finish_document()
    agent.kick_outbox(STORE)
    assert is_uploaded.wait(PATIENCE_S)
    sync(agent)  # comes after the upload on the same thread
    assert node.outbox() == {uuid: "acknowledged"}


def test_a_store_that_is_opened_later_is_found_by_its_notice(agents, node):
    served(node)
    agent = agents.start()
    sync(agent)
    node.office.add_store("store-2", "Airport")
    node.office.publish(coffee(), store="store-2")
    agent.notice(Notice(store="store-2", version=1))
    assert agents.wait_for("pos:applied", 1)["count"] == 1


def test_a_code_makes_a_terminal_of_the_book(agents, node):
    served(node)
    agent = agents.start()
    node.office.codes["ABC"] = (STORE, TerminalEntry(id="t9", name="Register 9", code="R9"))
    assert agent.register("ABC", PATIENCE_S) == "t9"
    assert agent.register("ABC", PATIENCE_S) is None
    with node.book.read() as session:
        from pos_web.terminals.terminal import Terminal

        assert session.get(Terminal, "t9").name == "Register 9"
    with node.office.offline(), pytest.raises(Offline):
        agent.register("XYZ", PATIENCE_S)


def test_a_turn_that_fails_is_told_to_its_caller_and_the_next_one_works(agents, node, monkeypatch):
    served(node)
    agent = agents.start()
    sync(agent)
    thread = agent._stores[STORE]

    def fail(**how):
        raise RuntimeError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(thread.steps, "sync", fail)
        with pytest.raises(RuntimeError, match="disk full"):
            sync(agent)
    assert sync(agent).is_success


def test_stopping_answers_everybody_who_waits(agents, node):
    served(node)
    agent = agents.start()
    sync(agent)
    is_asked, may_answer = threading.Event(), threading.Event()

    def hold(request):
        is_asked.set()
        may_answer.wait(PATIENCE_S)

    node.office.before_answer = hold
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(sync, agent)
        assert is_asked.wait(PATIENCE_S)
        waiting = agent._stores[STORE].ask(by="Sara L.", is_manual=True, is_full=True)
        stopping = pool.submit(agent.stop)
        may_answer.set()
        assert running.result(PATIENCE_S) is not None
        assert waiting.result(PATIENCE_S) is not None
        stopping.result(PATIENCE_S)


def test_of_two_workers_one_syncs_and_the_other_asks_it(agents, node):
    served(node)
    node.office.publish(coffee())
    one = agents.start(is_alone=False)
    assert sync(one).is_success
    two = agents.start(is_alone=False)
    node.office.publish(coffee(price_cents=480))
    node.tick()
    result = sync(two, by="Sara L.")
    assert (result.outcome, result.to_version) == ("applied", 2)
    assert node.runs()[-1].started_by == "Sara L."


def test_another_worker_takes_over_when_the_first_one_stops(agents, node):
    served(node)
    one = agents.start(is_alone=False)
    assert sync(one).is_success
    two = agents.start(is_alone=False)
    one.stop()
    node.office.publish(coffee())
    node.tick()
    assert sync(two).is_success
    assert node.applied().version == 1


# Nothing happens by itself but what a failure plans, within hundredths of a second.
QUICK_AGAIN = Pace(heartbeat_s=3600, first_sync_s=3600, retry_first_s=0.01, retry_longest_s=0.05)


@pytest.mark.parametrize("status", [429, 500, 502])
@pytest.mark.parametrize("name", ["status", "changes"])
def test_an_update_comes_by_itself_soon_after_the_offices_last_fault(agents, node, status, name):
    served(node)
    node.office.publish(settings(auto_sync_after_s=0))
    agent = agents.start(QUICK_AGAIN)
    sync(agent)
    node.office.publish(coffee())
    node.office.failing_status, node.office.failing_names, node.office.failing_times = status, {name}, 5
    agent.notice(Notice(store=STORE, version=2))
    if status == 502 and name == "status":
        # A dead office is asked at the pace of an office that is gone; its socket tells when it is back.
        agents.wait_for("pos:state", 0)
        node.office.failing_status = 0
        agent.line_changed(is_listening=True)
    agents.wait_for("pos:applied", 2)
    assert node.records() == node.office.store.live()


def test_sales_go_up_by_themselves_soon_after_the_offices_last_fault(agents, node):
    served(node)
    agent = agents.start(QUICK_AGAIN)
    sync(agent)
    node.office.failing_status, node.office.failing_names, node.office.failing_times = 500, {"uploads"}, 5
    uuid = node.finish_document()
    agent.kick_outbox(STORE)
    wait_until(lambda: node.outbox()[uuid] == "acknowledged")
    assert node.office.requests["uploads"] == 6


def test_who_presses_waits_for_no_pause_and_takes_the_sales_along(agents, node):
    served(node)
    agent = agents.start(QUICK_AGAIN)
    sync(agent)
    node.office.failing_status, node.office.retry_after = 429, "300"
    uuid = node.finish_document()
    agent.kick_outbox(STORE)
    assert sync(agent).reason == "office-error"
    node.office.failing_status = 0
    node.office.publish(coffee())
    assert sync(agent).outcome == "applied"
    wait_until(lambda: node.outbox()[uuid] == "acknowledged")
