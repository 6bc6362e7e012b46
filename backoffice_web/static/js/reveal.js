/* The eye beside a PIN or a password shows what is typed there, until it is pressed again. */
(() => {
  "use strict";

  function prepare() {
    for (const eye of document.querySelectorAll("[data-reveal]")) {
      eye.hidden = false;
    }
  }

  document.addEventListener("click", (event) => {
    const eye = event.target.closest("[data-reveal]");
    if (!eye) {
      return;
    }
    const field = document.getElementById(eye.dataset.reveal);
    const isShown = field.type === "password";
    field.type = isShown ? "text" : "password";
    eye.setAttribute("aria-pressed", String(isShown));
  });

  document.addEventListener("htmx:afterSwap", prepare);
  prepare();
})();
