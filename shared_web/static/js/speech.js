/*
 * Says a sentence to screen readers: "status" politely, "alert" at once. While a modal dialog is
 * open everything outside it is silent, so each dialog gets its own two regions.
 */
(() => {
  "use strict";

  window.evertill ??= {};

  /* The one that was opened last lies on top, wherever it stands in the page (dialogs.js counts them). */
  function topDialog() {
    const open = [...document.querySelectorAll("dialog:modal")];
    return open.sort((one, other) => one.dataset.layer - other.dataset.layer).at(-1) ?? null;
  }

  function prepare(dialog) {
    for (const role of ["status", "alert"]) {
      if (!region(dialog, role)) {
        const element = document.createElement("div");
        element.className = "visually-hidden";
        element.setAttribute("role", role);
        element.dataset.spoken = role;
        dialog.append(element);
      }
    }
  }

  function region(within, role) {
    return within.querySelector(`:scope > [data-spoken="${role}"]`);
  }

  function say(role, words) {
    const place = topDialog() ?? document.body;
    prepare(place);
    const element = region(place, role);
    // Emptied first: the same words twice are otherwise spoken once.
    element.textContent = "";
    setTimeout(() => {
      element.textContent = words;
    }, 50);
  }

  window.evertill.speech = { say, prepare, topDialog };
})();
