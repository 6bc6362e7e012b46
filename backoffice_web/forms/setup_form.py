"""The fields of the first visit as texts. Secrets that were typed never come back to the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from backoffice_web.editing import Complaints
from backoffice_web.forms.typed import rate_millionths
from backoffice_web.stores.first_business import FirstBusiness
from shared_web.language import _


@dataclass(frozen=True, kw_only=True)
class SetupTexts:
    business_name: str = ""
    owner_name: str = ""
    email: str = ""
    store_name: str = ""
    currency: str = "USD"
    locale: str = "en_US"
    time_zone: str = "America/New_York"
    tax_name: str = ""
    tax_rate: str = ""
    tax_kind: str = "additive"
    terminal_name: str = "Register 1"


def posted_setup(form: Mapping[str, str]) -> SetupTexts:
    return SetupTexts(**{field.name: form.get(field.name, "")[:500] for field in fields(SetupTexts)})


def read_setup(texts: SetupTexts, *, password: str, pin: str) -> FirstBusiness:
    """Raises RuleError with a sentence for every field that is wrong by itself."""
    complaints = Complaints()
    for name in ("business_name", "owner_name", "store_name", "terminal_name"):
        complaints.check_name(getattr(texts, name), longest=80, field=name)
    rate = 0
    if texts.tax_rate.strip():
        rate = rate_millionths(texts.tax_rate, "tax_rate", complaints)
    if rate and not texts.tax_name.strip():
        complaints.add("tax_name", _("Enter the name of the tax, as it stands on receipts."))
    if not texts.email.strip():
        complaints.add("email", _("Enter the e-mail address to sign in with."))
    if not password:
        complaints.add("password", _("Enter a password."))
    if not pin:
        complaints.add("pin", _("Enter a PIN of %(count)s digits.", count=4))
    complaints.raise_if_any()
    return FirstBusiness(
        business_name=texts.business_name,
        owner_name=texts.owner_name,
        email=texts.email,
        password=password,
        pin=pin,
        store_name=texts.store_name,
        currency=texts.currency,
        locale=texts.locale,
        time_zone=texts.time_zone,
        tax_name=texts.tax_name,
        tax_rate_millionths=rate,
        tax_is_inclusive=texts.tax_kind == "inclusive",
        terminal_name=texts.terminal_name,
    )
