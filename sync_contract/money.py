"""Arithmetic on minor units that both houses must do alike. No floats, no formats."""

from __future__ import annotations

from collections.abc import Sequence


def divide_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded half away from zero, as US sales-tax statutes round."""
    if denominator <= 0:
        raise ValueError("the denominator must be positive")
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def share_out(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Split `total_cents` over `weights` in whole minor units that sum to it exactly.

    Largest remainder; ties go to the earlier part. Weights must not be negative and not all zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative and not all zero")
    sign = -1 if total_cents < 0 else 1
    exact = [divmod(abs(total_cents) * weight, whole) for weight in weights]
    parts = [quotient for quotient, _remainder in exact]
    by_remainder = sorted(range(len(weights)), key=lambda index: -exact[index][1])
    for index in by_remainder[: abs(total_cents) - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]
