"""Acting on ticked rows of the smaller lists: done once, without losing edits, each refusal by name."""

import re

import pytest
from sqlalchemy import func, select

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.item import Item
from backoffice_web.catalog.tax import Tax, TaxClass
from backoffice_web.database import new_key
from backoffice_web.people.employee import Employee
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.pending import count_pending
from backoffice_web.publishing.publication import Publication, PublishedHead
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import Terminal
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.cast import first_store, first_terminal, give_permissions, office
from tests.conftest import OWNER_EMAIL

BATCHES = [
    ("/category-batches", "archive"),
    ("/modifier-group-batches", "archive"),
    ("/tax-batches", "archive"),
    ("/tax-class-batches", "remove"),
    ("/employee-batches", "off"),
    ("/terminal-batches", "archive"),
    ("/store-batches", "publish"),
]
LISTS = ["/categories", "/modifier-groups", "/taxes", "/tax-classes", "/employees", "/terminals", "/stores"]


def act(browser, url, **data):
    """The page that one sees after the act."""
    answer = browser.post(url, data=data, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def keys_of(evertill, model, *conditions):
    with evertill.office_database.read() as session:
        return list(session.scalars(select(model.id).where(*conditions).order_by(model.name, model.id)))


def one(evertill, model, key):
    with evertill.office_database.read() as session:
        return session.get(model, key)


def pending(evertill):
    with evertill.office_database.read() as session:
        return count_pending(session)


def versions(evertill):
    with evertill.office_database.read() as session:
        return dict(session.execute(select(PublishedHead.store_id, PublishedHead.version)).all())


def entries(evertill):
    with evertill.office_database.read() as session:
        return session.scalar(select(func.count()).select_from(JournalEntry))


@pytest.mark.parametrize("url", LISTS)
def test_every_row_can_be_ticked_without_script(owner, url):
    page = owner.get(url).text
    ticks = re.findall(r'<input type="checkbox"[^>]* name="key" value="([^"]+)" form="batch"', page)
    assert ticks
    assert page.count('id="batch"') == 1
    assert re.search(r'<form class="bulk-bar" id="batch" method="post" action="[^"]+-batches"', page)


@pytest.mark.parametrize(("url", "name"), BATCHES)
def test_nothing_ticked_changes_nothing_and_says_so(owner, evertill, url, name):
    before = entries(evertill)
    assert "Tick some rows first." in act(owner, url, act=name)
    assert entries(evertill) == before


@pytest.mark.parametrize(("url", "_name"), BATCHES)
def test_an_act_that_does_not_exist_is_refused(owner, evertill, url, _name):
    answer = owner.post(url, data={"act": "explode", "key": "x"})
    assert answer.status_code == 422
    assert "Choose what to do with them." in answer.text


@pytest.mark.parametrize(("url", "name"), BATCHES)
def test_a_row_that_is_gone_is_told_of(owner, url, name):
    page = act(owner, url, act=name, key=["gone"], step="apply")
    assert "This record does not exist." in page


@pytest.mark.parametrize(
    ("url", "missing"),
    [
        ("/tax-batches", "tax.edit"),
        ("/tax-class-batches", "tax.edit"),
        ("/employee-batches", "people.edit"),
        ("/terminal-batches", "terminal.edit"),
        ("/store-batches", "publish"),
    ],
)
def test_each_act_asks_for_the_permission_of_its_list(owner, evertill, url, missing):
    give_permissions(evertill, "manager", {"office.sign_in", "catalog.edit", "store.edit"})
    answer = office(evertill, role="manager").post(url, data={"act": "archive", "key": "x"})
    assert answer.status_code == 403, missing


def test_ticked_taxes_are_archived_once_and_come_back(owner, evertill):
    keys = keys_of(evertill, Tax)
    assert f"{len(keys)} saved. Not on the POS yet." in act(owner, "/tax-batches", act="archive", key=keys)
    assert all(one(evertill, Tax, key).is_archived for key in keys)
    assert pending(evertill) == len(keys)
    told = entries(evertill)
    assert "Nothing changed." in act(owner, "/tax-batches", act="archive", key=keys)
    assert entries(evertill) == told
    act(owner, "/tax-batches", act="restore", key=keys)
    assert pending(evertill) == 0


def test_ticked_taxes_are_published_and_the_rest_waits(owner, evertill):
    keys = keys_of(evertill, Tax, Tax.store_id == first_store(evertill).id)
    act(owner, "/tax-batches", act="archive", key=keys_of(evertill, Tax))
    assert "Published v2" in act(owner, "/tax-batches", act="publish", key=keys)
    assert pending(evertill) == len(keys_of(evertill, Tax)) - len(keys)


def test_a_row_that_may_not_change_does_not_keep_the_others_from_it(owner, evertill):
    with evertill.office_database.write() as session:
        empty = Category(id=new_key(), name="Seasonal", tone="other")
        session.add(empty)
        session.commit()
    used = keys_of(evertill, Category, Category.name == "Tea")
    page = act(owner, "/category-batches", act="archive", key=[*used, empty.id])
    assert "1 saved." in page
    assert re.search(r"Tea: \d+ items are in this category\.", page)
    assert one(evertill, Category, empty.id).is_archived
    assert not one(evertill, Category, used[0]).is_archived


def test_only_tax_classes_that_nothing_uses_are_removed(owner, evertill):
    with evertill.office_database.write() as session:
        unused = TaxClass(id=new_key(), name="Newspapers")
        session.add(unused)
        session.commit()
    default = keys_of(evertill, TaxClass, TaxClass.is_default)[0]
    used = keys_of(evertill, TaxClass, TaxClass.id.in_(select(Item.tax_class_id)), ~TaxClass.is_default)[0]
    page = act(owner, "/tax-class-batches", act="remove", key=[default, used, unused.id])
    assert "1 tax class removed." in page
    assert "It is the default." in page
    assert "this tax class" in page
    assert one(evertill, TaxClass, unused.id) is None
    assert one(evertill, TaxClass, used) is not None
    assert "removed" in owner.get("/journal?q=Newspapers").text


def test_a_tax_class_that_a_tax_covers_stays(owner, evertill):
    with evertill.office_database.write() as session:
        covered = TaxClass(id=new_key(), name="Newspapers")
        session.add(covered)
        tax = session.scalars(select(Tax)).first()
        tax.classes = [*tax.classes, covered]
        session.commit()
    page = act(owner, "/tax-class-batches", act="remove", key=[covered.id])
    assert f"Newspapers: It is covered by {tax.name}." in page
    assert one(evertill, TaxClass, covered.id) is not None


def test_people_are_switched_off_at_the_tills_at_once_and_on_again(owner, evertill):
    cashiers = keys_of(evertill, Employee, Employee.role_id == "cashier")
    before = versions(evertill)
    assert f"{len(cashiers)} people saved and published." in act(
        owner, "/employee-batches", act="off", key=cashiers
    )
    assert not any(one(evertill, Employee, key).is_active for key in cashiers)
    assert versions(evertill) == {store: version + 1 for store, version in before.items()}
    with evertill.office_database.read() as session:
        newest = session.scalars(select(Publication).where(Publication.version == 2)).all()
        assert newest and all(publication.is_urgent for publication in newest)
    assert pending(evertill) == 0
    assert "Nothing changed." in act(owner, "/employee-batches", act="off", key=cashiers)
    act(owner, "/employee-batches", act="on", key=cashiers, after="/employees?status=off")
    assert all(one(evertill, Employee, key).is_active for key in cashiers)


def test_people_get_another_role_together(owner, evertill):
    cashiers = keys_of(evertill, Employee, Employee.role_id == "cashier")
    act(owner, "/employee-batches", act="role", role_id="manager", key=cashiers)
    assert {one(evertill, Employee, key).role_id for key in cashiers} == {"manager"}
    assert pending(evertill) == 0
    refused = owner.post("/employee-batches", data={"act": "role", "role_id": "king", "key": cashiers})
    assert refused.status_code == 422


@pytest.mark.parametrize("data", [{"act": "off"}, {"act": "role", "role_id": "cashier"}])
def test_somebody_who_manages_people_always_remains(owner, evertill, data):
    everybody = keys_of(evertill, Employee)
    page = act(owner, "/employee-batches", key=everybody, **data)
    assert "Nobody could manage people and roles then." in page
    boss = one(evertill, Employee, keys_of(evertill, Employee, Employee.email == OWNER_EMAIL)[0])
    assert (boss.is_active, boss.role_id) == (True, "owner")
    assert f"{boss.name}: Nobody" in page


def test_archiving_terminals_is_asked_first(owner, evertill):
    keys = keys_of(evertill, Terminal)[:2]
    question = act(owner, "/terminal-batches", act="archive", key=keys)
    assert "Archive 2 terminals?" in question
    assert not any(one(evertill, Terminal, key).is_archived for key in keys)
    fields = dict.fromkeys(re.findall(r'name="(revision-[^"]+)" value="\d+"', question), "1")
    page = act(owner, "/terminal-batches", act="archive", key=keys, step="apply", **fields)
    assert "2 terminals archived." in page
    assert all(one(evertill, Terminal, key).is_archived for key in keys)
    assert "Nothing changed." in act(
        owner, "/terminal-batches", act="archive", key=keys, step="apply", **fields
    )


def test_a_terminal_that_was_saved_since_the_question_stays(owner, evertill):
    terminal = first_terminal(evertill)
    url = f"/terminals/{terminal.id}"
    post(owner, url, changed(fields_of(owner.get(url).text), name="Bar"))
    stale = {f"revision-{terminal.id}": str(terminal.revision)}
    page = act(owner, "/terminal-batches", act="archive", key=[terminal.id], step="apply", **stale)
    assert "Bar: Somebody else saved this terminal meanwhile." in page
    assert not one(evertill, Terminal, terminal.id).is_archived


def shown(owner):
    """The versions and stamps that the list of stores carries."""
    return dict(re.findall(r'name="((?:seen|newest)-[^"]+)" value="(\d+)"', owner.get("/stores").text))


def test_what_waits_is_published_in_the_ticked_stores_alone(owner, evertill):
    act(owner, "/item-batches", act="archive", key=keys_of(evertill, Item)[:2])
    here = first_store(evertill).id
    before = versions(evertill)
    page = act(owner, "/store-batches", act="publish", key=[here], **shown(owner))
    assert "Published to 1 store." in page
    assert versions(evertill) == {**before, here: before[here] + 1}
    again = act(owner, "/store-batches", act="publish", key=[here])
    assert "Nothing changed." in again
    assert versions(evertill)[here] == before[here] + 1


def test_only_what_the_list_showed_goes_to_the_stores(owner, evertill):
    seen = shown(owner)
    act(owner, "/item-batches", act="archive", key=keys_of(evertill, Item)[:2])
    before = versions(evertill)
    page = act(owner, "/store-batches", act="publish", key=list(before), **seen)
    for key in before:
        assert f"{one(evertill, Store, key).name}: Somebody edited this" in page
    assert versions(evertill) == before


def test_whoever_may_not_edit_people_does_not_publish_them_by_the_store(owner, evertill):
    give_permissions(evertill, "manager", {"office.sign_in", "publish", "store.edit"})
    before = versions(evertill)
    manager = office(evertill, role="manager")
    answer = manager.post("/store-batches", data={"act": "publish", "key": list(before)})
    assert answer.status_code == 303
    assert versions(evertill) == before, "the changed role waits for somebody who may publish it"


def test_the_list_is_as_it_was_after_the_act(owner, evertill):
    keys = keys_of(evertill, Tax)[:1]
    act(owner, "/tax-batches", act="archive", key=keys)
    answer = owner.post(
        "/tax-batches",
        data={"act": "restore", "key": keys, "after": "/taxes?status=archived&page=2&_external=1&evil=//x"},
    )
    assert answer.headers["Location"].endswith("/taxes?status=archived&page=2")
