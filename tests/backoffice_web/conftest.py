import pytest

from tests.backoffice_web.builders import Office


@pytest.fixture
def office(tmp_path):
    """An office with two stores in which nothing has been published yet."""
    opened = Office(tmp_path)
    yield opened
    opened.database.dispose()
