"""One frozen Settings, read from the environment, with working defaults.

Invariants: nothing else reads the environment; secrets that are not given are made once and kept in
the home, readable by its owner alone.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VERSION = "0.1.0"
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
SECRET_NAMES = ("pos_secret", "office_secret", "node_token")
# all: both houses in one process; backoffice and store: one house, far from the other.
ROLES = ("all", "backoffice", "store")


@dataclass(frozen=True)
class Settings:
    """Where data lives, where to listen, and what this process is.

    `role` is one of ROLES; `back_office` is the office's address for a store node, if it is given here.
    `proxies` is how many reverse proxies stand in front: only what they say of a caller is believed.
    `workers` are processes of this role that share its databases; more than one need Redis and PostgreSQL.
    """

    home: Path
    host: str
    port: int
    role: str
    back_office: str | None
    office_database: str
    book_database: str
    replica_database: str
    redis_url: str | None
    wants_demo: bool
    owner_email: str | None
    owner_password: str | None
    pos_secret: str
    office_secret: str
    node_token: str
    is_https: bool
    proxies: int
    workers: int
    threads: int
    metrics_token: str | None

    @property
    def has_office(self) -> bool:
        return self.role != "store"

    @property
    def has_store(self) -> bool:
        return self.role != "backoffice"

    @property
    def address(self) -> str:
        """Where a browser on this computer finds what listens."""
        is_here = self.host in {"127.0.0.1", "0.0.0.0", "::", "::1"}  # noqa: S104
        return f"http://{'localhost' if is_here else self.host}:{self.port}"

    @property
    def databases(self) -> dict[str, str]:
        """Those of this role by their names in a backup. The replica too: a restored store sells at once."""
        found = {"office.sqlite3": self.office_database} if self.has_office else {}
        if self.has_store:
            found |= {"book.sqlite3": self.book_database, "replica.sqlite3": self.replica_database}
        return found

    @property
    def served_databases(self) -> list[str]:
        """Those that one server at a time may have. The replica belongs to the book."""
        return [url for name, url in self.databases.items() if name != "replica.sqlite3"]

    @property
    def link_file(self) -> Path:
        """Where a store node keeps how it reaches its office."""
        return self.home / "office_link.json"


def read_settings(
    environment: Mapping[str, str] | None = None, *, role: str | None = None, back_office: str | None = None
) -> Settings:
    """The settings of this process; makes the home folder and its secrets where they are missing.

    `role` and `back_office` are those of the command line, which win over the environment.
    """
    env = os.environ if environment is None else environment
    home = Path(env.get("EVERTILL_HOME", "instance")).absolute()
    # PIN and password hashes are in its databases.
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = _kept_secrets(home / "secrets.json", env)
    book = env.get("EVERTILL_BOOK_DATABASE", f"sqlite:///{home / 'book.sqlite3'}")
    replica = f"sqlite:///{home / 'replica.sqlite3'}" if book.startswith("sqlite") else replica_in(book)
    made = Settings(
        home=home,
        host=env.get("EVERTILL_HOST", "127.0.0.1"),
        port=_whole_number(env, "PORT", 8000),
        role=_role(role or env.get("EVERTILL_ROLE") or "all"),
        back_office=back_office or env.get("EVERTILL_BACK_OFFICE") or None,
        office_database=env.get("EVERTILL_OFFICE_DATABASE", f"sqlite:///{home / 'office.sqlite3'}"),
        book_database=book,
        replica_database=env.get("EVERTILL_REPLICA_DATABASE", replica),
        redis_url=env.get("EVERTILL_REDIS_URL"),
        wants_demo=env.get("EVERTILL_DEMO", "yes").lower() in TRUE_WORDS,
        owner_email=env.get("EVERTILL_OWNER_EMAIL"),
        owner_password=env.get("EVERTILL_OWNER_PASSWORD"),
        pos_secret=kept["pos_secret"],
        office_secret=kept["office_secret"],
        node_token=kept["node_token"],
        is_https=env.get("EVERTILL_HTTPS", "no").lower() in TRUE_WORDS,
        proxies=_whole_number(env, "EVERTILL_PROXIES", 0),
        workers=_whole_number(env, "EVERTILL_WORKERS", 1),
        threads=_whole_number(env, "EVERTILL_THREADS", 64),
        metrics_token=env.get("EVERTILL_METRICS_TOKEN") or None,
    )
    _check_workers(made)
    return made


def _check_workers(made: Settings) -> None:
    is_shared = made.redis_url and not any(url.startswith("sqlite") for url in made.databases.values())
    if made.workers > 1 and not is_shared:
        raise SystemExit(
            "EVERTILL_WORKERS above 1 needs databases in PostgreSQL and EVERTILL_REDIS_URL: docs/operating.md"
        )


def replica_in(book: str) -> str:
    """The replica beside a book in PostgreSQL: a schema of the same database, which only sync writes."""
    return f"{book}{'&' if '?' in book else '?'}options=-csearch_path%3Dreplica"


def _kept_secrets(file: Path, env: Mapping[str, str]) -> dict[str, str]:
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = [name for name in SECRET_NAMES if name not in kept]
    if missing:
        kept |= {name: secrets.token_urlsafe(32) for name in missing}
        draft = file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(kept, indent=2))
        draft.replace(file)
    return {name: env.get(f"EVERTILL_{name.upper()}", kept[name]) for name in SECRET_NAMES}


def _role(text: str) -> str:
    if text not in ROLES:
        raise SystemExit(f"EVERTILL_ROLE must be one of {', '.join(ROLES)}, not {text!r}")
    return text


def _whole_number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise SystemExit(f"{name} must be a whole number, not {text!r}")
    return int(text)
