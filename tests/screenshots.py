"""Takes the README's pictures from the real screens: `python -m tests.screenshots`."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from app import build, prepare
from settings import read_settings
from tests.browser.conftest import choose_terminal, sign_in_at_till, sign_in_to_office
from tests.cast import synced
from tests.conftest import CHROMIUM_ARGUMENTS, Live, chromium, environment_of

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(environment_of(Path(folder) / "home"))
        prepare(settings)
        evertill = build(settings)
        evertill.start()
        live = Live(url="", evertill=evertill, port=0)
        live.start()
        try:
            synced(evertill)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
                take_all(browser, live.url)
                browser.close()
        finally:
            live.stop()
            evertill.stop()


def take_all(browser, url):
    till = new_page(browser, url, 1024, 768)
    choose_terminal(till)
    take(till, "login")
    sign_in_at_till(till)
    for name in ("Espresso", "Butter croissant", "Espresso"):
        till.locator(".tile", has_text=name).first.click()
    till.locator("#order .order-line", has_text="2×").wait_for()
    till.locator("#sync-order .sync-button").click()
    till.locator("#toasts .toast").first.wait_for()
    take(till, "order")
    till.locator(".tile", has_text="Latte").first.click()
    till.locator("dialog[open]").wait_for()
    take(till, "modifiers")
    till.keyboard.press("Escape")
    till.locator(".button-pay").click()
    till.get_by_role("button", name="$20.00").click()
    take(till, "payment")
    till.get_by_role("button", name="Take").click()
    till.get_by_text("Change due").first.wait_for()
    take(till, "receipt")
    take_approval(till, new_page(browser, url, 1024, 768))

    tablet = new_page(browser, url, 820, 1180, color_scheme="dark")
    choose_terminal(tablet, "Kasse 1")
    sign_in_at_till(tablet, role="Manager", pin="2222")
    tablet.locator(".tile").first.wait_for()
    take(tablet, "order-tablet-dark")

    admin = new_page(browser, url, 1366, 768)
    sign_in_to_office(admin)
    take(admin, "dashboard")
    admin.goto("/backoffice/items?q=Flat white")
    admin.get_by_role("link", name="Flat white", exact=True).click()
    admin.locator("input[name*=price]").first.fill("4.80")
    admin.get_by_role("button", name="Save", exact=True).click()
    admin.locator("#toasts .toast").first.wait_for()
    take(admin, "item")
    for name in ("publications", "terminals", "items", "employees"):
        admin.goto(f"/backoffice/{name}")
        take(admin, name)
    admin.goto("/backoffice/roles")
    admin.get_by_role("link", name="Cashier", exact=True).click()
    sections = admin.locator(".permission-section > summary")
    sections.nth(1).click()
    sections.nth(1).evaluate("one => one.scrollIntoView({block: 'center'})")
    admin.mouse.wheel(0, 200)
    take(admin, "role")


def take_approval(till, manager):
    """A cashier asks for another price, a manager is asked; and what a manager has besides."""
    till.goto("/pos/order")
    till.locator(".tile", has_text="Butter croissant").first.click()
    till.locator("#order .order-line").first.click()
    till.get_by_role("link", name="Price").click()
    till.get_by_label("New price").fill("2.00")
    till.get_by_label("Another reason").fill("From yesterday")
    till.get_by_role("button", name="Change price").click()
    till.get_by_role("heading", name="Ask a manager").wait_for()
    choose_terminal(manager, "Register 2")
    sign_in_at_till(manager, role="Manager", pin="2222")
    manager.get_by_role("link", name="Requests").click()
    manager.locator("dialog[open] .approval-cards").wait_for()
    take(manager, "approval")
    manager.get_by_role("button", name="Approve").click()
    manager.get_by_role("link", name="Requests").wait_for(state="hidden")
    for search, words in (("matcha latte", "Matcha latte: sold out"), ("carrot", "until tomorrow")):
        manager.goto(f"/pos/sold-out?q={search}")
        manager.get_by_role("button", name=words).first.click()
        manager.locator("#toasts .toast").first.wait_for()
    manager.goto("/pos/sold-out?q=croissant")
    take(manager, "sold-out")
    manager.goto("/pos/pos-settings")
    take(manager, "pos-settings")


def new_page(browser, url, width, height, **options):
    context = browser.new_context(base_url=url, viewport={"width": width, "height": height}, **options)
    return context.new_page()


def take(page, name):
    """The screen as a PNG of 256 colours: a third of the bytes, and nobody sees which."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
