"""What holds for every editor: it opens, saves as it stands, keeps what was typed, and knows a stale form."""

import re

import pytest

from tests.backoffice_web.routes.editor_forms import changed, fields_of, post

NOUNS = [
    "items",
    "categories",
    "modifier-groups",
    "price-lists",
    "taxes",
    "tax-classes",
    "stores",
    "employees",
]

# The field of a record that its name is typed in.
NAME_FIELDS = {"employees": "last_name"}


def first(owner, noun):
    """The URL of the first record in the list."""
    return re.search(rf'class="table-link" href="/backoffice(/{noun}/[^"]+)"', owner.get(f"/{noun}").text)[1]


def of_the_record(fields):
    return [pair for pair in fields if pair[0] not in {"revision", "form_key"}]


@pytest.mark.parametrize("noun", NOUNS)
def test_list_new_and_editor_open(owner, noun):
    for path in (
        f"/{noun}",
        f"/{noun}/new",
        first(owner, noun),
        f"/{noun}?q=zzzz",
        f"/{noun}?status=archived",
    ):
        assert owner.get(path).status_code == 200, path


@pytest.mark.parametrize("noun", NOUNS)
def test_an_unknown_record_is_not_found(owner, noun):
    assert owner.get(f"/{noun}/unknown").status_code == 404
    assert owner.post(f"/{noun}/unknown", data={"name": "x"}).status_code == 404


@pytest.mark.parametrize("noun", NOUNS)
def test_saving_a_form_as_it_stands_changes_nothing(owner, evertill, noun):
    url = first(owner, noun)
    fields = fields_of(owner.get(url).text)
    assert post(owner, url, fields).status_code == 303
    assert "All published" in owner.get(url).text
    assert of_the_record(fields_of(owner.get(url).text)) == of_the_record(fields)


@pytest.mark.parametrize("noun", NOUNS)
def test_a_name_is_needed_and_the_rest_of_the_form_is_kept(owner, noun):
    url = first(owner, noun)
    field = NAME_FIELDS.get(noun, "name")
    answer = post(owner, url, changed(fields_of(owner.get(url).text), **{field: ""}))
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    assert "error-summary" in answer.text


@pytest.mark.parametrize(("noun", "label"), [("items", "Price, USD"), ("modifier-groups", " – Adds, USD")])
def test_the_summary_says_which_price_cannot_be_read(owner, noun, label):
    url = first(owner, noun)
    fields = fields_of(owner.get(url).text)
    wrong = {name: "2,9o" for name, _value in fields if "-price-" in name}
    page = post(owner, url, changed(fields, **wrong)).text
    summary = page[page.index('id="error-summary"') : page.index("</ul>", page.index('id="error-summary"'))]
    assert f"{label}: Enter an amount" in summary
    assert summary.count("Enter an amount") == summary.count(": Enter an amount") == len(wrong)


@pytest.mark.parametrize("noun", NOUNS)
def test_a_stale_form_is_a_conflict_with_both_values(owner, noun):
    url = first(owner, noun)
    fields = fields_of(owner.get(url).text)
    field = NAME_FIELDS.get(noun, "name")
    assert post(owner, url, changed(fields, **{field: "Theirs"})).status_code == 303
    stale = post(owner, url, changed(fields, **{field: "Mine"}))
    assert stale.status_code == 409
    assert "Theirs" in stale.text and "Mine" in stale.text
    assert post(owner, url, fields_of(stale.text)).status_code == 303
    assert "Mine" in owner.get(url).text


@pytest.mark.parametrize("noun", NOUNS)
def test_an_empty_post_makes_nothing(owner, noun):
    answer = owner.post(f"/{noun}", data={})
    assert answer.status_code == 422
    assert "error-summary" in answer.text


