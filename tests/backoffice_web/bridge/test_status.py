"""What a store hears when it asks whether there is something new."""

from backoffice_web.bridge.status import NEWEST_PUBLICATIONS, status_of
from backoffice_web.publishing.publication import Publication, PublishedHead
from tests.backoffice_web.builders import DOWNTOWN, add_category, later


def test_an_urgent_publication_is_urgent_however_many_followed_it(office):
    with office.write() as session:
        add_category(session)
    office.publish(DOWNTOWN)
    with office.write() as session:
        last = 2 + NEWEST_PUBLICATIONS
        for version in range(2, last + 1):
            session.add(
                Publication(
                    store_id=DOWNTOWN, version=version, digest="", at=later(version), by="Max",
                    is_urgent=version == 2,
                )
            )  # fmt: skip
        session.get_one(PublishedHead, DOWNTOWN).version = last
    with office.read() as session:
        asked = {since: status_of(session, store_id=DOWNTOWN, since=since) for since in (1, 2, last)}
    assert [status.is_urgent for status in asked.values()] == [True, False, False]
