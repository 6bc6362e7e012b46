"""A backup of a home: whole copies of its databases and its secrets in one folder, with a list of hashes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

from settings import VERSION, Settings
from shared_web.database_files import check_unused, copy_database, put_back
from shared_web.errors import RuleError
from shared_web.language import _

FORMAT = "evertill-backup"
LIST, SECRETS = "backup.json", "secrets.json"
# Makes a database that was put back ready for its new life; gets its URL.
Prepare = Callable[[str], None]


def databases_of(settings: Settings) -> dict[str, str]:
    """The databases of this role by their names in a backup. The replica too: a store sells at once."""
    found = {"office.sqlite3": settings.office_database} if settings.has_office else {}
    if settings.has_store:
        found |= {"book.sqlite3": settings.book_database, "replica.sqlite3": settings.replica_database}
    return found


def back_up(settings: Settings, folder: Path, *, now: datetime) -> list[str]:
    """Write a backup into the empty or new `folder`, also while Evertill serves. The names of its files."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RuleError(_("%(folder)s is not an empty folder. Choose a new one.", folder=folder))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, url in databases_of(settings).items():
        copy_database(url, folder / name)
    secrets = settings.home / SECRETS
    if secrets.exists():
        # Without them no till would know its terminal again.
        shutil.copy(secrets, folder / SECRETS)
    files = {file.name: _hash(file) for file in sorted(folder.iterdir())}
    told = {"format": FORMAT, "version": VERSION, "made_at": now.isoformat(), "files": files}
    # Written last: a folder without it is no backup.
    (folder / LIST).write_text(json.dumps(told, indent=2))
    return list(files)


def restore(settings: Settings, folder: Path, *, prepare: Mapping[str, Prepare]) -> list[str]:
    """Put the databases of this role back from `folder`. Raises RuleError before anything was changed."""
    listed = _checked(folder)
    databases = {name: url for name, url in databases_of(settings).items() if name in listed}
    if not databases:
        raise RuleError(_("This backup holds nothing of what runs here."))
    for url in databases.values():
        check_unused(url)
    for name, url in databases.items():
        put_back(folder / name, url, prepare=prepare.get(name, _as_it_is))
    if SECRETS in listed:
        draft = settings.home / f"{SECRETS}.restoring"
        shutil.copy(folder / SECRETS, draft)
        draft.replace(settings.home / SECRETS)
    return list(databases)


def _checked(folder: Path) -> Mapping[str, str]:
    """The files of a whole backup with their hashes."""
    try:
        told = json.loads((folder / LIST).read_text())
        listed = dict(told["files"]) if told["format"] == FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError):
        raise RuleError(_("%(folder)s holds no whole backup.", folder=folder)) from None
    for name, expected in listed.items():
        file = folder / name
        if Path(name).name != name or not file.is_file() or _hash(file) != expected:
            raise RuleError(_("%(file)s is missing or was changed since the backup.", file=name))
    return listed


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


def _as_it_is(_url: str) -> None:
    """Nothing to do."""
