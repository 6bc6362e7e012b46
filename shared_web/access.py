"""What each route demands, declared beside it and enforced by its house before every request.

A route without a declaration is a defect: `undeclared` lists them and the factories refuse to start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Requirement:
    """`level` is anyone, terminal, person or permission; `permission` is a key for the last.

    `asks` describes what a manager may approve instead, for whoever does not hold it (POS). `wants_password`:
    whoever entered their password longer ago enters it once more (Back Office).
    """

    level: str
    permission: str = ""
    asks: Callable[..., Any] | None = None
    wants_password: bool = False


def anyone(view: View) -> View:
    """Open to all: sign-in pages, static files, health."""
    return _declare(view, Requirement("anyone"))


def at_terminal(view: View) -> View:
    """Needs a registered terminal, nobody has to be signed in (POS)."""
    return _declare(view, Requirement("terminal"))


def signed_in(view: View) -> View:
    """Needs a signed-in person, whatever their role."""
    return _declare(view, Requirement("person"))


def needs(permission: str, *, wants_password: bool = False) -> Callable[[View], View]:
    """Needs a signed-in person whose role holds `permission` now.

    `wants_password`: what hands out access is worth the password once more (backoffice_web/confirmation.py).
    """

    def declare(view: View) -> View:
        return _declare(view, Requirement("permission", permission, wants_password=wants_password))

    return declare


def needs_or_approval(permission: str, *, asks: Callable[..., Any]) -> Callable[[View], View]:
    """Needs `permission`, or a manager's approval of exactly what `asks` describes.

    POS only. `asks(book, replica, **view_args)` returns an Ask, or None where nothing can be approved; it
    raises the RuleError that the view would raise. See docs/components.md.
    """

    def declare(view: View) -> View:
        return _declare(view, Requirement("permission", permission, asks))

    return declare


def requirement_of(app: Flask, endpoint: str | None) -> Requirement | None:
    """What the endpoint's view declared; None when it declared nothing."""
    view = app.view_functions.get(endpoint or "")
    requirement = getattr(view, "requirement", None)
    return requirement if isinstance(requirement, Requirement) else None


def undeclared(app: Flask) -> list[str]:
    """Endpoints that declare nothing."""
    return sorted(endpoint for endpoint in app.view_functions if requirement_of(app, endpoint) is None)


def _declare(view: View, requirement: Requirement) -> View:
    view.requirement = requirement  # type: ignore[attr-defined]
    return view
