"""The one error that a person caused and a person can mend."""

from __future__ import annotations

from collections.abc import Mapping


class RuleError(Exception):
    """A rule was broken; the sentence says how to mend it. Shown with status 422.

    `fields` maps form field names to their own sentences, for an error beside the field.
    """

    status = 422

    def __init__(self, sentence: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fields = dict(fields or {})


class StaleEdit(RuleError):
    """Somebody else saved this record since the form was opened."""

    status = 409


class NotAllowed(RuleError):
    """The signed-in person's role does not hold the permission."""

    status = 403
