"""Where a record is edited, for pages that tell of records of all kinds."""

from __future__ import annotations

from flask import current_app, url_for

EDITORS = {
    "item": "items",
    "category": "categories",
    "modifier_group": "modifier_groups",
    "price_list": "price_lists",
    "tax": "taxes",
    "tax_class": "tax_classes",
    "store_profile": "stores",
    "store_settings": "stores",
    "store": "stores",
    "role": "roles",
    "employee": "employees",
    "credential": "employees",
    "terminal": "terminals",
}


def record_url(kind: str, key: str) -> str:
    """The editor of a record; nothing for kinds without one."""
    if kind == "publication":
        return url_for("publications.show", key=key)
    endpoint = f"{EDITORS.get(kind, '')}.show"
    return url_for(endpoint, key=key) if endpoint in current_app.view_functions else ""
