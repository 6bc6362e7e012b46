"""The bars of the hourly chart: where each stands and how tall it is, ready for an SVG's attributes.

Widths are percent of the figure, so that the words in it keep their size on a phone; heights are pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from babel.dates import format_time, get_time_format

from backoffice_web.reports.day_so_far import HourPair
from shared_web.language import current_locale

HEIGHT = 200
TOP, BASE = 12, 172
MOST_LABELS = 6


@dataclass(frozen=True, kw_only=True)
class Bar:
    """`x`, `width` and `middle` in percent, `y`, `before_y` and the heights in pixels."""

    pair: HourPair
    x: float
    width: float
    middle: float
    y: float
    height: float
    before_y: float
    before_height: float
    words: str
    is_labelled: bool


def bars(hours: Sequence[HourPair]) -> list[Bar]:
    """One bar per hour; an hour of more refunds than sales stands at zero."""
    tallest = max((max(pair.total_cents, pair.before_cents) for pair in hours), default=0)
    every = -(-len(hours) // MOST_LABELS)
    return [_bar(pair, place, len(hours), tallest, every) for place, pair in enumerate(hours)]


def hour_words(hour: int) -> str:
    """`8 AM` or `08`, as the language writes hours."""
    locale = current_locale()
    has_halves = "a" in get_time_format("short", locale=locale).pattern
    return format_time(time(hour), "h a" if has_halves else "HH", locale=locale)


def _bar(pair: HourPair, place: int, count: int, tallest: int, every: int) -> Bar:
    step = 100 / count
    height, before = _height(pair.total_cents, tallest), _height(pair.before_cents, tallest)
    return Bar(
        pair=pair,
        x=round(step * (place + 0.15), 2),
        width=round(step * 0.7, 2),
        middle=round(step * (place + 0.5), 2),
        y=BASE - height,
        height=height,
        before_y=BASE - before,
        before_height=before,
        words=hour_words(pair.hour),
        is_labelled=place % every == 0,
    )


def _height(cents: int, tallest: int) -> float:
    return round((BASE - TOP) * max(cents, 0) / tallest, 1) if tallest > 0 else 0.0
