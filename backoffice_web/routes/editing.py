"""The one way in which records are edited: show, save, save and publish, conflict – for every editor.

A form is a plain post and works without script; with it, in_place.js sends it. What cannot be saved comes
back as it was typed, with 422 and sentences beside its fields, or with 409 and both values where somebody
else was faster.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from backoffice_web import current
from backoffice_web.database import Edited, new_key
from backoffice_web.editing import NoSuchRecord
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.publish import PublicationResult, publish
from backoffice_web.publishing.saved_change import changed_fields
from backoffice_web.reports.pending_records import RecordChange, record_changes
from backoffice_web.reports.reach import act_of, registered_terminals
from backoffice_web.routes.scope import check_reach, hidden_names, my_stores, veiled
from backoffice_web.sent_form import SentForm, claim, digest_of
from backoffice_web.stores.store import Store
from shared_web.answers import go_to, toast
from shared_web.errors import NotAllowed, RuleError, StaleEdit
from shared_web.language import _
from sync_contract.notice import Notice

Row = TypeVar("Row", bound=Edited)
Draft = TypeVar("Draft")
Texts = TypeVar("Texts")


@dataclass(frozen=True)
class Conflict:
    """What somebody else saved since the form was opened: (label, theirs, yours) where they differ."""

    by: str
    at: datetime | None
    fields: Sequence[tuple[str, str, str]]


class Editor(ABC, Generic[Row, Draft, Texts]):
    """What one kind of record brings to the common editor. Made anew for each request."""

    endpoint: str
    """Blueprint with the views `index`, `new`, `show`, `create` and `update`."""
    template: str
    model: type[Row]
    is_published = True
    is_always_published = False
    """People: nothing of them is saved without being published."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @abstractmethod
    def blank(self) -> Texts:
        """The fields of a record that does not exist yet."""

    @abstractmethod
    def draft_of(self, row: Row) -> Draft: ...

    @abstractmethod
    def texts_of(self, draft: Draft) -> Texts: ...

    @abstractmethod
    def posted(self, form: MultiDict[str, str]) -> Texts: ...

    @abstractmethod
    def read(self, texts: Texts, before: Draft | None) -> Draft:
        """The draft in the fields. Raises RuleError with fields."""

    @abstractmethod
    def save(self, draft: Draft, *, key: str | None, revision: int | None, by: str, now: datetime) -> Row: ...

    @abstractmethod
    def words(self, draft: Draft) -> Mapping[str, str]: ...

    @abstractmethod
    def records(self, key: str) -> list[tuple[str, str]]:
        """The published records behind this one."""

    def saved_title(self, row: Row) -> str:
        """What the toast says first; nothing leaves it to the versions that were published."""
        return ""

    def warnings(self, row: Row) -> list[dict[str, str]]:
        """Toasts about what was saved and had better be otherwise, or was not as it was asked for."""
        return []

    def pressed(self, texts: Texts, action: str) -> Texts:
        """The fields after a button that does not save: the row buttons."""
        if action == "add-row":
            return self.add_row(texts)
        match = re.fullmatch(r"remove-row-([0-9]{1,4})", action, re.ASCII)
        return self.remove_row(texts, int(match[1])) if match else texts

    def add_row(self, texts: Texts) -> Texts:
        return texts

    def remove_row(self, texts: Texts, index: int) -> Texts:
        return texts

    def stores(self, row: Row | None) -> list[Store]:
        """The stores that a publication of this record goes to."""
        return my_stores(self.session)

    def belongs_to(self, row: Row) -> Collection[str]:
        """The ids of the stores that the record belongs to; none: it is the enterprise's."""
        return ()

    def context(self) -> dict[str, Any]:
        """What the template needs besides: lists to choose from."""
        return {}


AnyEditor = Editor[Any, Any, Any]


def show_new(make: type[AnyEditor]) -> ResponseReturnValue:
    with current.read() as session:
        editor = make(session)
        return _page(editor, editor.blank(), row=None)


