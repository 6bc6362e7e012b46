"""Since when a terminal shows its version, whatever else its page says."""

from datetime import timedelta

from pos_web.syncing.shown import record_shown
from pos_web.terminals.terminal import Terminal
from sync_contract.changes import TerminalEntry


def show(node, version, *, after=0):
    """What the terminal's page says `after` so many seconds; returns since when it shows the version."""
    with node.book.write() as session:
        record_shown(session, terminal_id="t1", version=version, now=node.now + timedelta(seconds=after))
        session.commit()
    with node.book.read() as session:
        return (session.get(Terminal, "t1").shown_at - node.now).total_seconds()


def test_a_sign_of_life_changes_nothing_and_another_version_or_browser_does(node):
    node.office.store.terminals = [TerminalEntry(id="t1", name="Register 1", code="R1")]
    node.steps.compare()
    assert [show(node, 1, after=after) for after in (1, 30, 60)] == [1, 1, 1]
    assert show(node, 2, after=70) == 70
    # Another browser was registered as this terminal.
    node.office.store.terminals = [TerminalEntry(id="t1", name="Register 1", code="R1", registration=1)]
    node.steps.compare()
    assert show(node, 2, after=90) == 90
