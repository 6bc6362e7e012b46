"""The link of a split store node: paired once, kept in a private file, renewed without ever being lost."""

import stat
from datetime import UTC, datetime, timedelta

import httpx2
import msgspec
import pytest

from pos_web.syncing import office_link
from pos_web.syncing.bridge_client import BridgeClient, Refused
from pos_web.syncing.office_link import (
    KeptLink,
    OfficeLink,
    ask_for_stores,
    forget_link,
    link_files,
    office_address,
    pair_node,
    read_link,
    try_to_renew,
    write_link,
)
from shared_web.errors import RuleError
from sync_contract.contract import CONTRACT, HEADER
from sync_contract.pairing import NewToken, Pairing
from tests.simulated_office import STORE

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEPT = KeptLink(office="https://office.example", node="n1", name="Back room", token="first", issued_at=NOON)


class Office:
    """Knows one token; a new one ends the old one with its first use, as the real office does."""

    def __init__(self):
        self.token, self.next_token, self.issued = "first", None, 0
        self.is_silent = False

    def handle(self, request):
        if self.is_silent:
            raise httpx2.ConnectError("no route", request=request)
        given = request.headers["Authorization"].removeprefix("Bearer ")
        if given == self.next_token:
            self.token, self.next_token = given, None
        if given != self.token:
            return httpx2.Response(401, json={"error": "unknown-node", "sentence": "Not known here."})
        if request.url.path.endswith("/token"):
            self.issued += 1
            self.next_token = f"token-{self.issued}"
            return httpx2.Response(200, content=msgspec.json.encode(NewToken(token=self.next_token)))
        return httpx2.Response(200, content=b"[]")


class Clock:
    now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def new_node(office, clock, tmp_path):
    """A process over a home: its link and its client."""

    def start(file=tmp_path / "office_link.json", *, address=None, **how):
        client = BridgeClient(transport=httpx2.MockTransport(office.handle))
        return OfficeLink(file, client, office=address, clock=clock, **how), client

    return start


@pytest.fixture
def file(tmp_path):
    write_link(tmp_path / "office_link.json", KEPT)
    return tmp_path / "office_link.json"


def test_the_file_is_its_owners_alone(file):
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    write_link(file, KEPT)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"office": "https://office.example"}'])
def test_a_damaged_file_is_no_link_and_no_crash(tmp_path, content):
    (tmp_path / "link.json").write_bytes(content)
    assert read_link(tmp_path / "link.json") is None


def test_a_node_that_is_not_paired_asks_nobody(new_node):
    link, client = new_node()
    assert not link.is_paired
    with pytest.raises(Refused) as refusal:
        client.stores()
    assert refusal.value.error == "not-paired-yet"


def test_the_token_is_renewed_with_the_first_talk_after_a_start(new_node, file, office):
    link, client = new_node()
    try_to_renew(link)
    assert client.stores() == []
    assert office.token == "token-1" == read_link(file).token
    try_to_renew(link)
    assert office.issued == 1


def test_the_token_is_renewed_every_week(new_node, file, office, clock):
    link, client = new_node()
    try_to_renew(link)
    clock.now += timedelta(days=7)
    try_to_renew(link)
    client.stores()
    assert read_link(file).token == office.token == "token-2"


def test_workers_that_started_together_renew_it_once_and_a_copy_with_a_slow_clock_once_more(
    new_node, file, office, clock, tmp_path
):
    clock.now += timedelta(hours=1)
    for _worker in range(2):
        link, client = new_node(started_at=clock.now)
        try_to_renew(link)
        client.stores()
    assert office.issued == 1
    copy = tmp_path / "copy.json"
    copy.write_bytes(file.read_bytes())
    clock.now -= timedelta(hours=3)
    link, client = new_node(copy, started_at=clock.now)
    try_to_renew(link)
    assert client.stores() == [] and office.issued == 2


def test_an_office_that_moved_is_kept_at_its_new_address_once_it_knew_the_token(new_node, file, office):
    moved = "https://moved.example"
    office.is_silent = True
    link, _client = new_node(address=moved)
    try_to_renew(link)
    assert (link.office, link.kept_office) == (moved, KEPT.office)
    office.is_silent = False
    try_to_renew(link)
    assert read_link(file).office == moved
    again, _client = new_node()
    assert again.office == moved


def test_without_an_office_the_node_keeps_its_token(new_node, file, office):
    link, client = new_node()
    office.is_silent = True
    try_to_renew(link)
    assert read_link(file).token == "first"
    office.is_silent = False
    assert client.stores() == []


def test_a_new_token_that_could_not_be_kept_is_not_used(new_node, file, office, monkeypatch):
    link, client = new_node()

    def disk_is_full(_file, _kept):
        raise OSError("no space left")

    monkeypatch.setattr(office_link, "write_link", disk_is_full)
    try_to_renew(link)
    assert client.stores() == []
    assert office.token == read_link(file).token == "first"


def test_of_two_processes_on_copies_of_a_home_only_the_later_one_is_served(new_node, file, tmp_path):
    first, first_client = new_node(file)
    try_to_renew(first)
    first_client.stores()
    (tmp_path / "copy.json").write_bytes(file.read_bytes())
    second, second_client = new_node(tmp_path / "copy.json")
    try_to_renew(second)
    assert second_client.stores() == []
    with pytest.raises(Refused) as refusal:
        ask_for_stores(first_client, first)
    assert refusal.value.status == 401


