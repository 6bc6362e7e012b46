"""Clocking in and out: what is written, what goes up, and every awkward hour."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from pos_web.catalog import published
from pos_web.syncing.outbox import OutboxDocument
from pos_web.time_clock.punch import (
    AlreadyClockedIn,
    NotClockedIn,
    NotOnBreak,
    OnBreak,
    begin_break,
    clock_in,
    clock_out,
    end_break,
    open_shift,
)
from shared_web.errors import RuleError
from sync_contract.records import BreakType, Employee, StoreProfile
from sync_contract.uploads import decode_document
from tests.pos_web.shop import MIA, REGISTER, STORE, TABLET, record

REST = BreakType(name="Rest Break", minutes=15, is_paid=True)
BERLIN = StoreProfile(
    name="Corner", currency="EUR", locale="en_US", time_zone="Europe/Berlin", day_cutoff_minutes=180
)
NEW_YORK = StoreProfile(name="Corner", currency="USD", locale="en_US", time_zone="America/New_York")


def begin(shop, *, at=None, terminal=REGISTER, role="", profile=BERLIN, by=MIA):
    return shop.do(
        clock_in, profile=profile, store_id=STORE, terminal_id=terminal, by=shop.person(by), role=role,
        now=at or shop.tick(),
    )  # fmt: skip


def act(shop, command, *, at=None, terminal=REGISTER, **more):
    return shop.do(
        command, store_id=STORE, terminal_id=terminal, by=shop.person(), now=at or shop.tick(), **more
    )


def documents(shop):
    with shop.book.read() as book:
        rows = book.scalars(select(OutboxDocument).order_by(OutboxDocument.sequence))
        return [decode_document(row.content) for row in rows]


def the_open_shift(shop):
    with shop.book.read() as book:
        return open_shift(book, store_id=STORE, employee=MIA)


def test_each_press_goes_up_as_a_document_of_its_own(shop):
    begin(shop)
    act(shop, begin_break, kind=REST)
    act(shop, end_break, terminal=TABLET)
    act(shop, clock_out)
    sent = documents(shop)
    assert [one.event for one in sent] == ["clock_in", "break_begin", "break_end", "clock_out"]
    assert len({one.uuid for one in sent}) == 4
    assert len({one.shift for one in sent}) == 1
    assert [one.terminal for one in sent] == [REGISTER, REGISTER, TABLET, REGISTER]
    assert {(one.break_name, one.is_paid) for one in sent[1:3]} == {("Rest Break", True)}
    assert the_open_shift(shop) is None


def test_nobody_clocks_in_twice_at_whatever_till(shop):
    begin(shop)
    with pytest.raises(AlreadyClockedIn):
        begin(shop, terminal=TABLET)
    assert len(documents(shop)) == 1


@pytest.mark.parametrize("command", [clock_out, end_break])
def test_without_a_shift_nothing_can_end(shop, command):
    with pytest.raises(NotClockedIn):
        act(shop, command)


def test_a_break_does_not_begin_twice_and_ends_once(shop):
    begin(shop)
    with pytest.raises(NotOnBreak):
        act(shop, end_break)
    act(shop, begin_break, kind=REST)
    with pytest.raises(OnBreak):
        act(shop, begin_break, kind=REST)


def test_clocking_out_ends_the_break_too(shop):
    begin(shop)
    act(shop, begin_break, kind=REST)
    shift = act(shop, clock_out)
    assert [one.event for one in documents(shop)][-2:] == ["break_end", "clock_out"]
    with shop.book.read() as book:
        assert book.merge(shift, load=True).open_break is None


@pytest.mark.parametrize("role", ["", "owner"])
def test_somebody_with_two_roles_chooses_one_of_them(shop, role):
    shop.publish(record(MIA, Employee(name="Mia K.", role="cashier", roles=("cashier", "manager"))))
    with pytest.raises(RuleError, match="Choose the role"):
        begin(shop, role=role)
    shift = begin(shop, role="manager")
    assert (shift.role, shift.role_name) == ("manager", "Manager")


@pytest.mark.parametrize(
    ("profile", "at", "on"),
    [
        # The store's day ends at 3:00 in the night.
        (BERLIN, datetime(2026, 11, 24, 1, 59, tzinfo=UTC), date(2026, 11, 23)),
        (BERLIN, datetime(2026, 11, 24, 2, 0, tzinfo=UTC), date(2026, 11, 24)),
        (NEW_YORK, datetime(2026, 11, 24, 4, 59, tzinfo=UTC), date(2026, 11, 23)),
        (NEW_YORK, datetime(2026, 11, 24, 5, 0, tzinfo=UTC), date(2026, 11, 24)),
        # The night in which clocks go back: 1:30 comes twice.
        (NEW_YORK, datetime(2026, 11, 1, 5, 30, tzinfo=UTC), date(2026, 11, 1)),
        (NEW_YORK, datetime(2026, 11, 1, 6, 30, tzinfo=UTC), date(2026, 11, 1)),
    ],
)
def test_a_shift_counts_for_the_business_date_of_its_clock_in(shop, profile, at, on):
    begin(shop, at=at, profile=profile)
    act(shop, clock_out, at=at + timedelta(hours=9))
    assert {one.business_date for one in documents(shop)} == {on}


def test_time_never_runs_backwards_within_a_shift(shop):
    began = shop.now
    begin(shop, at=began)
    act(shop, begin_break, kind=REST, at=began + timedelta(hours=1))
    # Somebody puts the computer's clock back by two hours.
    act(shop, end_break, at=began - timedelta(hours=1))
    act(shop, clock_out, at=began - timedelta(minutes=30))
    moments = [one.at for one in documents(shop)]
    assert moments == sorted(moments)


def test_the_breaks_of_the_store_have_names_and_lengths_without_being_set(shop):
    with shop.replica.read() as replica:
        breaks = published.settings(replica, store_id=STORE).breaks
    assert [(one.name, one.minutes, one.is_paid) for one in breaks] == [
        ("Rest Break", 15, True),
        ("Meal Break", 30, False),
    ]
