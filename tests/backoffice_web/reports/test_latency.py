"""How long publications take to arrive, from what the nodes reported."""

from datetime import timedelta

import pytest

from backoffice_web.publishing.publication import Publication
from backoffice_web.reports.latency import latencies, percentile
from backoffice_web.stores.store import Store
from backoffice_web.terminals.arrival import APPLIED, HEARD, Arrival
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON, later

AN_HOUR_LATER = later(60)


def publish(session, version, *, at):
    session.add(Publication(store_id=DOWNTOWN, version=version, digest="", at=at, by="Max"))


def arrive(session, place, version, *, at):
    session.add(Arrival(store_id=DOWNTOWN, place=place, version=version, at=at))


def latency(office, *, now=AN_HOUR_LATER):
    with office.read() as session:
        stores = [session.get_one(Store, key) for key in (DOWNTOWN, AIRPORT)]
        return latencies(session, stores, now=now)


def seconds(count):
    return NOON + timedelta(seconds=count)


def test_a_store_without_publications_is_not_listed(office):
    assert latency(office) == []


def test_what_has_not_arrived_yet_is_no_sample(office):
    with office.write() as session:
        publish(session, 1, at=NOON)
        arrive(session, HEARD, 1, at=seconds(1))
        session.commit()
    (found,) = latency(office)
    assert (found.publications, found.applied_p50_s, found.shown_p95_s) == (1, None, None)


def test_a_version_that_came_along_with_a_later_one_arrived_with_it(office):
    with office.write() as session:
        publish(session, 1, at=NOON)
        publish(session, 2, at=seconds(10))
        arrive(session, APPLIED, 2, at=seconds(16))
        arrive(session, "till", 2, at=seconds(17))
        arrive(session, "tablet", 2, at=seconds(30))
        session.commit()
    (found,) = latency(office)
    assert (found.applied_p50_s, found.applied_p95_s) == (6, 16)
    assert (found.shown_p50_s, found.shown_p95_s) == (17, 30)


def test_an_arrival_before_an_office_was_restored_does_not_count(office):
    with office.write() as session:
        publish(session, 1, at=seconds(100))
        arrive(session, APPLIED, 1, at=NOON)
        arrive(session, APPLIED, 2, at=seconds(120))
        session.commit()
    (found,) = latency(office)
    assert found.applied_p50_s == 20


def test_only_the_last_week_is_looked_at(office):
    with office.write() as session:
        publish(session, 1, at=NOON)
        session.commit()
    assert latency(office, now=NOON + timedelta(days=8)) == []


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, None), ([3], 0.95, 3), ([1, 2, 3, 4], 0.5, 2), (list(range(1, 101)), 0.95, 95)],
)
def test_a_percentile_is_a_value_that_was_measured(values, share, expected):
    assert percentile(values, share) == expected
