"""The line on which changes come: kept while it is whole, and its troubles are those that callers know."""

import contextlib
import gzip
import shutil
import socket
import ssl
import subprocess
from threading import Thread

import httpx2
import pytest

from pos_web.syncing import direct_line
from pos_web.syncing.bridge_client import BridgeClient, Damaged, MustRefetch, Offline, Refused
from pos_web.syncing.direct_line import DirectLine, is_direct
from shared_web.serving import Server
from sync_contract.contract import CONTRACT, HEADER
from tests.waiting import wait_until

PATIENT, SOON = httpx2.Timeout(20), httpx2.Timeout(0.3)
LINES = b'{"a":1}\n{"b":2}\n'


def answer(body=LINES, *, status="200 OK", length=None, **headers):
    told = {HEADER: CONTRACT, "Content-Length": len(body) if length is None else length}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {text}" for name, text in (told | headers).items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


CHUNKED = (
    f"HTTP/1.1 200 OK\r\n{HEADER}: {CONTRACT}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    + b"8\r\n"
    + LINES[:8]
    + b"\r\n8\r\n"
    + LINES[8:]
    + b"\r\n"
)
END = b"0\r\n\r\n"


class Office:
    """Says what it was told to say, connection by connection: `asked` are the requests of each."""

    def __init__(self, *scripts, trusted_as=None):
        self._scripts, self._secured = scripts, trusted_as
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.asked = []
        self.port = self._listening.getsockname()[1]
        self.url = f"http{'s' if trusted_as else ''}://localhost:{self.port}/bridge/v1"
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        for script in self._scripts:
            try:
                line, _who = self._listening.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), line:
                self._say(
                    self._secured.wrap_socket(line, server_side=True) if self._secured else line, script
                )

    def _say(self, line, script):
        self.asked.append([])
        with line:
            for said in script:
                if (request := self._request(line)) is None:
                    return
                self.asked[-1].append(request)
                if said is None:
                    line.recv(1)
                else:
                    line.sendall(said)

    def _request(self, line):
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            if not (piece := line.recv(4096)):
                return None
            request += piece
        return request.decode()

    def close(self):
        self._listening.close()
        self._thread.join(5)


@pytest.fixture
def opened():
    """`opened(*scripts)` is an office and a line to it."""
    with contextlib.ExitStack() as stack:

        def open_line(*scripts, **how):
            office = Office(*scripts, **how)
            line = DirectLine(httpx2.URL(office.url.replace("localhost", "127.0.0.1") + "/"))
            stack.callback(office.close)
            stack.callback(line.close)
            return office, line

        yield open_line


def ask(line, timeout=PATIENT):
    with line.get("stores", headers={"Accept": "text/plain"}, timeout=timeout) as found:
        return found.status_code, b"".join(found.iter_bytes())


def test_a_line_is_kept_for_the_next_question(opened):
    office, line = opened([answer(), CHUNKED + END, answer()])
    assert [ask(line) for _time in range(3)] == [(200, LINES)] * 3
    assert len(office.asked) == 1
    first = office.asked[0][0]
    assert first.startswith("GET /bridge/v1/stores HTTP/1.1\r\n")
    assert "\r\nAccept: text/plain\r\n" in first


def test_a_line_that_the_office_hung_up_is_not_used_again(opened):
    office, line = opened([answer()], [answer()])
    for _time in range(2):
        assert ask(line) == (200, LINES)
        # The script is over, so the office hangs up; its goodbye has to be there.
        wait_for_goodbye(line)
    assert len(office.asked) == 2


def wait_for_goodbye(line):
    ((connection, _since),) = line._idle
    connection.sock.settimeout(5)
    assert connection.sock.recv(1, socket.MSG_PEEK) == b""


def test_a_line_that_nobody_used_for_long_is_not_trusted(opened, monkeypatch):
    office, line = opened([answer(), answer()], [answer()])
    monkeypatch.setattr(direct_line, "KEPT_S", 0)
    assert [ask(line) for _time in range(2)] == [(200, LINES)] * 2
    assert len(office.asked) == 2


