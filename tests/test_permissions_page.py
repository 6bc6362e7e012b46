"""docs/permissions.md tells what is enforced, no more and no less."""

from pathlib import Path

from shared_web.permission_matrix import permission_matrix
from sync_contract.permissions import PERMISSIONS


def test_the_page_is_fresh(evertill):
    page = Path("docs/permissions.md").read_text(encoding="utf-8")
    assert page == permission_matrix(evertill.pos, evertill.backoffice), "run bin/permissions"


def test_every_permission_is_on_the_page(evertill):
    page = permission_matrix(evertill.pos, evertill.backoffice)
    for permission in PERMISSIONS:
        assert f"(`{permission.key}`)" in page
    assert "| Back Office | POST (and the password again) | `/roles/<key>/removal` |" in page
