"""Uploads across restarts: what was accepted and never answered is not doubled, and the order is kept."""

import pytest
from sqlalchemy import select

from backoffice_web.ledger.sale import ReceiptMark, Sale
from tests.faults.house import all_is_well
from tests.faults.proxy import BadLine

BATCH = 200


def order_of_arrival(house):
    """The counters of the sales in the order in which the office kept them."""
    with house.office.read() as session:
        rows = session.execute(select(Sale.counter).order_by(Sale.received_at, Sale.counter)).all()
    return [counter for (counter,) in rows]


def mark(house):
    with house.office.read() as session:
        return session.scalars(select(ReceiptMark.counter)).all()


@pytest.mark.parametrize("who", ["the node", "the office", "both"])
def test_what_was_accepted_before_a_restart_and_never_answered_is_not_doubled(house, random, who):
    line = BadLine(house.wsgi(), random, badness=1.0, faults=("lost answer",))
    node = house.node(line)
    line.is_good = True
    steps = node.steps()
    steps.compare()
    count = BATCH + 30
    for _each in range(count):
        node.finish_a_sale()
    line.is_good = False
    assert steps.send().outcome == "offline"
    assert len(house.sales()) == BATCH
    assert node.states() == {"waiting"}
    if who != "the office":
        steps = node.steps()
    if who != "the node":
        house.office.database.dispose()
        house.app = house._build_app()
        line.inner = house.wsgi()
    for _each in range(5):
        node.finish_a_sale()
    line.is_good = True
    house.tick(minutes=1)
    assert steps.send() is None
    assert order_of_arrival(house) == list(range(1, count + 6))
    assert mark(house) == [count + 5]
    steps.sync(by="test", is_manual=True)
    all_is_well(house, node)


def test_sales_of_every_restart_go_up_oldest_first(house, random):
    """The office asks each time what came in the batch before: no later sale overtakes an earlier one."""
    line = BadLine(house.wsgi(), random, badness=0.5, faults=("drop", "lost answer", "cut request", "502"))
    node = house.node(line)
    arrived = []
    for _restart in range(40):
        steps = node.steps()
        for _each in range(random.randint(1, 3)):
            node.finish_a_sale()
        house.tick(minutes=1)
        steps.send()
        found = order_of_arrival(house)
        assert found[: len(arrived)] == arrived
        assert found == list(range(1, len(found) + 1))
        arrived = found
    line.is_good = True
    steps = node.steps()
    steps.send()
    steps.sync(by="test", is_manual=True)
    all_is_well(house, node)
