"""An admin at the Back Office, over HTTP: what they publish is published by the office's own process."""

from __future__ import annotations

import re
from contextlib import contextmanager

import httpx2
from sqlalchemy import select

from backoffice_web.people.account import hash_password
from backoffice_web.people.employee import Employee

PASSWORD = "correct horse battery staple"


@contextmanager
def admin(office, *, address):
    """The demo's owner, signed in; yields `publish()`, which sends what waits to the bench's store."""
    with httpx2.Client(base_url=address, timeout=60) as client:
        form = {"email": owner_of(office), "password": PASSWORD}
        answer = client.post("/backoffice/sign-in", data=form | _token_on(client.get("/backoffice/sign-in")))
        assert answer.status_code == 303, answer.text[:300]

        def publish():
            page = client.get("/backoffice/publications")
            chosen = {"everything": "1", "publish_to": office.store_id, **_token_on(page)}
            answer = client.post("/backoffice/publications", data=chosen)
            assert answer.status_code == 303, answer.text[:300]

        yield publish


def owner_of(office):
    """The e-mail of the demo's owner, who gets the password that the bench knows."""
    with office.database.write() as session:
        owner = session.scalars(select(Employee).where(Employee.email.is_not(None))).first()
        owner.password_hash = hash_password(PASSWORD)
        session.commit()
        return owner.email


def _token_on(page):
    return {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)}
