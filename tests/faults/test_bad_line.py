"""Whatever the line does to syncs and uploads: nothing is lost, doubled or torn, and both sides end equal."""

from tests.faults.conftest import often
from tests.faults.house import all_is_well
from tests.faults.proxy import FAULTS, BadLine


def a_step(house, node, steps, random):
    """One thing that happens in a day; what is applied afterwards must be whole."""
    what = random.choice(
        ("sell", "sell", "send", "send", "compare", "sync", "sync", "publish", "report", "full")
    )
    if what == "sell":
        for _each in range(random.randint(1, 4)):
            node.finish_a_sale()
    elif what == "publish":
        for _each in range(random.randint(1, 3)):
            house.change_a_price(random)
        house.publish()
    elif what in {"sync", "full"}:
        result = steps.sync(by="Mia K.", is_manual=True, is_full=what == "full")
        assert result.outcome in {
            "applied",
            "already_up_to_date",
            "offline",
            "refused",
            "failed_verification",
        }
        # The office is never older than the store here, whatever a changed digit says.
        assert result.reason != "older-office"
    else:
        {"send": steps.send, "compare": steps.compare, "report": steps.report}[what]()


def bring_up_to_date(steps):
    steps.compare()
    assert steps.sync(by="Mia K.", is_manual=True).is_success
    steps.send()


def test_nothing_is_lost_doubled_or_torn_on_a_bad_line(house, random):
    line = BadLine(house.wsgi(), random)
    node = house.node(line)
    steps = node.steps()
    for _step in range(often(300, 10_000)):
        a_step(house, node, steps, random)
        assert house.has_published(node.applied())
        assert not node.states() - {"waiting", "acknowledged"}, "a damaged line made a dead letter"
    assert set(line.met) == {*FAULTS, "none"}
    line.is_good = True
    bring_up_to_date(steps)
    all_is_well(house, node)


def test_a_changed_byte_in_an_upload_makes_no_other_sale(house, random):
    line = BadLine(house.wsgi(), random, badness=0.8, faults=("corrupt request", "corrupt answer", "late"))
    node = house.node(line)
    steps = node.steps()
    for _step in range(often(80, 3_000)):
        node.finish_a_sale()
        steps.send()
    line.is_good = True
    bring_up_to_date(steps)
    all_is_well(house, node)


def test_a_changed_byte_in_the_stream_is_never_applied(house, random):
    line = BadLine(house.wsgi(), random, badness=0.8, faults=("corrupt answer",))
    node = house.node(line)
    steps = node.steps()
    for _step in range(often(80, 3_000)):
        house.change_a_price(random)
        house.publish()
        if steps.sync(by="Mia K.", is_manual=True).is_success:
            assert (node.records(), node.newest()) == (house.office.published(), house.newest())
        assert house.has_published(node.applied())
    line.is_good = True
    bring_up_to_date(steps)
    all_is_well(house, node)
