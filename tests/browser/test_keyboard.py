"""Everything without mouse and finger: what is wanted is reached by Tab, acts by Enter or Space, keeps focus.

No test here clicks. `reach` also looks that each stop on the way can be seen: on the screen, with its ring.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe_violations
from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD

pytestmark = pytest.mark.browser

# More than the stops of the longest page: whoever has not come round by then is in a trap.
MOST_STOPS = 160

# As long as they may be, or are, without a space to break at.
KEYS_ONLY, LAST_NAME = "KeysWwwwwwwwwwwwwwwwwwwww", "Wolfeschlegelsteinhausenbergerdorff"
IS_WHOLE = """(() => {
  const frame = document.querySelector('.table-frame');
  return frame.scrollWidth <= frame.clientWidth;
})()"""

# Is it the wanted one that has the focus? And what is wrong with how the stop shows, if anything.
STOP = """wanted => {
  const one = document.activeElement;
  const isWanted = one === wanted;
  if (!one || one === document.body) return {isWanted, words: '', problem: ''};
  const box = one.getBoundingClientRect();
  const frames = [one, one.closest('label'), one.closest('.option, .choice')].filter(Boolean);
  const isRinged = frames.some(frame => [frame, ...frame.children].some(part => {
    const style = getComputedStyle(part);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  }));
  const isInside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  const top = isInside && document.elementFromPoint(
    Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1),
    Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 1));
  // A toast goes by itself.
  const isCovered = isInside && top && !top.closest('#toasts')
    && !frames.some(frame => frame.contains(top) || top.contains(frame));
  const problem = !isRinged ? 'no ring' : !isInside ? 'off the screen' : isCovered ? 'covered' : '';
  return {isWanted, words: one.outerHTML.slice(0, 120), problem};
}"""


class Keys:
    """One page, used by keyboard alone; notes every stop that does not show."""

    def __init__(self, page):
        self.page, self.problems = page, set()

    def reach(self, wanted, *, back=False):
        """Tab (or Shift+Tab) to it from where the focus is."""
        wanted = wanted.first
        wanted.wait_for(state="attached")
        # With the scripts of the page that came.
        self.page.wait_for_load_state()
        for _stop in range(MOST_STOPS):
            if self._look(wanted):
                return self
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"{wanted} is not reached by Tab")

    def press(self, wanted, key="Enter", *, back=False):
        self.reach(wanted, back=back)
        self.page.keyboard.press(key)
        return self

    def type(self, wanted, text, *, back=False):
        self.reach(wanted, back=back)
        self.page.keyboard.press("Control+A")
        # Slower than a scanner, whose Enter would end a code.
        self.page.keyboard.type(text, delay=50)
        return self

    def expect_at(self, wanted):
        expect(wanted).to_be_focused()

    def expect_somewhere(self):
        """Not at the top of the page again."""
        self.page.wait_for_function("document.activeElement !== document.body")

    def _look(self, wanted):
        stop = wanted.evaluate(STOP)
        if stop["problem"]:
            self.problems.add((self.page.url.split("?")[0], stop["problem"], stop["words"]))
        return stop["isWanted"]


def button(page, name, **options):
    return page.get_by_role("button", name=name, **options)


def link(page, name, **options):
    return page.get_by_role("link", name=name, **options)


def test_a_shift_at_the_till_without_mouse_or_finger(new_page):
    page = new_page()
    keys = Keys(page)
    page.goto("/pos/")
    keys.press(button(page, "Register 1"))

    # A wrong PIN leaves the focus where it was: the next try can be typed at once. So does one of the pad.
    keys.press(page.locator(".person", has_text="Manager"))
    page.keyboard.type("9999")
    expect(page.locator(".pin-message")).to_contain_text("4 tries left")
    keys.expect_at(page.locator(".person", has_text="Manager"))
    page.keyboard.type("222")
    keys.press(page.locator("[data-digit='3']"))
    expect(page.locator(".pin-message")).to_contain_text("3 tries left")
    keys.expect_at(page.locator("[data-digit='3']"))
    page.keyboard.type("2222")
    page.wait_for_url("**/pos/order**")

    # The Operations menu: Escape closes it and gives the focus back; Tab stays within it.
    opener = link(page, "Operations")
    menu = page.locator("#operations")
    keys.press(opener)
    expect(menu).to_be_visible()
    keys.reach(menu.get_by_role("button", name="Sync Back Office"))
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    keys.expect_at(opener)

    # 86 List: found, marked, taken back; each time the row that was pressed is gone, and the focus is not.
    page.keyboard.press("Enter")
    keys.press(menu.get_by_role("link", name="86 List"))
    page.get_by_role("heading", name="86 List").wait_for()
    page.wait_for_load_state()
    page.keyboard.press("/")
    keys.expect_at(page.get_by_label("Search what to mark"))
    page.keyboard.type("espresso")
    keys.press(button(page, "Espresso: sold out", exact=True))
    expect(page.locator("#sold-out .badge")).to_have_count(1)
    keys.expect_somewhere()
    keys.press(button(page, "Espresso: available again"))
    page.get_by_text("Nothing is sold out").wait_for()
    keys.expect_somewhere()

    # Time Clock.
    keys.press(link(page, "Order"), back=True)
    keys.press(opener)
    keys.press(menu.get_by_role("link", name="Time Clock"))
    keys.press(page.locator(".person", has_text="Manager"))
    page.keyboard.type("2222")
    keys.press(button(page, "Clock In"))
    page.locator(".toast", has_text="CLOCK-IN SUCCESS").wait_for()

    # POS Settings: what is wrong is where the focus is; then it is saved.
    keys.press(opener)
    keys.press(menu.get_by_role("link", name="POS Settings"))
    volume = page.get_by_label("Volume")
    keys.type(volume, "loud")
    page.keyboard.press("Enter")
    expect(volume).to_have_attribute("aria-invalid", "true")
    keys.expect_at(volume)
    keys.type(volume, "40")
    keys.press(page.locator("#terminal-settings").get_by_role("button", name="Save Changes"))
    page.locator(".toast", has_text="Settings saved").wait_for()

    # Support.
    keys.press(link(page, "Order"))
    keys.press(opener)
    keys.press(menu.get_by_role("link", name="Support"))
    keys.press(button(page, "Check the database"))
    page.locator(".toast").wait_for()
    keys.reach(link(page, "Download", exact=True))

    # Lock, and go on as a cashier: a price that a manager approves on the spot.
    keys.press(link(page, "Order"))
    keys.press(button(page, "Lock"))
    keys.press(page.locator(".person", has_text="Cashier"))
    page.keyboard.type("1111")
    page.wait_for_url("**/pos/order**")
    keys.press(page.locator(".tile", has_text="Espresso"))
    keys.press(page.locator("#order .order-line"))
    price = link(page, "Price")
    keys.press(price)
    keys.expect_at(page.get_by_label("New price"))
    page.keyboard.type("1.00")
    keys.type(page.get_by_label("Another reason"), "Dented")
    page.keyboard.press("Enter")
    asking = page.locator("#approval")
    asking.wait_for()
    assert axe_violations(page) == []
    page.keyboard.press("Escape")
    expect(asking).to_have_count(0)
    keys.expect_at(price)
    page.keyboard.press("Enter")
    keys.expect_at(page.get_by_label("New price"))
    page.keyboard.type("1.00")
    keys.type(page.get_by_label("Another reason"), "Dented")
    page.keyboard.press("Enter")
    keys.press(asking.get_by_role("radio"), "Space")
    page.keyboard.type("2222")
    expect(page.locator("#order")).to_contain_text("1.00 instead of 2.95: Dented")
    keys.expect_at(price)
    assert keys.problems == set()


def test_a_morning_in_the_back_office_without_mouse_or_finger(new_page):
    page = new_page()
    keys = Keys(page)
    page.goto("/backoffice/")
    keys.type(page.get_by_label("E-mail"), OWNER_EMAIL)
    keys.type(page.get_by_label("Password", exact=True), OWNER_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/backoffice/")

    # The skip link comes first, and the menus of the header close by Escape and when one goes on.
    page.keyboard.press("Tab")
    keys.expect_at(link(page, "To the content"))
    menu = page.locator("#person-menu")
    keys.press(menu.locator("summary"))
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    keys.expect_at(menu.locator("summary"))
    expect(menu).not_to_have_attribute("open", "")
    page.keyboard.press("Enter")
    keys.reach(page.locator("#main a"))
    expect(menu).not_to_have_attribute("open", "")

    # Role editor.
    keys.press(link(page, "Roles", exact=True), back=True)
    keys.press(link(page, "New Role"))
    page.keyboard.press("Tab")
    keys.type(page.get_by_label("Name", exact=True), KEYS_ONLY)
    section = page.locator("details", has_text="POS Operation")
    keys.press(section.locator("summary"))
    keys.press(section.get_by_role("checkbox", name="86 List"), "Space")
    expect(section.get_by_role("checkbox", name="86 List")).to_be_checked()
    keys.press(section.get_by_role("button", name="Select All"), back=True)
    expect(section.locator("[data-ticked]")).to_contain_text(re.compile(r"^(\d) of \1$"))
    keys.press(button(page, "Save and Publish"))
    page.locator(".toast", has_text="Published").wait_for()

    # User editor: what is missing is told where the focus is, with a link to the field.
    keys.press(link(page, "Users", exact=True))
    keys.press(link(page, "New User"))
    keys.type(page.get_by_label("First name"), "Kay")
    keys.press(button(page, "Save and Publish"))
    keys.expect_at(page.locator("#error-summary"))
    keys.press(page.locator("#error-summary a", has_text="last name"))
    keys.expect_at(page.get_by_label("Last name"))
    page.keyboard.type(LAST_NAME)
    role = page.get_by_label("Role", exact=True)
    keys.reach(role)
    page.keyboard.type("Keys")
    expect(role.locator("option:checked")).to_have_text(KEYS_ONLY)
    keys.press(page.get_by_role("group", name="Works in").get_by_role("checkbox"), "Space")
    keys.type(page.get_by_label("PIN", exact=True), "8392")
    keys.press(button(page, "Save and Publish"))
    page.get_by_text("User Created Successfully", exact=True).wait_for()

    # The list: sorting keeps its place; a row's menu is left by Escape.
    keys.press(link(page, "Users", exact=True))
    page.locator(".table-sort").first.wait_for()
    page.set_viewport_size({"width": 820, "height": 1180})
    assert page.evaluate(IS_WHOLE), "the menu of a row is off the screen"
    page.set_viewport_size({"width": 1366, "height": 768})
    keys.press(page.locator(".table-sort", has_text="Role"))
    page.wait_for_url("**sort=*")
    keys.expect_at(page.locator(".table-sort", has_text="Role"))
    actions = page.get_by_label(f"Actions for Kay {LAST_NAME}")
    keys.press(actions)
    keys.reach(page.get_by_role("dialog").get_by_role("button", name="Terminate"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    keys.expect_at(actions)

    # Publish: a price is saved, and sent from the Publish Center.
    keys.press(link(page, "Items", exact=True), back=True)
    keys.type(page.get_by_label("Search items"), "flat white")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    keys.press(link(page, "Flat white", exact=True))
    keys.type(page.locator("input[name*=price]"), "4.80")
    keys.press(button(page, "Save", exact=True).last)
    page.locator(".toast", has_text="Not on the POS yet").wait_for()
    keys.press(page.locator("#unpublished"))
    keys.press(page.get_by_role("checkbox").first, "Space")
    page.keyboard.press("Space")
    keys.press(button(page, "Publish what is ticked"))
    page.locator("#reach h2").wait_for()
    keys.press(page.locator("#history .table-link", has_text="v1"))
    keys.press(button(page, "Roll back to this"))
    page.keyboard.press("Escape")
    keys.expect_at(button(page, "Roll back to this"))
    assert keys.problems == set()
