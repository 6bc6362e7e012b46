"""Imports into the test office, and what is saved and written by them."""

from __future__ import annotations

from sqlalchemy import func, select

from backoffice_web.catalog.draft import draft_of_item
from backoffice_web.catalog.item import Item
from backoffice_web.catalog.save_item import save_item
from backoffice_web.imports.formats.detect import read_catalog
from backoffice_web.imports.import_run import ImportRun
from backoffice_web.imports.known_key import KnownKey
from backoffice_web.imports.plan import plan
from backoffice_web.imports.product import StoreFacts
from backoffice_web.imports.readings import examine, new_run
from backoffice_web.imports.save import save_import, save_plan
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.publication import Mark
from backoffice_web.stores.store import Store
from tests.backoffice_web.builders import DOWNTOWN, NOON

BY = "Max Manager"


def plan_of(office, content, *, store_id=DOWNTOWN, **options):
    """The plan of a file as a fresh reading session sees it."""
    content = content.encode() if isinstance(content, str) else content
    with office.read() as session:
        store = session.get(Store, store_id)
        facts = StoreFacts(currency=store.currency, locale=store.locale, name=store.name)
        reading = read_catalog(content, store=facts, **options)
        return plan(session, reading, store=store)


def take_in(office, content, *, store_id=DOWNTOWN, **options):
    """Plan a file and save the plan; returns it."""
    content = content.encode() if isinstance(content, str) else content
    with office.write() as session:
        store = session.get(Store, store_id)
        facts = StoreFacts(currency=store.currency, locale=store.locale, name=store.name)
        made = plan(session, read_catalog(content, store=facts, **options), store=store)
        save_plan(session, made, by=BY, now=NOON)
        return made


def uploaded(office, content, *, store_id=DOWNTOWN):
    """The id of a run that waits at its dry run."""
    content = content.encode() if isinstance(content, str) else content
    with office.read() as session:
        store = session.get(Store, store_id)
        found = examine(session, content=content, store=store)
    run = new_run(content=content, file_name="catalog.csv", store=store, found=found, by=BY, now=NOON)
    with office.write() as session:
        session.add(run)
    return run.id


def save(office, run_id):
    with office.write() as session:
        return save_import(session, run=session.get(ImportRun, run_id), by=BY, now=NOON)


def states(plan):
    return {item.product.name: item.state for item in plan.items}


def fields(plan, name):
    return next(dict(item.fields) for item in plan.items if item.product.name == name)


def reasons(plan):
    return {refusal.row: refusal.reason for refusal in plan.refusals}


def remarks(plan):
    return [notice.remark for notice in plan.notices]


def saved_items(office):
    """Name → draft of every item that is not archived."""
    with office.read() as session:
        rows = session.scalars(select(Item).where(~Item.is_archived)).all()
        return {row.name: draft_of_item(row) for row in rows}


def item_id(office, name):
    with office.read() as session:
        return session.scalar(select(Item.id).where(Item.name == name))


def edit(office, name, change):
    """Save what `change` makes of the item's draft, as a person's edit."""
    with office.write() as session:
        item = session.scalar(select(Item).where(Item.name == name))
        save_item(session, change(draft_of_item(item)), item_id=item.id, by="Olivia Owner", now=NOON)


def written(office):
    """How many rows a save leaves behind: journal entries, marks, known keys, items."""
    with office.read() as session:
        models = (JournalEntry, Mark, KnownKey, Item)
        return [session.scalar(select(func.count()).select_from(model)) for model in models]
