"""A backup of a home: whole copies of its databases and its secrets in one folder, with a list of hashes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

from shared_web.database_files import check_unused, copy_database, erase, file_of, put_back
from shared_web.errors import RuleError
from shared_web.language import _

FORMAT = "evertill-backup"
LIST, SECRETS, SECRETS_DRAFT = "backup.json", "secrets.json", "secrets.json.restoring"
# In the home: when the last backup of it was made.
LAST = "last_backup.txt"
# Databases by their names in a backup: {"book.sqlite3": URL}.
Databases = Mapping[str, str]
# Makes a database that was put back ready for its new life; gets its URL.
Prepare = Callable[[str], None]


def back_up(databases: Databases, folder: Path, *, home: Path, version: str, now: datetime) -> list[str]:
    """Write a backup into the empty or new `folder`, also while Evertill serves. The names of its files."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RuleError(_("%(folder)s is not an empty folder. Choose a new one.", folder=folder))
    for url in databases.values():
        file_of(url)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, url in databases.items():
        copy_database(url, folder / name)
    secrets = home / SECRETS
    if secrets.exists():
        # Without them no till would know its terminal again.
        shutil.copy(secrets, folder / SECRETS)
    files = {file.name: _hash(file) for file in sorted(folder.iterdir())}
    told = {"format": FORMAT, "version": version, "made_at": now.isoformat(), "files": files}
    # Written last: a folder without it is no backup.
    (folder / LIST).write_text(json.dumps(told, indent=2))
    note_backup(home, now=now)
    return list(files)


def note_backup(home: Path, *, now: datetime) -> None:
    """A backup of what lives in `home` was made, here or by a database server's own tools."""
    (home / LAST).write_text(now.isoformat())


def last_backup(home: Path) -> datetime | None:
    """When the last backup of this home was made; None for never, and for a note that cannot be read."""
    try:
        return datetime.fromisoformat((home / LAST).read_text())
    except (OSError, ValueError):
        return None


def restore(databases: Databases, folder: Path, *, home: Path, prepare: Mapping[str, Prepare]) -> list[str]:
    """Put those of `databases` back that `folder` holds. Raises RuleError before anything was changed."""
    listed = _checked(folder)
    found = {name: url for name, url in databases.items() if name in listed}
    if not found:
        raise RuleError(_("This backup holds nothing of what runs here."))
    for url in found.values():
        check_unused(url)
    for name, url in found.items():
        put_back(folder / name, url, prepare=prepare.get(name, _as_it_is))
    if SECRETS in listed:
        draft = home / SECRETS_DRAFT
        shutil.copy(folder / SECRETS, draft)
        draft.replace(home / SECRETS)
    return list(found)


def erase_home(databases: Databases, *, home: Path, others: Iterable[Path]) -> None:
    """Erase `databases`, the secrets and what else lives here. Raises InUse before anything was erased."""
    for url in databases.values():
        check_unused(url)
    for url in databases.values():
        erase(url)
    for file in (home / SECRETS_DRAFT, home / SECRETS, home / LAST, *others):
        file.unlink(missing_ok=True)


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
