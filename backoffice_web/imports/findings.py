"""Collects what a reader refuses and remarks on, in the order of the file."""

from __future__ import annotations

from backoffice_web.imports.product import Notice, Refusal

SHOWN_VALUE_LENGTH = 80


class Findings:
    def __init__(self) -> None:
        self.refusals: list[Refusal] = []
        self.notices: list[Notice] = []

    def refuse(self, row: int | None, reason: str, *, column: str = "", value: str = "") -> None:
        self.refusals.append(Refusal(row=row, reason=reason, column=column, value=shown(value)))

    def remark(self, row: int | None, remark: str, *, column: str = "", value: str = "") -> None:
        self.notices.append(Notice(row=row, remark=remark, column=column, value=shown(value)))


def shown(value: str) -> str:
    """`value` short enough for a table cell and free of characters that would break a line."""
    printable = "".join(character if character.isprintable() else " " for character in value[:400])
    text = " ".join(printable.split())
    return text if len(text) <= SHOWN_VALUE_LENGTH else text[: SHOWN_VALUE_LENGTH - 1] + "…"
