"""A form that was sent too early: the pages of what comes first carry it along, and send it again."""

from __future__ import annotations

import msgspec
from flask import request

from backoffice_web.signing_in import own_address
from sync_contract.readers import reader

# Never sent back to the page: whoever typed one goes back to where they did.
SECRETS = {"pin", "badge", "password", "password_again", "current_password"}
OF_THE_MOMENT = {"csrf_token", "again", "kept"}


class KeptForm(msgspec.Struct, frozen=True):
    """`path` within this house, and the fields in their order."""

    path: str
    fields: list[tuple[str, str]]

    @property
    def packed(self) -> str:
        return msgspec.json.encode(self).decode()


_READER = reader(KeptForm)


def sent_form() -> KeptForm | None:
    """What this request sends; None when it cannot be kept: with a secret, or a file."""
    return None if has_secrets() else KeptForm(request.path, typed_fields())


def has_secrets() -> bool:
    """Does this request send a secret or a file? An empty field for one is none."""
    return any(request.form.get(name) for name in SECRETS) or any(request.files.values())


def typed_fields() -> list[tuple[str, str]]:
    """The fields of this request that a page may hold until they are sent again."""
    left_out = SECRETS | OF_THE_MOMENT
    return [pair for pair in request.form.items(multi=True) if pair[0] not in left_out]


def carried_form() -> KeptForm | None:
    """The form that this request's page carried along; None without one, or when it is no form of ours."""
    try:
        kept = _READER.decode(request.form.get("kept", ""))
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    return kept if own_address(kept.path) else None
