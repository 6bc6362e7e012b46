"""The Back Office's part in the commands of `app.py`: each opens the office's database for itself."""

from __future__ import annotations

from datetime import datetime

from backoffice_web.bridge.access import end_embedded_node, keep_embedded_node
from backoffice_web.demo.business import load_demo
from backoffice_web.people.lost_password import give_new_password
from backoffice_web.publishing.verify import verify_publications
from backoffice_web.publishing.verify_journal import verify_journal
from backoffice_web.stores.restored import begin_new_epoch
from backoffice_web.stores.setup import is_set_up
from shared_web.database import opened
from shared_web.database_files import damage_of, file_of


def open_business(
    url: str, *, wants_demo: bool, owner_email: str | None, owner_password: str | None, now: datetime
) -> list[str]:
    """Load the demo into an empty office where it is wanted; the lines that tell the way in."""
    with opened(url) as database, database.write() as session:
        if is_set_up(session):
            return ["             Password lost? python app.py new-password E-MAIL"]
        if not wants_demo:
            return ["Open the Back Office to create the owner, the first store and its first terminal."]
        demo = load_demo(session, owner_email=owner_email, owner_password=owner_password, now=now)
        session.commit()
    return [
        "Demo         tills: cashier PIN 1111, manager PIN 2222, owner PIN 3333",
        f"             Back Office: {demo.owner_email}, password {demo.shown_password}",
    ]


def settle_embedded_node(url: str, *, token: str | None, now: datetime) -> None:
    """The store node of this very installation comes in by `token`; with None there is none (any more).

    RuleError when paired nodes serve the stores already.
    """
    with opened(url) as database, database.write() as session:
        if token is None:
            end_embedded_node(session)
        else:
            keep_embedded_node(session, token=token, now=now)
        session.commit()


def replace_password(url: str, *, email: str, is_second_factor_lost: bool, now: datetime) -> str:
    """The new password of the person with this e-mail, to be shown once. RuleError when nobody has it."""
    with opened(url) as database, database.write() as session:
        password = give_new_password(
            session, email=email, is_second_factor_lost=is_second_factor_lost, by="command line", now=now
        )
        session.commit()
    return password


def verify(url: str) -> list[str]:
    """What is wrong with the office's database, in sentences. Also while it is in use."""
    with opened(url) as database:
        problems = damage_of(file_of(url)) if database.is_sqlite else []
        if problems:
            return problems
        with database.read() as session:
            return verify_publications(session) + verify_journal(session)


def begin_after_restore(url: str) -> None:
    """Make a migrated office database that was restored, and that nobody serves, fit for its new life."""
    with opened(url) as database, database.write() as session:
        begin_new_epoch(session)
        session.commit()
