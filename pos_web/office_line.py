"""The store's line to the Back Office, in the words of the bar under every header of the POS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g

from pos_web import current
from pos_web.sync_view import sync_view
from pos_web.syncing.status import SyncStatus
from shared_web.formats import local_datetime, local_time
from shared_web.language import _, ngettext

TODAY = timedelta(hours=12)


@dataclass(frozen=True)
class OfficeLine:
    """`words` promise only what really goes on without the office; empty while the line stands."""

    is_offline: bool
    words: str = ""


def office_line() -> OfficeLine:
    """How the line stands, for the asking terminal's store."""
    status = sync_view()
    if status is None or status.offline_since is None:
        return OfficeLine(is_offline=False)
    return OfficeLine(is_offline=True, words=_words(status, status.offline_since))


def _words(status: SyncStatus, offline_since: datetime) -> str:
    since = _("Offline since %(time)s", time=_clock(offline_since))
    if status.version == 0:
        return f"{since} – {_('this till has no catalog yet and waits for the Back Office.')}"
    goes_on = _("sales continue, and are sent when the Back Office answers again.")
    if not status.outbox_length:
        return f"{since} – {goes_on}"
    waits = ngettext("%(count)s document waits.", "%(count)s documents wait.", status.outbox_length)
    return f"{since} – {goes_on} {waits}"


def _clock(moment: datetime) -> str:
    profile = g.get("store_profile")
    zone = profile.time_zone if profile is not None else "UTC"
    is_recent = current.now() - moment < TODAY
    return local_time(moment, zone) if is_recent else local_datetime(moment, zone, "short")