def show_record(make: type[AnyEditor], key: str) -> ResponseReturnValue:
    with current.read() as session:
        editor = make(session)
        row = _existing(editor, key)
        return _page(editor, editor.texts_of(editor.draft_of(row)), row=row)


def save_record(make: type[AnyEditor], key: str | None = None) -> ResponseReturnValue:
    """What the save bar's buttons and the row buttons of a form ask for."""
    action = request.form.get("action", "save")
    is_saving = action in ("save", "publish")
    with current.write() if is_saving else current.read() as session:
        editor = make(session)
        row = _existing(editor, key) if key else None
        texts = editor.posted(request.form)
        if not is_saving:
            return _page(editor, editor.pressed(texts, action), row=row, is_dirty=True)
        is_publishing = action == "publish" or editor.is_always_published
        return _save(editor, texts, row, key, is_publishing=is_publishing)


def _save(
    editor: AnyEditor, texts: Any, row: Any, key: str | None, *, is_publishing: bool
) -> ResponseReturnValue:
    session = editor.session
    before = editor.draft_of(row) if row is not None else None
    by, now = current.account().name, current.now()
    if is_publishing and not editor.is_always_published and not current.account().may("publish"):
        raise NotAllowed(_("Your role does not allow publishing. Ask a manager to publish."))
    try:
        sent = _sent_form(session, now)
        if sent.url:
            return go_to(sent.url, toasts=sent.toasts)
        draft = editor.read(texts, before)
        saved = editor.save(draft, key=key, revision=_revision(), by=by, now=now)
        check_reach(*editor.belongs_to(saved))
        results = _publish(editor, saved, by=by, now=now) if is_publishing else []
        sent.url, sent.toasts = _saved(editor, saved, results, is_published=is_publishing)
        session.commit()
    except (StaleEdit, StaleDataError):
        session.rollback()
        return _conflict_page(editor, texts, key or "")
    except (NoSuchRecord, NotAllowed):
        raise
    except (RuleError, IntegrityError) as problem:
        session.rollback()
        row = _existing(editor, key) if key else None
        return _page(editor, texts, row=row, errors=_errors(problem), status=422, is_dirty=True)
    announce(results)
    return go_to(sent.url, toasts=sent.toasts)


def _sent_form(session: Session, now: datetime) -> SentForm:
    """Where this form's answer is kept, or is already; for a form without a key, for nobody."""
    if not request.form.get("form_key"):
        return SentForm()
    fields = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
    files = [(name, file.filename or "") for name, file in request.files.items(multi=True)]
    by = current.account().employee_id
    return claim(session, digest_of(by=by, path=request.path, fields=fields + files), now=now)


def _publish(editor: AnyEditor, row: Any, *, by: str, now: datetime) -> list[PublicationResult]:
    concerned = [store.id for store in editor.stores(row)]
    wanted = request.form.getlist("publish_to")
    stores = [key for key in concerned if key in wanted] if "chooses_stores" in request.form else concerned
    if not stores:
        if editor.is_always_published:
            return []
        raise RuleError(_("Choose at least one store to publish to."))
    results = publish(
        editor.session,
        stores=stores,
        records=editor.records(row.id),
        by=by,
        now=now,
        urgent=editor.is_always_published,
    )
    refused = [refusal.sentence for result in results for refusal in result.refused]
    if refused:
        raise RuleError(" ".join(dict.fromkeys(refused)))
    return results


def announce(results: Sequence[PublicationResult]) -> None:
    """Tell the stores and the open pages of the new versions, after the commit."""
    current.announce_publications(
        Notice(store=result.store_id, version=result.version, urgent=result.is_urgent)
        for result in results
        if result.change_count
    )
    current.office().announcer.announce("office:saved", {}, room="office")


def _saved(
    editor: AnyEditor, row: Any, results: Sequence[PublicationResult], *, is_published: bool
) -> tuple[str, list[dict[str, str]]]:
    """Where the answer leads, and what it says there."""
    published = [result for result in results if result.change_count]
    url = url_for(f"{editor.endpoint}.show", key=row.id, published=published_words(published) or None)
    told = _toast(editor, published, is_published=is_published)
    if title := editor.saved_title(row):
        told |= {
            "title": title,
            "detail": f"{told['title']} · {told['detail']}" if published else told["detail"],
        }
    return url, [told, *editor.warnings(row)]


