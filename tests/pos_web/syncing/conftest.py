import pytest

from tests.pos_web.syncing.node import Node


@pytest.fixture
def node(tmp_path):
    """A store node without threads, beside a simulated office."""
    opened = Node(tmp_path)
    yield opened
    opened.close()
