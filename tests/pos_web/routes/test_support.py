"""Support: the two tabs, the bundle, the check, and what a cashier sees of it."""

import io
import zipfile

import pytest
from sqlalchemy import update

from pos_web.approvals.approval import ApprovalRequest
from pos_web.catalog.replica import ReplicaHead
from pos_web.syncing.history import kept_state
from tests.pos_web.shop import STORE
from tests.pos_web.till import where_to, words


def announce(shop, version):
    def tell(book):
        with kept_state(book.connection(), store_id=STORE) as state:
            state.office_version = version

    shop.do(tell)


@pytest.mark.parametrize(
    ("announced", "sentence"),
    [
        ("", "The Back Office has not told yet"),
        ("1.2.3", "The Back Office runs 1.2.3."),
        ("1.2.2", "The Back Office runs 1.2.2."),
        ("1.3.0", "Version 1.3.0 is available"),
    ],
)
def test_download_says_what_is_installed_and_what_is_new(till, shop, announced, sentence):
    announce(shop, announced)
    said = words(till.page("/support"))
    assert "Installed: Evertill 1.2.3" in said
    assert sentence in said
    assert "Release Versions" in said
    assert "Finished orders reach the Back Office" in said


def test_status_shows_lines_clock_and_syncs(till):
    said = words(till.page("/status"))
    for each in (
        "Catalog v1",
        "Line to the Back Office",
        "Waiting to go up",
        "Clock",
        "Syncs",
    ):
        assert each in said, each


@pytest.mark.sqlite
def test_status_shows_the_storage_where_the_databases_are_files_of_this_computer(till):
    assert "Storage free" in words(till.page("/status"))


def test_a_manager_takes_the_bundle_along(managers_till):
    answer = managers_till.submit("/support/bundles")
    assert answer.mimetype == "application/zip"
    assert zipfile.is_zipfile(io.BytesIO(answer.data))


def test_a_manager_checks_the_database(managers_till, shop):
    assert where_to(managers_till.submit("/support/verifications")).endswith("/status")
    assert "The database is sound" in words(managers_till.page("/status"))
    with shop.replica.write() as session:
        session.execute(update(ReplicaHead).values(digest="0" * 32))
        session.commit()
    managers_till.submit("/support/verifications")
    said = words(managers_till.page("/status"))
    assert "1 problem found" in said
    assert "a full resync mends it" in said


def test_a_cashier_who_presses_asks_a_manager(till, managers_till, shop):
    assert "A manager approves it." in words(till.page("/support"))
    assert "A manager approves it." in words(till.page("/status"))
    assert "A manager approves it." not in words(managers_till.page("/status"))
    asked = {}
    for path, question in (
        ("/support/bundles", "Make a diagnostic bundle"),
        ("/support/verifications", "Check the database"),
    ):
        answer = till.submit(path)
        assert (answer.status_code, question in words(answer)) == (403, True)
        with shop.book.read() as book:
            asked[path] = book.query(ApprovalRequest).filter_by(what=question).one().uuid
        managers_till.post(f"/approvals/{asked[path]}/approval")
    bundle = till.submit("/support/bundles", approval=asked["/support/bundles"])
    assert zipfile.is_zipfile(io.BytesIO(bundle.data))
    checked = till.submit("/support/verifications", approval=asked["/support/verifications"])
    assert where_to(checked).endswith("/status")
    assert "The database is sound" in words(till.page("/status"))
    for path, uuid in asked.items():
        assert till.submit(path, approval=uuid).status_code == 403, "an approval is good once"
