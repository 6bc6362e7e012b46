"""Where somebody is signed in: listed by device, ended one by one, all at once, or by time."""

import contextlib
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import websocket
from sqlalchemy import select

from backoffice_web.people.employee import Employee
from backoffice_web.people.office_session import OfficeSession
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.backoffice_web.routes.signing import Clock, browser, is_in, sign_in, signed_in, the_owner
from tests.cast import employee_of, office

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def ids(evertill):
    with evertill.office_database.read() as session:
        return session.scalars(select(OfficeSession.id).order_by(OfficeSession.began_at)).all()


def test_the_profile_lists_device_address_and_last_use(evertill):
    signed_in(evertill, address="198.51.100.4", agent=FIREFOX)
    page = signed_in(evertill).get("/profile").text
    for words in ("Firefox on Linux", "198.51.100.4", "Chrome on Windows", "192.0.2.7"):
        assert words in page
    assert page.count("This device") == 1 and page.count("Sign out on ") == 1


def test_one_device_is_signed_out_and_the_others_stay(evertill):
    lost, here, other = (signed_in(evertill) for _browser in range(3))
    answer = here.post(f"/office-sessions/{ids(evertill)[0]}/end")
    assert answer.location == "/backoffice/profile"
    assert [is_in(client) for client in (lost, here, other)] == [False, True, True]


def test_everywhere_else_is_everywhere_but_here(evertill):
    others = [signed_in(evertill) for _browser in range(2)]
    here = signed_in(evertill)
    here.post("/office-sessions/end-others")
    assert "Signed out on 2 devices." in here.get("/profile").text
    assert not any(map(is_in, others))


def test_somebody_elses_session_cannot_be_ended_by_its_key(evertill):
    manager = office(evertill, role="manager")
    [key] = ids(evertill)
    here = signed_in(evertill)
    here.post(f"/office-sessions/{key}/end")
    assert manager.get("/profile").status_code == 200
    assert "Nobody was signed in there" in here.get("/profile").text


def test_an_admin_signs_somebody_out_everywhere(evertill):
    manager, owner = office(evertill, role="manager"), signed_in(evertill)
    with evertill.office_database.read() as session:
        key = session.get(OfficeSession, ids(evertill)[0]).employee_id
    assert owner.post(f"/employees/{key}/office-sessions/end").status_code == 303
    assert not is_in(manager) and is_in(owner)
    assert owner.post("/employees/unknown/office-sessions/end").status_code == 404
    assert office(evertill, role="manager").post(f"/employees/{key}/office-sessions/end").status_code == 403


@pytest.mark.parametrize(("pause", "is_kept"), [(timedelta(hours=7), True), (timedelta(hours=9), False)])
def test_a_session_ends_after_eight_hours_without_use(evertill, pause, is_kept):
    clock, client = Clock(evertill), signed_in(evertill)
    clock.move(pause)
    assert is_in(client) is is_kept


def test_use_keeps_it_alive_and_seven_days_end_it_all_the_same(evertill):
    clock, client = Clock(evertill), signed_in(evertill)
    for _pause in range(23):
        clock.move(timedelta(hours=7))
        assert is_in(client)
    clock.move(timedelta(hours=7, minutes=30))
    assert not is_in(client)


def test_another_role_or_e_mail_ends_what_was_signed_in(evertill):
    owner = signed_in(evertill)
    for act in ({"act": "role", "role_id": "store_admin"}, {"act": "sign_in_off"}, {"act": "off"}, None):
        with evertill.office_database.write() as session:
            person = session.get(Employee, employee_of(evertill, "manager"))
            person.email, person.password_hash = f"{person.id}@x.example", "x"
            session.commit()
        theirs = office(evertill, role="manager")
        if act is not None:
            owner.post("/employee-batches", data={"key": person.id, **act})
        else:
            url = f"/employees/{person.id}"
            post(
                owner, url, changed(fields_of(owner.get(url).text), email="other@x.example"), action="publish"
            )
        assert not is_in(theirs), act
        with evertill.office_database.write() as session:
            again = session.get(Employee, person.id)
            again.role_id, again.has_sign_in, again.is_active = "manager", True, True
            session.commit()


def test_open_pages_lose_their_sockets_with_their_session(live):
    evertill = live.evertill
    lost, here = signed_in(evertill), signed_in(evertill)
    with opened(live, lost) as line, opened(live, here) as kept:
        here.post("/office-sessions/end-others")
        assert read_until_closed(line)
        kept.settimeout(10)
        # The one that stays is told, and looks for itself whether it is still signed in.
        while "office:session" not in (told := kept.recv()):
            assert told
    assert the_owner(evertill).has_sign_in
    with pytest.raises(AssertionError), opened(live, lost):
        pass


@contextlib.contextmanager
def opened(live, client):
    page = client.get("/sign-in", follow_redirects=True).text
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    cookie = "; ".join(f"{one.key}={one.value}" for one in client._cookies.values())
    url = live.url.replace("http", "ws") + "/backoffice/socket.io/?EIO=4&transport=websocket"
    line = websocket.create_connection(
        url, timeout=10, origin="http://" + urlsplit(live.url).netloc, cookie=cookie
    )
    try:
        line.recv()
        line.send(f'40{{"csrf":"{token}"}}')
        assert line.recv().startswith("40")
        yield line
    finally:
        line.close()


def read_until_closed(line):
    """Has the server ended the connection or its namespace?"""
    with contextlib.suppress(websocket.WebSocketConnectionClosedException):
        while not (told := line.recv()).startswith("41"):
            if not told:
                return True
    return True


def test_whoever_signs_in_again_is_swept_of_what_has_run_out(evertill):
    clock = Clock(evertill)
    signed_in(evertill)
    clock.move(timedelta(days=8))
    client = browser(evertill)
    sign_in(client)
    assert len(ids(evertill)) == 1
