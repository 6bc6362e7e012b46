from pos_web.syncing.figures import node_figures
from pos_web.terminals.terminal import ServedStore
from tests.simulated_office import STORE


def unreachable_s(node):
    with node.book.read() as book, node.replica.read() as replica:
        figures = node_figures(book, replica, now=node.now)
        return next(one.value for one in figures if one.name == "evertill_office_unreachable_seconds")


def test_an_office_that_is_away_shows_also_after_the_clock_was_put_back(node):
    with node.book.write() as book:
        book.add(ServedStore(store_id=STORE, name="Corner Store", epoch=""))
        book.commit()
    node.steps.compare()
    assert unreachable_s(node) == 0
    node.tick(hours=3)
    with node.office.offline():
        node.steps.compare()
    node.tick(hours=-3)
    assert unreachable_s(node) == 3 * 3600
