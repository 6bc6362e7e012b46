import httpx2
import pytest

from pos_web.syncing.bridge_client import BridgeClient, Damaged, Offline, Refused
from sync_contract.changes import TerminalEntry
from sync_contract.integrity import DIGEST_HEADER, content_digest
from tests.simulated_office import STORE, SimulatedOffice


@pytest.fixture
def office():
    return SimulatedOffice()


def test_the_token_is_sent_and_answers_are_typed(office):
    client = office.client()
    assert [store.id for store in client.stores()] == [STORE]
    assert client.status(STORE, since=0).version == 0


def test_a_wrong_token_is_refused(office):
    client = BridgeClient("http://office/bridge/v1/", "wrong", httpx2.MockTransport(office.handle))
    with pytest.raises(Refused) as refusal:
        client.stores()
    assert refusal.value.status == 401


def test_no_answer_is_offline(office):
    with office.offline(), pytest.raises(Offline):
        office.client().stores()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_before_a_dead_office_is_offline(office, status):
    office.failing_status = status
    with pytest.raises(Offline):
        office.client().status(STORE, since=0)


def test_a_broken_office_is_refused_with_its_status(office):
    office.failing_status = 500
    with pytest.raises(Refused) as refusal:
        office.client().status(STORE, since=0)
    assert refusal.value.status == 500


@pytest.mark.parametrize(("status", "kind"), [(429, Refused), (503, Offline)])
def test_what_the_office_asks_for_comes_with_its_refusal(office, status, kind):
    office.failing_status, office.retry_after = status, "17"
    with pytest.raises(kind) as refusal:
        office.client().status(STORE, since=0)
    assert refusal.value.retry_after_s == 17


@pytest.mark.parametrize("content", [b"<html>", b"\xff\xfe", b"[1]", b""])
def test_an_answer_that_is_not_the_contract_is_refused(content):
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=content))
    with pytest.raises(Refused):
        BridgeClient("http://office/bridge/v1", "token", transport).status(STORE, since=0)


def test_an_answer_with_a_changed_byte_is_not_believed():
    content = b'[{"uuid":"a","outcome":"accepted"}]'
    headers = {DIGEST_HEADER: content_digest(content.replace(b'"a"', b'"b"'))}
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, headers=headers, content=content))
    with pytest.raises(Damaged):
        BridgeClient("http://office/bridge/v1", "token", transport).upload(STORE, [b"{}"])


def test_a_code_registers_a_terminal_once(office):
    office.codes["ABC"] = (STORE, TerminalEntry(id="t9", name="Register 9", code="R9"))
    assert office.client().register("ABC").terminal.id == "t9"
    with pytest.raises(Refused) as refusal:
        office.client().register("ABC")
    assert refusal.value.sentence == "This code is not valid."


def test_in_one_process_nothing_is_compressed():
    seen = []

    def app(environ, start_response):
        seen.append(environ["HTTP_ACCEPT_ENCODING"])
        start_response("200 OK", [])
        return [b"[]"]

    BridgeClient("http://office/bridge/v1", "token", httpx2.WSGITransport(app=app)).stores()
    assert seen == ["identity"]
