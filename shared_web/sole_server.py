"""At most one server over a database that is a file: nobody would refuse a second one, and both would sync.

Invariants: what is held is held by the process and all that it forks, and is freed by the kernel when the
last of them is gone, however that came about; commands that look, or write a little, need none of it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep

import structlog

from shared_web.database_files import file_of, lock_of
from shared_web.errors import RuleError
from shared_web.language import _

# A worker whose master was killed notices it within a second, and then ends what it has begun.
PATIENCE_S = 10.0
LOOKS_EVERY_S = 0.1
log = structlog.get_logger("evertill.serving")


class ServedAlready(RuleError):
    """Another server has the database."""


@contextmanager
def sole_server(
    urls: Iterable[str], *, patience_s: float = PATIENCE_S, tell: Callable[[str], None] = lambda said: None
) -> Iterator[None]:
    """Within it no other server has any of these databases. Those of a database server are for many.

    A server that is just ending is waited for, which `tell` says. Raises ServedAlready.
    """
    ends_at = monotonic() + patience_s
    with ExitStack() as stack:
        for file in sorted({file_of(url) for url in urls if url.startswith("sqlite")}):
            try:
                held = _hold(file, ends_at, tell)
            except OSError as problem:
                # A store that cannot even keep an empty file sells from what it has.
                log.warning("the lock of a database cannot be kept", file=str(file), problem=str(problem))
                continue
            # Only ever closed: to unlock it would unlock it for those that were forked as well.
            stack.callback(os.close, held)
        yield


def _hold(file: Path, ends_at: float, tell: Callable[[str], None]) -> int:
    """The open file. Raises ServedAlready, and OSError where nothing can be held."""
    is_told = False
    while (held := _try_to_hold(lock_of(file))) is None:
        if monotonic() >= ends_at:
            raise ServedAlready(
                _(
                    "Another Evertill serves %(file)s. Stop that one first, or give this one a home of its "
                    "own (EVERTILL_HOME).",
                    file=file,
                )
            )
        if not is_told:
            tell(_("Another Evertill serves %(file)s: waiting for it to end.", file=file))
            is_told = True
        sleep(LOOKS_EVERY_S)
    return held


def _try_to_hold(lock: Path) -> int | None:
    """The open file; None while somebody else holds it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_in_place(opened, lock):
            return opened
    except BlockingIOError:
        pass
    except BaseException:
        os.close(opened)
        raise
    os.close(opened)
    return None


def _is_in_place(opened: int, lock: Path) -> bool:
    """Whoever held it before may have removed it: then another one of that name may be held already."""
    try:
        return os.path.samestat(os.fstat(opened), lock.stat())
    except FileNotFoundError:
        return False
