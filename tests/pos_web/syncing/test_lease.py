from datetime import timedelta

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
    node.steps.release_lease()
    first = take(node, "a")
    assert take(node, "b") is None
    assert take(node, "a") == first


def test_an_expired_lease_can_be_taken_over_with_a_higher_fence(node):
    node.steps.release_lease()
    first = take(node, "a")
    node.now += lease.LASTS + timedelta(seconds=1)
    second = take(node, "b")
    assert second > first
    assert not is_held(node, "a", first)
    assert is_held(node, "b", second)


def test_a_released_lease_is_free_at_once(node):
    node.steps.release_lease()
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
