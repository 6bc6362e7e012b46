/* Login: choose a person, enter the PIN by pad or keyboard; the last digit sends it. */
(() => {
  "use strict";

  function form() {
    return document.getElementById("pin");
  }

  function field() {
    return document.getElementById("pin-field");
  }

  function choose(tile) {
    document.querySelectorAll(".person").forEach((one) => one.setAttribute("aria-pressed", String(one === tile)));
    form().querySelector("[data-employee]").value = tile.dataset.person;
    form().querySelector("[data-chosen-name]").textContent = tile.dataset.name;
    say("");
    show("");
  }

  function press(key) {
    const pin = field().value;
    if (!form().querySelector("[data-employee]").value) {
      say(form().querySelector("[data-chosen-name]").dataset.nobody);
      return;
    }
    if (key === "clear") {
      show("");
    } else if (key === "back") {
      show(pin.slice(0, -1));
    } else if (!form().classList.contains("htmx-request")) {
      say("");
      show((pin + key).slice(0, Number(form().dataset.pinLength)));
    }
  }

  function show(pin) {
    const length = Number(form().dataset.pinLength);
    const dots = form().querySelector(".dots");
    field().value = pin;
    [...dots.children].forEach((dot, index) => dot.toggleAttribute("data-on", index < pin.length));
    const words = form().dataset.dotsWords.replace("{count}", pin.length).replace("{length}", length);
    dots.setAttribute("aria-label", words);
    if (pin.length === length) {
      form().requestSubmit();
    }
  }

  function say(words) {
    form().querySelector(".pin-message").textContent = words;
  }

  if (!form()) {
    return;
  }

  document.addEventListener("click", (event) => {
    const tile = event.target.closest("[data-person]");
    const key = event.target.closest("#pin [data-digit]");
    if (tile) {
      event.preventDefault();
      choose(tile);
    } else if (key) {
      press(key.dataset.digit);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog:modal")) {
      return;
    }
    const key = { Backspace: "back", Delete: "clear", Escape: "clear" }[event.key] ?? event.key;
    if (/^[0-9]$/.test(key) || key === "back" || key === "clear") {
      event.preventDefault();
      press(key);
    }
  });
})();
