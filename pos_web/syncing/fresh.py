"""What a part of a full set adds where nothing stands in its way: worked out before anything is written.

Invariant: a pure function of the changes. Nothing is looked up, which is most of the time that it saves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pos_web.syncing.bulk import Row
from pos_web.syncing.derive import barcode_rows, item_row
from sync_contract.changes import Change
from sync_contract.digest import EMPTY, record_hash
from sync_contract.records import KINDS, decode

Known = tuple[str, str]


@dataclass(slots=True)
class Fresh:
    """`changes`: the newest of each record. `digest`: the sum of their hashes, not yet reduced.

    `codes`: rows of `barcode_index`, each packed into one text that takes a third of the memory and is sorted
    in no time; `unpacked` gives them back.
    """

    changes: dict[Known, Change]
    digest: int = EMPTY
    counts: Counter[str] = field(default_factory=Counter)
    records: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)


def work_out(store_id: str, chunk: Iterable[Change]) -> Fresh:
    """Raises UnreadableRecord."""
    fresh = Fresh({(change.kind, change.key): change for change in chunk})
    for (kind, key), change in fresh.changes.items():
        if (body := change.body) is None:
            continue
        fresh.digest += record_hash(kind, key, body)
        fresh.counts[kind] += 1
        fresh.records.append((store_id, kind, key, change.version, body))
        # An unknown kind is of a newer office: its bytes are kept for the release that knows it.
        if kind in KINDS:
            record = decode(kind, body)
            if kind == "item":
                fresh.items.append(item_row(store_id, key, record))
                fresh.codes += ["\0".join(row[1:]) for row in barcode_rows(store_id, key, record)]
    return fresh


def unpacked(store_id: str, code: str) -> Row:
    return (store_id, *code.rsplit("\0", 2))
