"""The options of a plain file's rows, in each of the four ways that files write them.

"Option 1 name" / "Option 1 value" pairs; "RAM|storage" lists with "8GB|1TB" values; a column per option,
whose header is its name; one variation name per row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backoffice_web.imports.cell_text import clean
from backoffice_web.imports.formats import plain_columns as role
from backoffice_web.imports.table import Row

LIST_SEPARATOR = "|"
VARIATION_NAME = "Variation"
ONLY_VARIATION = "regular"


class OptionColumns:
    """Every option has a slot, the same in all rows of a product; the product's first rows name the slots."""

    def __init__(self, roles: Mapping[str, str]) -> None:
        by_role = {given: column for column, given in roles.items()}
        self.pairs = [
            (f"pair {place}", by_role.get(role.OPTION_NAME[place], ""), by_role[value_role])
            for place, value_role in enumerate(role.OPTION_VALUE)
            if value_role in by_role
        ]
        self.list_names = by_role.get(role.OPTION_NAMES, "")
        self.list_values = by_role.get(role.OPTION_VALUES, "")
        self.own_columns = [column for column, given in roles.items() if given == role.OPTION]
        self.variation = by_role.get(role.VARIATION, "")

    def __bool__(self) -> bool:
        return bool(self.pairs or self.list_values or self.own_columns or self.variation)

    def names(self, rows: Sequence[Row]) -> dict[str, str]:
        """Slot → option name, for the slots that at least one of the product's rows fills."""
        filled = {slot for row in rows for slot in self._slots(row)}
        if self._is_only_variation(rows):
            filled.discard("variation")
        named: dict[str, str] = {}
        for row in rows:
            for slot, name in self._slot_names(row).items():
                if slot in filled and name:
                    named.setdefault(slot, name)
        unnamed = {slot: self._fallback_name(slot) for slot in filled if slot not in named}
        return self._distinct({**named, **unnamed})

    def values(self, row: Row, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """(name, value) of the row. Without `names` every filled slot counts, under its own name."""
        slots = self._slots(row)
        if not names:
            return tuple(slots.items())
        return tuple((name, slots[slot]) for slot, name in names.items() if slot in slots)

    def _slots(self, row: Row) -> dict[str, str]:
        found = {slot: row[column] for slot, _name, column in self.pairs}
        found |= {f"list {place}": value for place, value in enumerate(_listed(row[self.list_values]))}
        found |= {f"own {column}": row[column] for column in self.own_columns}
        found["variation"] = row[self.variation]
        return {slot: text for slot, value in found.items() if (text := clean(value))}

    def _slot_names(self, row: Row) -> dict[str, str]:
        found = {slot: clean(row[name_column]) for slot, name_column, _value in self.pairs}
        found |= {f"list {place}": clean(name) for place, name in enumerate(_listed(row[self.list_names]))}
        found |= {f"own {column}": column for column in self.own_columns}
        found["variation"] = VARIATION_NAME
        return found

    def _is_only_variation(self, rows: Sequence[Row]) -> bool:
        """Square writes "Regular" where there is nothing to choose, and repeats options in the variation."""
        has_others = any(slot != "variation" for row in rows for slot in self._slots(row))
        return has_others or (
            len(rows) == 1 and clean(rows[0][self.variation]).casefold() in ("", ONLY_VARIATION)
        )

    @staticmethod
    def _fallback_name(slot: str) -> str:
        return f"Option {int(slot.split()[-1]) + 1}" if slot.split()[-1].isdigit() else VARIATION_NAME

    @staticmethod
    def _distinct(names: Mapping[str, str]) -> dict[str, str]:
        """The same names with no two alike, so that values can be told apart."""
        taken: dict[str, str] = {}
        for slot, name in names.items():
            taken[slot] = name if name not in taken.values() else f"{name} ({len(taken) + 1})"
        return taken


def _listed(text: str) -> list[str]:
    return text.split(LIST_SEPARATOR) if text.strip() else []
