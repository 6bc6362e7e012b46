"""Punches as a store would send them."""

from datetime import date, timedelta

from backoffice_web.attendance.shift import Shift
from backoffice_web.ledger.ingest import ingest
from sync_contract.uploads import TimePunch, encode_document
from tests.backoffice_web.builders import DOWNTOWN, NOON


def punch(event="clock_in", *, hours=0.0, shift="shift-1", uuid=None, **fields):
    """A press of Cara's, `hours` after noon."""
    usual = {
        "uuid": uuid or f"{shift}-{event}-{hours}",
        "store": DOWNTOWN,
        "terminal": "register-1",
        "employee": "cara",
        "employee_name": "Cara Cashier",
        "shift": shift,
        "event": event,
        "at": NOON + timedelta(hours=hours),
        "business_date": date(2025, 3, 14),
        "role": "cashier",
        "role_name": "Cashier",
    }
    return TimePunch(**{**usual, **fields})


def send(office, *punches, store=DOWNTOWN):
    with office.write() as session:
        contents = [encode_document(each) for each in punches]
        return [each.outcome for each in ingest(session, store_id=store, documents=contents, now=NOON)]


def the_shift(office, key="shift-1"):
    with office.read() as session:
        return session.get(Shift, key)
