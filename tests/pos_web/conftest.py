import pytest

from tests.pos_web.shop import SARA, TABLET, open_shop
from tests.pos_web.till import Till, build_pos


@pytest.fixture
def shop(tmp_path):
    """A small shop in Berlin: prices in EUR with inclusive VAT, Mia the cashier, Sara the manager."""
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def pos(shop):
    return build_pos(shop)


@pytest.fixture
def till(pos, shop):
    """Mia the cashier at Register 1."""
    return Till(pos, shop)


@pytest.fixture
def managers_till(pos, shop):
    """Sara the manager at the tablet."""
    return Till(pos, shop, terminal=TABLET, person=SARA)
