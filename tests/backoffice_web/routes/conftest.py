import pytest

from tests import cast


@pytest.fixture
def process_role(request):
    """The Back Office alone, which starts and stops in half the time, unless a test wants `both_houses`."""
    return "all" if request.node.get_closest_marker("both_houses") else "backoffice"


@pytest.fixture
def owner(evertill):
    """A browser signed in as the owner, whose forms need no token."""
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    return cast.office(evertill)


@pytest.fixture
def manager(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    return cast.office(evertill, role="manager")
