"""Every table of the office, imported so that migrations and tests see them all."""

from __future__ import annotations

from backoffice_web import sent_form
from backoffice_web.attendance import shift
from backoffice_web.catalog import category, item, modifier_group, price_list, selling_rule, tax
from backoffice_web.database import Base
from backoffice_web.imports import import_run, known_key
from backoffice_web.ledger import refused, sale
from backoffice_web.owned import mirror
from backoffice_web.people import employee, office_session, role, second_factor, sign_in_tries
from backoffice_web.publishing import journal, publication
from backoffice_web.stores import enterprise, store
from backoffice_web.terminals import arrival, node, terminal

MODULES = (
    arrival, category, employee, enterprise, import_run, item, journal, known_key, mirror,
    modifier_group, node, office_session, price_list, publication, refused, role, sale, second_factor,
    selling_rule, sent_form, shift, sign_in_tries, store, tax, terminal,
)  # fmt: skip
metadata = Base.metadata
