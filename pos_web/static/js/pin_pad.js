/*
 * Enter the PIN by pad or keyboard; the last digit sends it. Whoever taps their name first enters that person's.
 * In a dialog, the pad of that dialog, which may ask to choose first (data-nobody).
 */
(() => {
  "use strict";

  // A badge scanner types digits too, and far faster: the last one by keyboard waits for another this long.
  const SCAN_GAP_MS = 40;
  let sending = 0;

  function form() {
    return (window.evertill.speech.topDialog() ?? document).querySelector("form[data-pin-length]");
  }

  function field() {
    return form().querySelector("[data-pin-field]");
  }

  function choose(tile) {
    form().querySelector("[data-employee]").setAttribute("value", tile.dataset.person);
    form().querySelector("[data-chosen-name]").textContent = tile.dataset.name;
    mark();
    say("");
    show("");
  }

  /* Also on tiles that came anew after a sync: the pad is still that person's. */
  function mark() {
    const chosen = document.querySelector("#pin [data-employee]")?.value;
    for (const tile of document.querySelectorAll("[data-person]")) {
      tile.setAttribute("aria-pressed", String(tile.dataset.person === chosen));
    }
  }

  function press(key, wait = 0) {
    const pin = field().value;
    if (form().dataset.nobody && !form().querySelector("[name=employee]:checked")) {
      say(form().dataset.nobody);
      return;
    }
    if (key === "clear") {
      show("");
    } else if (key === "back") {
      show(pin.slice(0, -1));
    } else if (!form().classList.contains("htmx-request")) {
      say("");
      show((pin + key).slice(0, Number(form().dataset.pinLength)), wait);
    }
  }

  function show(pin, wait = 0) {
    const length = Number(form().dataset.pinLength);
    const dots = form().querySelector(".dots");
    field().value = pin;
    [...dots.children].forEach((dot, index) => dot.toggleAttribute("data-on", index < pin.length));
    const words = form().dataset.dotsWords.replace("{count}", pin.length).replace("{length}", length);
    dots.setAttribute("aria-label", words);
    clearTimeout(sending);
    if (pin.length === length && wait) {
      const pad = form();
      sending = setTimeout(() => pad.isConnected && pad.requestSubmit(), wait);
    } else if (pin.length === length) {
      form().requestSubmit();
    }
  }

  function isTyping() {
    return document.activeElement?.matches("input:not([type=radio], [data-pin-field]), textarea, select");
  }

  function say(words) {
    form().querySelector(".pin-message").textContent = words;
  }

  // Where the pad works nobody has to come by the field.
  function passOver(root) {
    root.querySelectorAll?.("[data-pin-field]").forEach((one) => (one.tabIndex = -1));
  }

  document.addEventListener("htmx:load", (event) => passOver(event.target.parentElement ?? event.target));
  document.addEventListener("htmx:afterSettle", mark);
  passOver(document);

  document.addEventListener("click", (event) => {
    const tile = event.target.closest("[data-person]");
    const key = event.target.closest("form[data-pin-length] [data-digit]");
    if (tile) {
      event.preventDefault();
      choose(tile);
    } else if (key) {
      press(key.dataset.digit);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !form() || isTyping()) {
      return;
    }
    // Escape closes a dialog; on the Login screen it clears.
    const clears = form().closest("dialog") ? { Delete: "clear" } : { Delete: "clear", Escape: "clear" };
    const key = { Backspace: "back", ...clears }[event.key] ?? event.key;
    if (/^[0-9]$/.test(key) || key === "back" || key === "clear") {
      event.preventDefault();
      press(key, SCAN_GAP_MS);
    }
  });

  // It was a badge: what it typed is no PIN.
  document.addEventListener("scan:read", () => {
    clearTimeout(sending);
    if (form()) {
      show("");
    }
  });
})();
