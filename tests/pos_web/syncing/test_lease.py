from threading import Event

from pos_web.syncing import lease
from tests.simulated_office import STORE


def take(node, owner, **how):
    with node.book.write() as session:
        fence = lease.take(session, store_id=STORE, owner=owner, now=node.now, **how)
        session.commit()
        return fence


def is_held(node, owner, fence):
    with node.book.read() as session:
        return lease.is_held(session, store_id=STORE, owner=owner, fence=fence)


def test_one_worker_at_a_time_holds_a_store(node):
    node.steps.lease.release()
    first = take(node, "a")
    assert take(node, "b") is None
    assert take(node, "a") == first


def test_an_expired_lease_can_be_taken_over_with_a_higher_fence(node):
    node.steps.lease.release()
    first = take(node, "a")
    node.tick(seconds=lease.LASTS_S + 1)
    second = take(node, "b")
    assert second > first
    assert not is_held(node, "a", first)
    assert is_held(node, "b", second)


class Seconds:
    """A monotonic clock that a test turns."""

    now = 0.0

    def __call__(self):
        return self.now


def test_a_dead_workers_lease_ends_also_when_the_clock_is_put_back(node):
    node.steps.lease.release()
    first = take(node, "a")
    node.tick(hours=-2)
    seconds = Seconds()
    watch = lease.Watch(clock=seconds)
    assert take(node, "b", watch=watch) is None
    seconds.now += lease.LASTS_S - 0.1
    assert take(node, "b", watch=watch) is None
    seconds.now += 0.2
    assert take(node, "b", watch=watch) > first


def test_a_lease_that_is_renewed_stays_also_when_the_clock_is_put_back(node):
    node.steps.lease.release()
    first = take(node, "a")
    node.tick(hours=-2)
    seconds = Seconds()
    watch = lease.Watch(clock=seconds)
    for _renewal in range(20):
        node.tick(seconds=1)
        seconds.now += 1
        assert take(node, "a") == first
        assert take(node, "b", watch=watch) is None


def test_the_fence_of_the_holder_alone_can_be_lifted(node):
    node.steps.lease.release()
    take(node, "a")
    with node.book.write() as session:
        assert lease.outgrow(session, store_id=STORE, owner="b", above=9) == 0
        assert lease.outgrow(session, store_id=STORE, owner="a", above=9) == 10
        assert lease.outgrow(session, store_id=STORE, owner="a", above=3) == 10
        session.commit()
    assert is_held(node, "a", 10)


def test_whatever_renewing_meets_it_is_tried_again():
    tries, is_renewed = [], Event()

    def renew():
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("no connection left")
        is_renewed.set()

    with lease.kept(renew, every_s=0.01):
        assert is_renewed.wait(20)


def test_a_released_lease_is_free_at_once(node):
    node.steps.lease.release()
    take(node, "a")
    with node.book.write() as session:
        lease.release(session, store_id=STORE, owner="a", now=node.now)
        session.commit()
    assert take(node, "b") is not None


def test_a_lone_worker_does_not_wait_for_the_ghost_of_a_crashed_one(node):
    first = take(node, "a", is_alone=True)
    assert take(node, "b", is_alone=True) > first


def test_a_worker_that_lost_its_lease_does_not_commit(node):
    from tests.pos_web.syncing.node import coffee

    node.office.publish(coffee())
    node.office.before_answer = lambda request: take(node, "another", is_alone=True)
    node.sync()
    assert node.applied().version == 0
