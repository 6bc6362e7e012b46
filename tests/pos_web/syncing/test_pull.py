import httpx2
import pytest

from pos_web.syncing.bridge_client import BridgeClient, MustRefetch, Offline, Refused
from pos_web.syncing.pull import Applied, Verdict, judge, pull
from sync_contract.changes import Header, More, Trailer, UnreadableStream, change_lines, encode_line
from sync_contract.digest import to_hex
from tests.pos_web.syncing.node import coffee
from tests.simulated_office import STORE, SimulatedOffice

FIVE = Applied(version=5, epoch="e1", digest=to_hex(5))


def header(**how):
    return Header(**({"store": STORE, "epoch": "e1", "since": 5} | how))


def trailer(to, digest=6):
    return Trailer(to=to, count=1, digest=to_hex(digest) if isinstance(digest, int) else digest)


@pytest.mark.parametrize(
    ("header", "trailer", "verdict"),
    [
        (header(), trailer(6), Verdict.NEWER),
        (header(), trailer(5, 5), Verdict.EQUAL),
        (header(), trailer(5, 6), Verdict.DAMAGED),
        (header(), trailer(4), Verdict.DAMAGED),
        (header(since=4), trailer(6), Verdict.DAMAGED),
        (header(epoch="e2"), trailer(6), Verdict.DAMAGED),
        (header(), trailer(6, "not a digest"), Verdict.DAMAGED),
        (header(since=0, is_full=True), trailer(6), Verdict.NEWER),
        (header(since=0, is_full=True), trailer(5, 5), Verdict.EQUAL),
        (header(since=0, is_full=True), trailer(5, 6), Verdict.NEWER),
        (header(since=0, is_full=True), trailer(4), Verdict.OLDER),
        (header(since=0, is_full=True, epoch="e2"), trailer(5, 6), Verdict.NEWER),
        (header(since=0, is_full=True, epoch="e2"), trailer(4), Verdict.OLDER),
        (header(since=5, is_full=True), trailer(6), Verdict.DAMAGED),
    ],
)
def test_a_stream_is_judged_by_what_the_store_has(header, trailer, verdict):
    assert judge(FIVE, header, trailer) is verdict


def test_a_new_store_takes_any_version_and_nothing_when_nothing_is_published():
    full = header(since=0, is_full=True)
    assert judge(Applied(), full, trailer(42)) is Verdict.NEWER
    assert judge(Applied(), full, trailer(0, 0)) is Verdict.EQUAL


@pytest.fixture
def office():
    office = SimulatedOffice(page_size=3)
    office.publish(*[coffee(f"item-{number}", name=f"Item {number}") for number in range(10)])
    return office


def pulled_keys(client, applied=Applied()):  # noqa: B008
    with pull(client, store_id=STORE, applied=applied) as pulled:
        return [change.key for change in pulled.records()]


def test_all_pages_are_read_in_order(office):
    assert pulled_keys(office.client()) == sorted(f"item-{number}" for number in range(10))
    assert office.requests["changes"] == 4


def test_records_can_be_read_more_than_once(office):
    with pull(office.client(), store_id=STORE, applied=Applied()) as pulled:
        assert len(list(pulled.records())) == len(list(pulled.records())) == 10


def test_a_broken_connection_is_resumed_after_the_last_whole_record(office):
    office.cut_after_lines, office.cut_times = 3, 2
    keys = pulled_keys(office.client())
    assert keys == sorted(f"item-{number}" for number in range(10))


def test_a_connection_that_brings_nothing_new_is_offline(office):
    office.cut_after_lines, office.cut_times = 1, 99
    with pytest.raises(Offline), pull(office.client(), store_id=STORE, applied=Applied()):
        pass
    assert office.requests["changes"] == 1


def test_an_unreachable_office_is_offline(office):
    with office.offline(), pytest.raises(Offline), pull(office.client(), store_id=STORE, applied=Applied()):
        pass


def test_a_store_that_is_ahead_of_the_office_must_refetch(office):
    applied = Applied(version=9, epoch=office.epoch, digest=to_hex(1))
    with pytest.raises(MustRefetch), pull(office.client(), store_id=STORE, applied=applied):
        pass


def test_an_office_that_is_restored_between_two_pages_must_be_refetched(office):
    def restore(request):
        if "after" in request.url.params:
            office.epoch = "epoch-9"

    office.before_answer = restore
    with pytest.raises(MustRefetch), pull(office.client(), store_id=STORE, applied=Applied()):
        pass


GOOD_HEADER = encode_line(header(since=0, is_full=True))
RECORD = change_lines([(2, "item", "a", b"{}")])
END = encode_line(trailer(2))


@pytest.mark.parametrize(
    "lines",
    [
        [RECORD, END],
        [encode_line(header(store="other", since=0, is_full=True)), END],
        [GOOD_HEADER, change_lines([(3, "item", "b", b"{}")]), RECORD, END],
        [GOOD_HEADER, encode_line(More(version=2, kind="item", key="z"))],
        [GOOD_HEADER, END, RECORD],
        [GOOD_HEADER, GOOD_HEADER, END],
        [GOOD_HEADER, b"<html>\n"],
        [GOOD_HEADER, b'{"type":"record","kind":"item"}\n', END],
    ],
)
def test_a_stream_in_an_impossible_order_is_unreadable(lines):
    client = answering(lines)
    with pytest.raises(UnreadableStream), pull(client, store_id=STORE, applied=Applied()):
        pass


def test_an_office_of_another_contract_is_refused():
    client = answering([encode_line(header(since=0, is_full=True, contract=3)), END])
    with pytest.raises(Refused), pull(client, store_id=STORE, applied=Applied()):
        pass


@pytest.mark.parametrize("lines", [[], [GOOD_HEADER], [GOOD_HEADER, RECORD[:-5]]])
def test_a_stream_without_its_end_is_never_handed_on(lines):
    with pytest.raises(Offline), pull(answering(lines), store_id=STORE, applied=Applied()):
        pass


def answering(lines):
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=b"".join(lines)))
    return BridgeClient("http://office/bridge/v1", "token", transport)