def test_an_office_that_was_restored_from_a_backup_knows_one_of_the_earlier_tokens(new_node, file, office):
    for _start in range(3):
        link, client = new_node()
        try_to_renew(link)
        client.stores()
    office.token, office.next_token = "token-1", None
    link, client = new_node()
    assert ask_for_stores(client, link) == []
    assert office.token == read_link(file).token == "token-1"
    assert ask_for_stores(client, link) == []
    assert office.token == read_link(file).token == "token-4"


def test_a_node_that_no_office_knows_looks_for_its_former_tokens_once(new_node, file, office):
    link, client = new_node()
    ask_for_stores(client, link)
    office.token, asked = "somebody else's", []
    client.is_known = lambda token: asked.append(token)
    for _look in range(3):
        with pytest.raises(Refused):
            ask_for_stores(client, link)
    assert asked == ["first"]


def test_a_running_node_whose_link_was_taken_away_is_not_paired(new_node, file, office, clock):
    link, client = new_node()
    try_to_renew(link)
    forget_link(file)
    clock.now += timedelta(days=8)
    with pytest.raises(Refused) as refusal:
        ask_for_stores(client, link)
    assert refusal.value.error == "not-paired-yet"
    assert (link.is_paired, link.token, link.office) == (False, "", "")
    assert not file.exists()


def test_a_node_that_is_unpaired_while_it_renews_stays_unpaired(new_node, file, office):
    """The week is over for a worker that has not looked into the home since."""
    link, _client = new_node()
    forget_link(file)
    link.renew()
    assert not file.exists() and not link.is_paired


def test_a_node_that_is_unpaired_while_it_looks_for_an_earlier_token_stays_unpaired(new_node, file, office):
    link, client = new_node()
    try_to_renew(link)
    client.is_known = lambda token: forget_link(file) or True
    assert not link.recover()
    assert not file.exists() and not link.is_paired


def test_a_damaged_file_disconnects_no_running_node(new_node, file, office):
    link, client = new_node()
    file.write_bytes(b"{")
    assert ask_for_stores(client, link) == []
    assert read_link(file).token == office.token


def test_forgetting_a_link_leaves_no_token_of_a_crash_behind(file):
    file.with_suffix(".new").write_bytes(b'{"token": "next"}')
    forget_link(file)
    assert {left.name for left in file.parent.iterdir()} == {"office_link.lock"}
    assert set(file.parent.iterdir()) < set(link_files(file))


def test_a_token_that_another_process_of_the_home_brought_is_taken_over(new_node, file, office):
    _link, client = new_node()
    office.token = "paired-anew"
    write_link(file, msgspec.structs.replace(KEPT, token="paired-anew"))
    assert client.stores() == []


class Exchange:
    """A client of an office that pairs with one store, whatever the node says that it has."""

    told = None

    def __init__(self, _address):
        """Asks nobody."""

    def pair(self, code, *, unsent):
        Exchange.told = unsent
        return Pairing(node="n2", name="Back room", token="new", stores=("s2",))

    def close(self):
        """Nothing is open."""


@pytest.mark.parametrize("leaves_unsent", [False, True])
def test_a_code_of_an_older_office_that_leaves_sales_behind_is_not_kept(
    new_node, file, node, monkeypatch, leaves_unsent
):
    node.finish_document()
    link, _client = new_node()
    monkeypatch.setattr(office_link, "BridgeClient", Exchange)

    def pair():
        return pair_node(node.book, link, code="c", office=KEPT.office, leaves_unsent=leaves_unsent)

    if leaves_unsent:
        assert pair().token == read_link(file).token == "new"
        assert Exchange.told == {}
    else:
        with pytest.raises(RuleError, match=f"1 document of {STORE} waits"):
            pair()
        assert Exchange.told == {STORE: 1}
        assert read_link(file) == KEPT


def test_an_office_that_is_too_new_is_refused_in_words():
    answer = httpx2.Response(200, content=b"[]", headers={HEADER: str(CONTRACT + 2)})
    client = BridgeClient("http://office", "t", httpx2.MockTransport(lambda request: answer))
    with pytest.raises(Refused, match="Update the store node"):
        client.stores()


def test_an_office_one_contract_ahead_is_fine():
    answer = httpx2.Response(200, content=b"[]", headers={HEADER: str(CONTRACT + 1)})
    client = BridgeClient("http://office", "t", httpx2.MockTransport(lambda request: answer))
    assert client.stores() == []


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://office.example", "https://office.example"),
        (" https://office.example/ ", "https://office.example"),
        ("https://office.example/backoffice/", "https://office.example"),
        ("http://192.168.1.20:8000/backoffice", "http://192.168.1.20:8000"),
    ],
)
def test_an_address_is_read_as_people_type_it(typed, address):
    assert office_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    ["", "office.example", "ftp://office.example", "http://", "http://a:99999", "http://a b", "http://["],
)
def test_anything_else_is_refused_with_a_sentence(typed):
    with pytest.raises(RuleError) as refusal:
        office_address(typed)
    assert set(refusal.value.fields) == {"office"}
