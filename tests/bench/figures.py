"""What a bench says: one figure a row, with the bar that it must hold, printed or written as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """`bar` is the highest allowed figure; None: only reported, and then it holds.

    `figure` is None where it could not be measured; a bar then neither holds nor is missed.
    """

    name: str
    figure: float | None
    unit: str
    bar: float | None = None

    @property
    def is_measured(self) -> bool:
        return self.figure is not None

    @property
    def holds(self) -> bool:
        return self.bar is None or self.figure is None or self.figure <= self.bar


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of all values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(ceil(len(ranked) * percent / 100), 1) - 1]


def show(figures: Sequence[Figure]) -> None:
    """Print the figures as a Markdown table, as docs/performance.md holds it."""
    rows = [("what", "measured", "bar", "")] + [
        (each.name, _measured(each), _bar(each), _verdict(each)) for each in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for index, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if index == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def write_json(figures: Sequence[Figure], file: Path) -> None:
    """One object a row: name, figure, unit, bar, holds (null for what was not measured)."""
    rows = [{**asdict(each), "holds": None if each.figure is None else each.holds} for each in figures]
    file.write_text(json.dumps(rows, indent=2))


def _measured(figure: Figure) -> str:
    return "not measured" if figure.figure is None else f"{figure.figure:,.2f} {figure.unit}"


def _bar(figure: Figure) -> str:
    return "" if figure.bar is None else f"≤ {figure.bar:g} {figure.unit}"


def _verdict(figure: Figure) -> str:
    if figure.bar is None or figure.figure is None:
        return ""
    return "holds" if figure.holds else "MISSED"
