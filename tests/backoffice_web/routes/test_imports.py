"""Importing in the Back Office: upload, columns, dry run, save, publish – with plain posts, no script."""

import csv
import io
import re

import pytest
from sqlalchemy import func, select

from backoffice_web.catalog.item import Item
from backoffice_web.imports import save as save_module
from backoffice_web.imports.import_run import ImportRun
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.publication import PublishedHead
from tests import cast
from tests.backoffice_web.imports.sample_catalogs import FACTS, PLAIN, SHOPIFY, SHOPIFY_CENTS
from tests.cast import first_store, give_permissions


def upload(client, evertill, text, *, name="catalog.csv", store=None, **fields):
    content = text.encode() if isinstance(text, str) else text
    store = store or first_store(evertill).id
    data = {"file": (io.BytesIO(content), name), "store": store, **fields}
    return client.post("/imports", data=data, content_type="multipart/form-data")


def imported(client, evertill, text, **fields):
    """The address of the dry run (or of the columns) that an upload led to."""
    answer = upload(client, evertill, text, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].removeprefix("/backoffice")


def saved(evertill, model=Item, *where):
    with evertill.office_database.read() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))


def version_of(evertill, store):
    with evertill.office_database.read() as session:
        return session.get(PublishedHead, store).version


def shirts(evertill):
    return saved(evertill, Item, Item.source == "shopify")


def test_a_catalog_goes_from_the_file_over_the_dry_run_to_the_tills(owner, evertill):
    store = first_store(evertill).id
    before = version_of(evertill, store)
    url = imported(owner, evertill, SHOPIFY)
    page = owner.get(url).text
    assert "Dry run" in page
    assert "Linen shirt" in page
    assert "2 new categories: Shirts, Bags." in page
    assert shirts(evertill) == 0
    answer = owner.post(f"{url}/saves", data={"action": "publish"})
    assert answer.status_code == 303
    result = owner.get(answer.headers["Location"].removeprefix("/backoffice")).text
    assert f"Published v{before + 1}" in result
    assert "publications/reach" in result
    assert shirts(evertill) == 3
    assert version_of(evertill, store) == before + 1


def test_save_alone_leaves_the_tills_as_they_are_and_publishes_later(owner, evertill):
    store = first_store(evertill).id
    before = version_of(evertill, store)
    url = imported(owner, evertill, SHOPIFY)
    owner.post(f"{url}/saves", data={"action": "save"})
    page = owner.get(url).text
    assert "Nothing has changed at the tills yet." in page
    assert "Publish to" in page
    assert version_of(evertill, store) == before
    owner.post(f"{url}/publications")
    assert version_of(evertill, store) == before + 1
    assert f"Published v{before + 1}" in owner.get(url).text


def test_saving_twice_saves_once(owner, evertill):
    url = imported(owner, evertill, SHOPIFY)
    owner.post(f"{url}/saves", data={"action": "save"})
    items, entries = saved(evertill), saved(evertill, JournalEntry)
    assert owner.post(f"{url}/saves", data={"action": "save"}).status_code == 303
    assert (saved(evertill), saved(evertill, JournalEntry)) == (items, entries)


def test_the_same_file_again_has_nothing_to_save(owner, evertill):
    url = imported(owner, evertill, SHOPIFY)
    owner.post(f"{url}/saves", data={"action": "publish"})
    page = owner.get(imported(owner, evertill, SHOPIFY)).text
    assert "There is nothing to save" in page
    assert "Save and Publish" not in page


def test_a_dry_run_survives_reload_and_is_listed(owner, evertill):
    url = imported(owner, evertill, SHOPIFY, name="spring <b>catalog</b>.csv")
    for _reload in range(2):
        assert "Linen shirt" in owner.get(url).text
    listed = owner.get("/imports").text
    assert "spring &lt;b&gt;catalog&lt;/b&gt;.csv" in listed
    assert url.rsplit("/", 1)[1] in listed


