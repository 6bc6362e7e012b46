/*
 * A swap may take away what had the focus: a row that is gone, the pad of a wrong PIN. Whoever works by
 * keyboard would begin at the top of the page again. So the focus goes to the same control in what came
 * instead, else to the one in its place. Fingers and mice are left alone: they have no focus to lose, and
 * a focused field would bring up a tablet's keyboard.
 */
(() => {
  "use strict";

  const STOPS = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex="0"]';
  let lost = null;

  function stops(region) {
    return [...region.querySelectorAll(STOPS)].filter((one) => one.tabIndex >= 0 && one.checkVisibility());
  }

  function nameOf(element) {
    return [element.tagName, element.name, element.dataset.digit, element.ariaLabel ?? element.textContent.trim()].join("|");
  }

  function remember(region) {
    const focused = document.activeElement;
    if (region?.contains(focused) && focused.matches(":focus-visible")) {
      lost = { element: focused, name: nameOf(focused), place: stops(region).indexOf(focused), region };
    }
  }

  function giveBack() {
    const { element, name, place, region } = lost ?? {};
    // Whoever leaves the field later has not lost it.
    lost = null;
    if (!element || document.activeElement !== document.body) {
      return;
    }
    const home = region.isConnected ? region : region.id && document.getElementById(region.id);
    const found = home ? stops(home) : [];
    const next = found.find((one) => nameOf(one) === name) ?? found[place] ?? found.at(-1);
    next?.focus();
  }

  document.addEventListener("htmx:beforeSwap", (event) => remember(event.detail.target));
  document.addEventListener("htmx:oobBeforeSwap", (event) => remember(event.detail.target));
  document.addEventListener("htmx:afterSettle", giveBack);
})();
