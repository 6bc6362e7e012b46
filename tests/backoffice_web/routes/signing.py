"""People who sign in to the Back Office with e-mail, password and second factor."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import pyotp
from sqlalchemy import select

from backoffice_web.people.employee import Employee
from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


class Clock:
    """The office's clock, moved by hand."""

    def __init__(self, evertill):
        self.office, self.at = evertill.backoffice.extensions["office"], datetime.now(UTC)
        self.office.clock = lambda: self.at

    def move(self, by):
        self.at += by


def browser(evertill, *, address="192.0.2.7", agent=CHROME):
    """A browser in front of the Back Office; its forms need no token."""
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    client = evertill.backoffice.test_client()
    client.environ_base |= {"REMOTE_ADDR": address, "HTTP_USER_AGENT": agent}
    return client


def sign_in(client, *, email=OWNER_EMAIL, password=OWNER_PASSWORD, after=""):
    return client.post("/sign-in", data={"email": email, "password": password, "after": after})


def signed_in(evertill, **more):
    client = browser(evertill, **more)
    assert sign_in(client).status_code == 303
    return client


def is_in(client):
    with client.get("/profile") as answer:
        return answer.status_code == 200


def enrol(client, clock, *, password=OWNER_PASSWORD):
    """(secret, recovery codes) of a second factor set up by the page's own form."""
    page = client.get("/second-factor").text
    secret = re.sub(r"\s", "", re.search(r'<code class="key">([A-Z2-7 \s]+)</code>', page)[1])
    token = unescape(re.search(r'name="token" value="([^"]+)"', page)[1])
    code = pyotp.TOTP(secret).at(clock.at)
    answer = client.post("/second-factor", data={"token": token, "code": code, "current_password": password})
    assert answer.status_code == 200, answer.text
    return secret, re.findall(r"<li><code>([a-z0-9-]+)</code></li>", answer.text)


def the_owner(evertill):
    with evertill.office_database.read() as session:
        return session.scalars(select(Employee).where(Employee.email == OWNER_EMAIL)).one()
