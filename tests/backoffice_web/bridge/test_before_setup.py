"""A node that asks before anybody has set up the business."""

from app import build
from settings import read_settings
from tests.conftest import environment_of
from tests.databases import copy_home


def test_an_empty_business_has_no_stores_and_is_no_error(empty_home, tmp_path):
    home = tmp_path / "home"
    copy_home(empty_home, home)
    settings = read_settings({**environment_of(home), "EVERTILL_DEMO": "no"})
    evertill = build(settings)
    client = evertill.backoffice.test_client()
    answer = client.get("/bridge/v1/stores", headers={"Authorization": f"Bearer {settings.node_token}"})
    assert (answer.status_code, answer.json) == (200, [])
    page = evertill.pos.test_client().get("/terminals")
    assert "Set up the business in the Back Office" in page.text
    evertill.stop()
