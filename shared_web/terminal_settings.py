"""What is wrong with the settings of a terminal, in words: the till and the Back Office both edit them."""

from __future__ import annotations

from collections import defaultdict

from shared_web.language import _, languages
from sync_contract.owned import LONGEST_PREFIX, TerminalSettings, wrong_fields


def settings_errors(settings: TerminalSettings) -> dict[str, str]:
    """A sentence for each field that cannot be as it is; empty when all is well."""
    wrong = wrong_fields(settings)
    if settings.language and settings.language not in languages() and "language" not in wrong:
        wrong.append("language")
    sentences = defaultdict(lambda: _("Choose one of these."))
    sentences["volume"] = _("Enter 0 to 100.")
    sentences["scanner_prefix"] = _(
        "Use at most %(count)s plain letters, digits and signs, as a scanner types them.",
        count=LONGEST_PREFIX,
    )
    return {name: sentences[name] for name in wrong}
