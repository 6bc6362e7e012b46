"""Is a choice of modifiers complete? Each group has a minimum and a maximum (0 = no limit)."""

from __future__ import annotations

from collections.abc import Sequence

from shared_web.errors import RuleError
from shared_web.language import _, ngettext
from sync_contract.records import ModifierGroup
from sync_contract.uploads import LineModifier


class ModifierRequired(RuleError):
    """A group of modifiers has too few or too many chosen; the sentence names the group."""


def check_choice(groups: Sequence[ModifierGroup], chosen: Sequence[str]) -> tuple[LineModifier, ...]:
    """The chosen modifiers in the groups' order. Raises ModifierRequired.

    A key may be in several groups (then it counts in the first); a key in no group is refused.
    """
    left = list(dict.fromkeys(chosen))
    picked: list[LineModifier] = []
    for group in groups:
        mine = [modifier for modifier in group.modifiers if modifier.key in left]
        if problem := problem_of(group, len(mine)):
            raise ModifierRequired(problem)
        left = [key for key in left if key not in {modifier.key for modifier in mine}]
        picked += [
            LineModifier(modifier=each.key, name=each.name, price_cents=each.price_cents) for each in mine
        ]
    if left:
        raise ModifierRequired(_("One of these choices is no longer offered. Choose again."))
    return tuple(picked)


def problem_of(group: ModifierGroup, count: int) -> str:
    """What is wrong with `count` chosen modifiers of the group, as a sentence; empty when nothing is."""
    if count < group.minimum:
        return ngettext(
            "%(group)s: choose one.", "%(group)s: choose at least %(count)s.", group.minimum, group=group.name
        )
    if group.maximum and count > group.maximum:
        return ngettext(
            "%(group)s: choose only one.",
            "%(group)s: choose at most %(count)s.",
            group.maximum,
            group=group.name,
        )
    return ""