def test_a_plain_file_asks_for_its_columns_first(owner, evertill):
    url = imported(owner, evertill, PLAIN)
    assert url.endswith("/mapping")
    page = owner.get(url).text
    assert "Flat white" in page
    assert re.search(r'<option value="price" selected>', page)
    run = url.removesuffix("/mapping")
    assert owner.get(run).headers["Location"].endswith("/mapping")
    roles = {
        "role-0": "name",
        "role-1": "price",
        "role-2": "ignore",
        "role-3": "barcode",
        "role-4": "category",
    }
    assert owner.post(url, data=roles).status_code == 303
    page = owner.get(run).text
    assert "$2.50" in page
    assert "Espresso" in page
    owner.post(f"{run}/saves", data={"action": "save"})
    # The next file with these columns is understood as this one was.
    again = owner.get(imported(owner, evertill, PLAIN)).text
    assert re.search(r'name="role-2".*?<option value="ignore" selected>', again, re.DOTALL)


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        ({"role-0": "ignore", "role-1": "price"}, "Choose the column that holds the item&#39;s name."),
        ({"role-0": "name", "role-2": "name"}, "Two columns have the same meaning."),
        ({"role-0": "nonsense"}, "Choose the column that holds the item&#39;s name."),
        ({}, "Choose the column that holds the item&#39;s name."),
    ],
)
def test_columns_that_make_no_catalog_are_refused_and_stay_chosen(owner, evertill, roles, sentence):
    url = imported(owner, evertill, PLAIN)
    answer = owner.post(url, data=roles)
    assert answer.status_code == 422
    assert sentence in answer.text
    if "role-2" in roles:
        assert answer.text.count('<option value="name" selected>') == 2


def test_products_without_a_price_are_saved_and_wait(owner, evertill):
    store = first_store(evertill).id
    before = version_of(evertill, store)
    url = imported(owner, evertill, FACTS)
    owner.post(f"{url}/saves", data={"action": "publish"})
    assert saved(evertill, Item, Item.source == "open_food_facts") == 2
    page = owner.get(url).text
    assert "2 items need a price before they can be published." in page
    assert "status=needs_price" in page
    assert version_of(evertill, store) == before
    assert "There was nothing to publish." in page


def test_the_same_file_is_read_again_for_another_store(owner, evertill):
    url = imported(owner, evertill, SHOPIFY)
    other = first_store(evertill, currency="EUR")
    owner.post(f"{url}/readings", data={"store": other.id, "format": "auto"})
    assert "Prices in EUR go into the price list of" in owner.get(url).text
    assert owner.post(f"{url}/readings", data={"store": other.id, "format": "square"}).status_code == 422
    assert "Prices in EUR" in owner.get(url).text


def test_a_plan_that_the_catalog_overtook_is_shown_again_instead_of_saved(owner, evertill):
    first, second = imported(owner, evertill, SHOPIFY), imported(owner, evertill, SHOPIFY)
    owner.post(f"{first}/saves", data={"action": "save"})
    items = saved(evertill)
    owner.post(f"{second}/saves", data={"action": "save"})
    page = owner.get(second).text
    assert "The catalog was changed meanwhile." in page
    assert "Dry run" in page
    assert "There is nothing to save" in page
    assert saved(evertill) == items


def test_a_failure_in_the_middle_saves_nothing(owner, evertill, monkeypatch):
    url = imported(owner, evertill, SHOPIFY)
    items, entries = saved(evertill), saved(evertill, JournalEntry)

    def fail(*_arguments, **_more):
        raise RuntimeError("the power went out")

    monkeypatch.setattr(save_module, "note_changes", fail)
    assert owner.post(f"{url}/saves", data={"action": "publish"}).status_code == 500
    assert (saved(evertill), saved(evertill, JournalEntry)) == (items, entries)
    monkeypatch.undo()
    owner.post(f"{url}/saves", data={"action": "save"})
    assert shirts(evertill) == 3


def test_the_report_is_downloaded_and_runs_no_formula(owner, evertill):
    hostile = SHOPIFY + 'evil,"=HYPERLINK(""http://127.0.0.1"")",,,Title,Default Title,,,abc,true,\n'
    hostile += "plus,+1+1,,,Title,Default Title,,,1.00,true,\n"
    url = imported(owner, evertill, hostile)
    answer = owner.get(f"{url}/report.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][:3] == ["Row", "Outcome", "Item or value"]
    assert any(row[1] == "Refused" and row[0] == "7" for row in rows)
    assert ["8", "New", "'+1+1"] in [row[:3] for row in rows]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_discarding_forgets_the_file_and_a_saved_import_stays(owner, evertill):
    url = imported(owner, evertill, SHOPIFY)
    owner.post(f"{url}/discards")
    assert owner.get(url).status_code == 404
    assert saved(evertill, ImportRun) == 0
    url = imported(owner, evertill, SHOPIFY)
    owner.post(f"{url}/saves", data={"action": "save"})
    assert owner.post(f"{url}/discards").status_code == 404
    assert owner.get(url).status_code == 200


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty"),
        (b"%PDF-1.7 \x00\x01", "This is a PDF."),
        (b"\x89PNG\r\n", "This is a picture."),
        (b"<!doctype html><p>Hello", "This is a web page"),
        (b'{"objects": [', "damaged or cut off"),
        (b"PK\x03\x04 not a workbook", ""),
        (bytes(range(256)) * 20, ""),
        (b'Handle,Title,Option1 Name\n"never closed', "never closed"),
    ],
)
def test_files_that_cannot_be_read_are_refused_with_a_sentence(owner, evertill, content, sentence):
    answer = upload(owner, evertill, content, name="strange.csv", format="auto")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "strange.csv" in answer.text
    assert saved(evertill, ImportRun) == 0


