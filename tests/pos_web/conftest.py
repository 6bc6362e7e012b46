import pytest

from tests.pos_web.shop import open_shop


@pytest.fixture
def shop(tmp_path):
    """A small shop in Berlin: prices in EUR with inclusive VAT, Mia the cashier, Sara the manager."""
    opened = open_shop(tmp_path)
    yield opened
    opened.close()
