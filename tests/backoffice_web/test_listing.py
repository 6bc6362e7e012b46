"""Lists: whatever a URL asks for, there is a page, and every row shows exactly once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from backoffice_web.catalog.category import Category
from backoffice_web.listing import Page, Wish, contains, fetch_page, read_wish, starts

SORTS = {"name": (Category.name, Category.id), "tone": (Category.tone, Category.id)}


def fill(office, count, *, names=None):
    with office.write() as session:
        for number in range(count):
            session.add(Category(id=f"k{number:03}", name=(names or {}).get(number, f"Category {number:03}")))


@given(st.dictionaries(st.sampled_from(["q", "sort", "page", "size", "status"]), st.text(max_size=200)))
def test_no_url_is_refused(arguments):
    wish = read_wish(arguments, sorts=("name",), default_sort="name", filters=("status",))
    assert wish.page >= 1
    assert wish.size in {25, 50, 100}
    assert wish.sort.removeprefix("-") == "name"
    assert len(wish.text) <= 100
    again = read_wish(wish.query(page=wish.page), sorts=("name",), default_sort="name", filters=("status",))
    assert again == wish


@pytest.mark.parametrize("sort", ["name", "-name", "tone", "-tone"])
def test_paging_shows_every_row_exactly_once_also_where_the_sort_does_not_tell_rows_apart(office, sort):
    fill(office, 60)
    seen = []
    with office.read() as session:
        for number in (1, 2, 3):
            page = fetch_page(session, select(Category), Wish(sort=sort, page=number), sorts=SORTS)
            seen += [row.id for row in page.rows]
            assert page.total == 60
    assert len(seen) == len(set(seen)) == 60


def test_a_page_behind_the_last_is_the_last(office):
    fill(office, 30)
    with office.read() as session:
        page = fetch_page(session, select(Category), Wish(sort="name", page=99), sorts=SORTS)
    assert (page.wish.page, page.first, page.last, page.next, page.previous) == (2, 26, 30, None, 1)


def test_an_empty_list_has_no_first_row(office):
    with office.read() as session:
        page = fetch_page(session, select(Category), Wish(sort="name"), sorts=SORTS)
    assert (page.first, page.last, page.total, page.next, page.previous) == (0, 0, 0, None, None)


def test_wildcards_in_a_search_are_ordinary_letters(office):
    fill(office, 4, names={0: "100% juice", 1: "a_b", 2: "back\\slash", 3: "PLAIN"})
    with office.read() as session:

        def found(condition):
            return session.scalars(select(Category.name).where(condition)).all()

        assert found(contains(Category.name, "%")) == ["100% juice"]
        assert found(contains(Category.name, "_")) == ["a_b"]
        assert found(contains(Category.name, "\\")) == ["back\\slash"]
        assert found(starts(Category.name, "plai")) == ["PLAIN"]


def test_a_tap_on_a_head_sorts_up_then_down():
    page = Page(wish=Wish(sort="name"), rows=[], total=0)
    assert page.direction("name") == "ascending"
    assert page.resorted("name") == "-name"
    assert page.resorted("tone") == "tone"
    assert Page(wish=Wish(sort="-name"), rows=[], total=0).resorted("name") == "name"


def test_a_change_of_search_sort_or_size_starts_at_the_first_page():
    wish = Wish(text="tea", sort="name", page=7, size=50)
    assert "page" not in wish.query(sort="-name")
    assert wish.query(page=8) == {"q": "tea", "sort": "name", "size": "50", "page": "8"}