def test_an_upload_without_file_store_or_known_format_is_refused(owner, evertill):
    assert "Choose the file" in owner.post("/imports", data={"store": first_store(evertill).id}).text
    assert "Choose the store" in upload(owner, evertill, SHOPIFY, store="nowhere").text
    assert "Choose one of the formats" in upload(owner, evertill, SHOPIFY, format="excel").text


@pytest.mark.parametrize(("megabytes", "status"), [(27, 413), (25, 422)])
def test_a_file_above_the_limit_is_refused_with_the_limit(owner, evertill, megabytes, status):
    # Put together by hand: the test client would leave a temporary file behind.
    file = b"Name,Price\n" + b"x" * (megabytes * 1024 * 1024)
    parts = [
        b'--edge\r\nContent-Disposition: form-data; name="store"\r\n\r\n',
        first_store(evertill).id.encode(),
        b'\r\n--edge\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n\r\n',
        file,
        b"\r\n--edge--\r\n",
    ]
    answer = owner.post("/imports", data=b"".join(parts), content_type="multipart/form-data; boundary=edge")
    assert answer.status_code == status
    assert "25 MB" in answer.text


@pytest.mark.parametrize("path", ["", "/mapping", "/report.csv"])
def test_an_import_that_does_not_exist_is_not_found(owner, path):
    assert owner.get(f"/imports/none{path}").status_code == 404


@pytest.mark.parametrize("path", ["/mapping", "/readings", "/saves", "/publications", "/discards"])
def test_nothing_can_be_done_to_an_import_that_does_not_exist(owner, path):
    assert owner.post(f"/imports/none{path}").status_code == 404


@pytest.mark.parametrize(
    "query", ["show=nonsense", "page=99999", "page=-2", "size=7", "show=refused&page=3", "sort=x"]
)
def test_no_url_breaks_the_dry_run(owner, evertill, query):
    url = imported(owner, evertill, SHOPIFY)
    assert owner.get(f"{url}?{query}").status_code == 200
    assert owner.get(f"/imports?{query}").status_code == 200


def test_whoever_may_not_import_or_publish_is_refused(manager, evertill):
    url = imported(manager, evertill, SHOPIFY)
    give_permissions(evertill, "manager", ["office.sign_in", "catalog.import"])
    page = manager.get(url).text
    assert "Ask a manager to publish." in page
    assert manager.post(f"{url}/saves", data={"action": "publish"}).status_code == 403
    assert shirts(evertill) == 0
    assert manager.post(f"{url}/saves", data={"action": "save"}).status_code == 303
    assert manager.post(f"{url}/publications").status_code == 403
    give_permissions(evertill, "manager", ["office.sign_in", "catalog.edit"])
    for path in ("/imports", url, f"{url}/mapping", f"{url}/report.csv"):
        assert manager.get(path).status_code == 403
    for path in ("/imports", f"{url}/saves", f"{url}/mapping", f"{url}/readings", f"{url}/discards"):
        assert manager.post(path).status_code == 403


def test_a_stranger_is_sent_to_sign_in(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    answer = evertill.backoffice.test_client().get("/imports")
    assert "/sign-in" in answer.headers["Location"]


def test_nothing_is_imported_without_the_token(evertill):
    client = cast.office(evertill)
    assert upload(client, evertill, SHOPIFY).status_code == 400


def test_prices_reach_the_catalog_to_the_cent(owner, evertill):
    url = imported(owner, evertill, SHOPIFY)
    owner.post(f"{url}/saves", data={"action": "save"})
    with evertill.office_database.read() as session:
        items = session.scalars(select(Item).where(Item.source == "shopify")).all()
        cents = [price.price_cents for item in items for one in item.variants for price in one.prices]
    assert sum(cents) == SHOPIFY_CENTS
    assert len(cents) == 5


def test_a_chip_swaps_the_list_alone(owner, evertill):
    url = imported(owner, evertill, SHOPIFY)
    answer = owner.get(f"{url}?show=notice", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert 'id="list"' in answer.text
    assert "Descriptions were left out" in answer.text
