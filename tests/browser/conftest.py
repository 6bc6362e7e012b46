"""Real Chromium pages: an admin and a cashier with separate contexts, and what every page is watched for."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect

from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD

# A loaded machine is slow; what never comes fails all the same.
expect.set_options(timeout=15_000)

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
# The only rule that needs preloaded assets is not among these.
AXE_OPTIONS = {"preload": False, "resultTypes": ["violations"]}
ALL, SHAPES, COLOURS = "all", "shapes", "colours"
EVERYTHING = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
# Contrast is by far the dearest rule, and colours do not depend on the width.
RULES = {
    ALL: {"runOnly": EVERYTHING},
    SHAPES: {"runOnly": EVERYTHING, "rules": {"color-contrast": {"enabled": False}}},
    COLOURS: {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}},
}
MOVEMENTS_ENDED = """() => Promise.allSettled(document.getAnimations()
  .filter(one => one.effect.getComputedTiming().iterations !== Infinity)
  .map(one => one.finished)).then(() => null)"""

# A request that failed says htmx:sendError, htmx:timeout or htmx:responseError.
REPLACED = ("htmx:sendAbort,", "htmx:afterRequest,")

# Collected by each page from its very first moment; read by `Watch.complaints`.
WATCHER = """
window.violations = [];
document.addEventListener('securitypolicyviolation',
  event => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""


class Watch:
    """Notes everything that must never happen in a browser that uses Evertill."""

    def __init__(self, page, host):
        self.page, self.host = page, host
        self.foreign, self.errors, self.requests = [], [], []
        page.on("request", self._request)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._console)
        page.on(
            "response",
            lambda reply: reply.status >= 500 and self.errors.append(f"{reply.status} {reply.url}"),
        )

    def _request(self, request):
        self.requests.append((request.method, request.url))
        if not request.url.startswith((self.host, "data:", "blob:")):
            self.foreign.append(request.url)

    def _console(self, message):
        # htmx reports it as an error when a newer request takes the place of one that runs (hx-sync).
        if message.type == "error" and not message.text.startswith(REPLACED):
            self.errors.append(message.text)

    def complaints(self):
        """CSP violations, requests to foreign hosts, script errors, 5xx answers."""
        return [*self.page.evaluate("window.violations"), *self.foreign, *self.errors]


@pytest.fixture
def new_page(browser, live):
    """`new_page(**context options)`: a page in a context of its own, watched."""
    contexts = []

    def make(**options):
        options.setdefault("viewport", {"width": 1366, "height": 768})
        context = browser.new_context(base_url=live.url, **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(WATCHER)
        page.watch = Watch(page, live.url)
        return page

    yield make
    for context in contexts:
        context.close()


class HeldBack:
    """Requests to `pattern` wait until the test lets them go, one by one or all."""

    def __init__(self, page, pattern):
        self._page, self.waiting, self._is_open = page, [], False
        page.route(pattern, self._take)

    def _take(self, route):
        if self._is_open:
            route.continue_()
        else:
            self.waiting.append(route)

    def first(self):
        # The page has sent it before Playwright hands it over.
        while not self.waiting:
            self._page.wait_for_timeout(10)
        return self.waiting.pop(0)

    def let_one_go(self):
        self.first().continue_()

    def let_go(self):
        """These, and all that follow."""
        self._is_open = True
        while self.waiting:
            self.waiting.pop(0).continue_()


def choose_terminal(page, name="Register 1"):
    """From a fresh browser to the Login screen of a demo terminal."""
    page.goto("/pos/")
    page.get_by_role("button", name=name).first.click()
    see_login(page)


def see_login(page):
    """The Login screen, with its scripts: a name that is tapped before them asks for a whole page."""
    page.get_by_role("heading", name="Who is working?").wait_for()
    page.wait_for_load_state()


def sign_in_at_till(page, role="Cashier", pin="1111"):
    """Tap the person with this role and type the PIN; ends on the Order screen."""
    page.wait_for_load_state()
    page.locator(".person", has_text=role).first.click()
    for digit in pin:
        page.keyboard.press(digit)
    page.wait_for_url("**/pos/order**")


def sign_in_to_office(page):
    page.goto("/backoffice/")
    page.get_by_label("E-mail").fill(OWNER_EMAIL)
    page.get_by_label("Password", exact=True).fill(OWNER_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("main").get_by_role("heading", level=1).wait_for()
    page.wait_for_url("**/backoffice/")


def only_refusals(page):
    """The complaints without refusals (403) and wrong PINs (422), which the console is told too."""
    return [one for one in page.watch.complaints() if "403" not in one and "422" not in one]


def axe_violations(page, rules=ALL):
    """What axe-core finds on the page when nothing moves: (rule, help, first target)."""
    # A toast that fades in while axe reads it has no colours of its own yet.
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(MOVEMENTS_ENDED)
    if page.evaluate("!window.axe"):
        page.evaluate(AXE)
    found = page.evaluate("options => axe.run(document, options)", AXE_OPTIONS | RULES[rules])
    page.emulate_media(reduced_motion="null")
    return [(one["id"], one["help"], one["nodes"][0]["target"]) for one in found["violations"]]