def test_a_line_that_was_closed_while_somebody_read_keeps_nothing(opened):
    _office, line = opened([answer()])
    with line.get("stores", headers={}, timeout=PATIENT) as found:
        line.close()
        assert found.read() == LINES
    assert not line._idle


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("http://office.example/", "office.example", 80),
        ("https://office.example/", "office.example", 443),
        ("http://office.example:8000/", "office.example", 8000),
        ("http://[2001:db8::1:8]/", "2001:db8::1:8", 80),
        ("https://[2001:db8::abcd]:8443/", "2001:db8::abcd", 8443),
        ("http://büro.example/", "xn--bro-hoa.example", 80),
    ],
)
def test_an_address_leads_where_it_says(address, host, port):
    connection = DirectLine(httpx2.URL(address))._new_connection(1)
    assert (connection.host, connection.port) == (host, port)


def test_a_path_before_the_office_goes_out_as_it_is_written(opened):
    office, _line = opened([answer()])
    line = DirectLine(httpx2.URL(f"http://127.0.0.1:{office.port}/b%C3%BCro%2Fa b/"))
    with contextlib.closing(line):
        assert ask(line) == (200, LINES)
    assert office.asked[0][0].startswith("GET /b%C3%BCro%2Fa%20b/stores HTTP/1.1\r\n")


def test_a_header_that_cannot_be_sent_is_a_writing_error(opened):
    _office, line = opened([])
    with pytest.raises(httpx2.WriteError), line.get("stores", headers={"X": "\n"}, timeout=PATIENT):
        pass


def test_an_office_that_hangs_up_by_itself_is_asked_on_a_new_line(opened):
    farewell = answer(Connection="close")
    office, line = opened([farewell], [farewell])
    assert [ask(line) for _time in range(2)] == [(200, LINES)] * 2
    assert len(office.asked) == 2


def test_an_answer_that_nobody_read_to_its_end_ends_its_line(opened):
    office, line = opened([answer(LINES * 9_000), answer()], [answer()])
    with line.get("stores", headers={}, timeout=PATIENT) as found:
        assert next(found.iter_bytes())
    assert ask(line) == (200, LINES)
    assert len(office.asked) == 2


def test_what_is_done_meanwhile_is_done_while_the_office_works(opened):
    office, line = opened([answer()])
    done = []

    def meanwhile():
        wait_until(lambda: office.asked and office.asked[0])
        done.append("something")

    with line.get("stores", headers={}, timeout=PATIENT, meanwhile=meanwhile) as found:
        assert done == ["something"]
        assert found.read() == LINES


def test_what_goes_wrong_meanwhile_is_raised_and_its_answer_is_nobodys(opened):
    office, line = opened([answer()], [answer()])

    def meanwhile():
        raise KeyError

    with pytest.raises(KeyError), line.get("stores", headers={}, timeout=PATIENT, meanwhile=meanwhile):
        pass
    assert ask(line) == (200, LINES)
    assert len(office.asked) == 2


@pytest.mark.parametrize(
    "said",
    [
        answer(length=100),
        CHUNKED,
        CHUNKED + b"-8\r\n" + LINES,
        CHUNKED + b"yes\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        answer(**{f"X-{number}": "much" for number in range(200)}),
        answer(X="y" * 70_000),
        None,
    ],
    ids=["short", "no end", "negative", "no number", "not HTTP", "nothing", "many", "long", "silence"],
)
def test_what_breaks_off_or_is_no_answer_is_a_reading_error(opened, said):
    _office, line = opened([said])
    with pytest.raises(httpx2.ReadError):
        ask(line, SOON if said is None else PATIENT)
    assert not line._idle


def test_nobody_there_is_a_connecting_error(opened):
    office, line = opened()
    office.close()
    with pytest.raises(httpx2.ConnectError):
        ask(line)


def test_a_name_that_no_computer_can_have_is_a_connecting_error():
    with pytest.raises(httpx2.ConnectError):
        ask(DirectLine(httpx2.URL(f"http://{'a' * 70}.example/bridge/v1/")))


def test_what_comes_packed_is_unpacked(opened):
    packed = gzip.compress(LINES * 50_000)
    _office, line = opened([answer(packed, **{"Content-Encoding": "gzip"})])
    assert ask(line) == (200, LINES * 50_000)


def test_a_changed_byte_of_what_comes_packed_is_noticed(opened):
    packed = bytearray(gzip.compress(LINES))
    packed[-6] ^= 1  # in its checksum
    _office, line = opened([answer(bytes(packed), **{"Content-Encoding": "gzip"})])
    with pytest.raises(httpx2.DecodingError):
        ask(line)
    assert not line._idle