def _toast(
    editor: AnyEditor, published: Sequence[PublicationResult], *, is_published: bool
) -> dict[str, str]:
    if published:
        return published_toast(published)
    if is_published or not editor.is_published:
        return toast("success", _("Saved."), _("Nothing changes at the tills.") if is_published else "")
    return toast("success", _("Saved. Not on the POS yet."))


def published_toast(results: Sequence[PublicationResult]) -> dict[str, str]:
    """`Published v43`, or every store's version where they differ."""
    versions = " · ".join(f"v{version}" for version in sorted({result.version for result in results}))
    return toast("success", _("Published %(versions)s", versions=versions), _("The tills are being told."))


def published_words(results: Sequence[PublicationResult]) -> str:
    """For the address of the page that follows how far it has come; empty where nothing was published."""
    return next((act_of(result.publication_id) for result in results if result.publication_id), "")


def _conflict_page(editor: AnyEditor, texts: Any, key: str) -> ResponseReturnValue:
    row = _existing(editor, key)
    saved = editor.draft_of(row)
    mine = editor.read(texts, saved)
    differing = changed_fields(editor.words(saved), editor.words(mine))
    hidden = hidden_names(editor.session)
    fields = [
        (veiled(label, hidden), veiled(theirs, hidden), veiled(yours, hidden))
        for label, (theirs, yours) in differing.items()
    ]
    entry = _last_entry(editor, key)
    conflict = Conflict(by=entry.by if entry else "", at=entry.at if entry else None, fields=fields)
    response = make_response(_page(editor, texts, row=row, conflict=conflict, status=409, is_dirty=True))
    # htmx shows no answer of 409 by itself.
    response.headers["HX-Reswap"] = "morph:innerHTML"
    return response


def _page(
    editor: AnyEditor,
    texts: Any,
    *,
    row: Any,
    errors: Mapping[str, str] | None = None,
    conflict: Conflict | None = None,
    status: int = 200,
    is_dirty: bool = False,
) -> ResponseReturnValue:
    stores = editor.stores(row)
    changes = _changes(editor, row) if row is not None and editor.is_published else []
    page = render_template(
        editor.template,
        editor=editor,
        form=texts,
        row=row,
        errors=defaultdict(str, errors or {}),
        conflict=conflict,
        form_key=new_key(),
        is_dirty=is_dirty or row is None,
        publish_stores=stores,
        terminal_counts=registered_terminals(
            editor.session, [store.id for store in stores], now=current.now()
        ),
        changes=changes,
        published=request.args.get("published", ""),
        **editor.context(),
    )
    return page, status


def _changes(editor: AnyEditor, row: Any) -> list[RecordChange]:
    return record_changes(editor.session, editor.records(row.id), stores=editor.stores(row))


def _existing(editor: AnyEditor, key: str) -> Any:
    row = editor.session.get(editor.model, key, populate_existing=True)
    if row is None:
        raise NoSuchRecord(_("This record does not exist."))
    check_reach(*editor.belongs_to(row))
    return row


def _errors(problem: RuleError | IntegrityError) -> dict[str, str]:
    if isinstance(problem, IntegrityError):
        # Both were checked before either was there; the database took one. The next save names the field.
        return {"": _("Somebody else saved the same name or number at this very moment. Save once more.")}
    return problem.fields or {"": problem.sentence}


def _revision() -> int | None:
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _last_entry(editor: AnyEditor, key: str) -> JournalEntry | None:
    kinds = [kind for kind, _key in editor.records(key)]
    return editor.session.scalar(
        select(JournalEntry)
        .where(JournalEntry.kind.in_(kinds), JournalEntry.key == key)
        .order_by(JournalEntry.at.desc())
        .limit(1)
    )
