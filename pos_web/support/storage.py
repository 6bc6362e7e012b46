"""How much room the store node's computer has left, and how much its databases take."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from shared_web.database_files import NotAFile, beside, file_of

# Below this a day's sales still fit, and somebody has a day to make room.
LITTLE = 500 * 1024 * 1024


@dataclass(frozen=True)
class Storage:
    """Sizes in bytes."""

    free: int
    total: int
    used_by_databases: int

    @property
    def is_little(self) -> bool:
        return self.free < LITTLE


def storage_of(*urls: str) -> Storage | None:
    """The room where the databases lie; None when a database server keeps them."""
    try:
        files = [file_of(url) for url in urls]
        disk = shutil.disk_usage(files[0].parent)
        sizes = [each.stat().st_size for file in files for each in (file, *beside(file)) if each.exists()]
    except (NotAFile, OSError):
        return None
    return Storage(free=disk.free, total=disk.total, used_by_databases=sum(sizes))