@pytest.mark.parametrize(
    ("environment", "is_it"),
    [
        ({}, True),
        ({"https_proxy": "http://proxy:3128"}, True),
        ({"http_proxy": "http://proxy:3128"}, False),
        ({"all_proxy": "http://proxy:3128"}, False),
        ({"http_proxy": "http://proxy:3128", "no_proxy": "office.example"}, True),
        ({"http_proxy": "http://proxy:3128", "no_proxy": "other.example"}, False),
    ],
)
def test_a_proxy_of_this_computer_is_for_httpx2(monkeypatch, environment, is_it):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    assert is_direct(httpx2.URL("http://office.example/bridge/v1/")) is is_it


@pytest.mark.parametrize("address", ["/", "ftp://office.example/", "http:///"])
def test_what_is_no_address_of_an_office_is_for_httpx2(address):
    assert not is_direct(httpx2.URL(address))


# As the bridge's client uses it.


def changes(client):
    with client.changes("store/ä", since=3, epoch="e", digest="d", after=(2, "item", "k")) as blocks:
        return list(blocks)


@pytest.fixture
def client_of(opened):
    with contextlib.ExitStack() as stack:

        def new(*scripts):
            office, _line = opened(*scripts)
            client = BridgeClient(office.url.replace("localhost", "127.0.0.1"), "token", version="1.2")
            stack.callback(client.close)
            return office, client

        yield new


def test_a_page_of_changes_is_asked_for_with_all_that_the_office_wants_to_know(client_of):
    office, client = client_of([answer(LINES + b'{"cut')])
    assert changes(client) == [LINES]
    asked = office.asked[0][0]
    assert asked.startswith(
        "GET /bridge/v1/stores/store%2F%C3%A4/changes?since=3&epoch=e&digest=d&after=2%2Citem%2Ck HTTP/1.1"
    )
    for header in ("Authorization: Bearer token", f"{HEADER}: {CONTRACT}", "Accept-Encoding: identity"):
        assert f"\r\n{header}\r\n" in asked


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(b'{"error":"must-refetch"}', status="409 Conflict"), MustRefetch),
        (answer(b'{"error":"no","sentence":"No."}', status="403 Forbidden"), Refused),
        (answer(b'{"error":"damaged"}', status="400 Bad Request"), Damaged),
        (answer(b"<html>", status="502 Bad Gateway"), Offline),
        (answer(**{HEADER: "99"}), Refused),
        (answer(length=10_000), Offline),
    ],
)
def test_a_no_of_the_office_is_what_it_is_on_every_line(client_of, said, error):
    _office, client = client_of([said])
    with pytest.raises(error):
        changes(client)


def test_what_the_office_asks_for_comes_with_its_refusal(client_of):
    _office, client = client_of([answer(b"{}", status="429 Too Many", **{"Retry-After": "17"})])
    with pytest.raises(Refused) as refusal:
        changes(client)
    assert refusal.value.retry_after_s == 17


def test_another_token_that_has_come_is_tried_on_the_same_page(client_of):
    office, client = client_of([answer(b"{}", status="401 Unauthorized")], [answer()])
    client.has_new_token = lambda: client.connect(str(client._http.base_url), "newer") is None
    assert changes(client) == [LINES]
    assert "Authorization: Bearer newer" in office.asked[1][0]


def test_a_line_with_tls_is_taken_for_a_known_office_alone(tmp_path, monkeypatch, opened):
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost",
    ]  # fmt: skip
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    office, _line = opened([], [answer(), answer()], [], trusted_as=context)

    def line_to(address):
        return contextlib.closing(DirectLine(httpx2.URL(address + "/")))

    with line_to(office.url) as line, pytest.raises(httpx2.ConnectError):
        ask(line)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with line_to(office.url) as line:
        assert [ask(line), ask(line)] == [(200, LINES)] * 2
    with line_to(office.url.replace("localhost", "127.0.0.1")) as line, pytest.raises(httpx2.ConnectError):
        ask(line)


def test_the_office_keeps_a_line_for_longer_than_a_node_does(monkeypatch):
    """Whoever hangs up first never meets a question that is on its way."""
    monkeypatch.setattr("sys.argv", ["app.py"])
    served = Server(lambda: None, host="127.0.0.1", port=8000, threads=8)
    assert served.cfg.keepalive > direct_line.KEPT_S
    assert served.cfg.keepalive > httpx2.Limits().keepalive_expiry