@pytest.mark.parametrize("noun", ["categories", "modifier-groups", "tax-classes", "stores"])
def test_two_records_never_have_the_same_name(owner, noun):
    links = re.findall(
        rf'class="table-link" href="/backoffice(/{noun}/[^"]+)">([^<]+)<', owner.get(f"/{noun}").text
    )
    (url, _name), (_other, taken) = links[0], links[1]
    answer = post(owner, url, changed(fields_of(owner.get(url).text), name=taken.replace("&amp;", "&")))
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("noun", "field", "value"),
    [
        ("categories", "position", "first"),
        ("categories", "tone", "plaid"),
        ("categories", "position", "99999999999"),
        ("modifier-groups", "minimum", "-1"),
        ("modifier-groups", "minimum", "99"),
        ("modifier-groups", "maximum", "x"),
        ("taxes", "rate", "101"),
        ("taxes", "rate", "NaN"),
        ("taxes", "rate", "8.87512345"),
        ("taxes", "tax_classes", None),
        ("stores", "time_zone", "Mars/Olympus"),
        ("stores", "day_cutoff", "25:00"),
        ("stores", "auto_sync_after_s", "901"),
        ("stores", "pin_length", "6"),
        ("stores", "locale", "xx_nonsense"),
        ("stores", "price_list_id", "x"),
        ("stores", "cash_rounding", "0"),
        ("employees", "role_id", "x"),
        ("employees", "stores", "x"),
        ("employees", "email", "nobody"),
        ("tax-classes", "is_default", None),
    ],
)
def test_each_mistake_is_refused_with_the_form_as_typed(owner, noun, field, value):
    url = first(owner, noun)
    if noun == "tax-classes":
        url = next(
            link
            for link in re.findall(r'href="/backoffice(/tax-classes/[^"]+)"', owner.get("/tax-classes").text)
            if 'name="is_default" value="1" checked' in owner.get(link).text
        )
    answer = post(owner, url, changed(fields_of(owner.get(url).text), **{field: value}))
    assert answer.status_code == 422
    assert value is None or value in answer.text or noun in {"stores", "employees", "categories"}


def test_a_category_in_use_cannot_be_archived(owner):
    url = first(owner, "categories")
    answer = post(owner, url, changed(fields_of(owner.get(url).text), is_archived="1"))
    assert answer.status_code == 422
    assert "Move them to another one first." in answer.text


def test_a_new_store_opens_with_its_own_price_list_and_everything_waiting(owner):
    fields = changed(fields_of(owner.get("/stores/new").text), name="Airport", currency="GBP", locale="en_GB")
    made = post(owner, "/stores", fields, follow_redirects=True)
    assert made.status_code == 200
    assert "Prices in GBP" in made.text
    assert "Needs price" in owner.get("/items").text


def test_a_new_store_can_be_published_in_the_same_breath(owner):
    fields = changed(fields_of(owner.get("/stores/new").text), name="Airport")
    made = post(owner, "/stores", fields, action="publish", follow_redirects=True)
    assert made.status_code == 200
    assert "Published v1" in made.text


def test_store_switcher_and_theme_are_kept(owner):
    page = owner.get("/items").text
    store = re.search(r'name="store" value="([0-9a-f]{32})"', page)[1]
    assert (
        owner.post("/chosen-store", data={"store": store, "after": "/backoffice/items"}).location
        == "/backoffice/items"
    )
    assert "Sold or not" in owner.get("/items").text
    owner.post("/theme", data={"theme": "dark", "after": "//evil.example"})
    assert 'data-theme="dark"' in owner.get("/items").text
    owner.post("/chosen-store", data={"store": "unknown"})
    assert "Sold or not" not in owner.get("/items").text


def test_ticked_categories_are_archived_where_no_item_needs_them(owner):
    for name in ("Spring", "Summer"):
        fields = changed(fields_of(owner.get("/categories/new").text), name=name)
        assert post(owner, "/categories", fields).status_code == 303
    links = {
        name: key
        for key, name in re.findall(
            r'href="/backoffice/categories/([0-9a-f]+)">([^<]+)<', owner.get("/categories").text
        )
    }
    keys = [links["Spring"], links["Summer"], links["Coffee"]]
    told = owner.post("/category-batches", data={"act": "archive", "key": keys}, follow_redirects=True).text
    assert "2 saved. Not on the POS yet." in told
    assert "Move them to another one first." in told
    archived = owner.get("/categories?status=archived").text
    assert "Spring" in archived and "Summer" in archived and links["Coffee"] not in archived
    owner.post("/category-batches", data={"act": "restore", "key": keys[:1]})
    assert "Spring" in owner.get("/categories").text


@pytest.mark.parametrize("url", ["/category-batches", "/modifier-group-batches"])
def test_a_batch_of_nothing_or_nonsense_does_no_harm(owner, url):
    assert owner.post(url, data={"act": "archive"}).status_code == 303
    assert owner.post(url, data={"act": "archive", "key": "unknown"}).status_code == 303
    assert owner.post(url, data={"act": "publish", "key": "unknown"}).status_code == 303
    assert owner.post(url, data={"act": "explode", "key": "unknown"}).status_code == 422
