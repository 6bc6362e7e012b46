/* A form that does something for good, or takes long, is sent once however often it is pressed. */
(() => {
  "use strict";

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) {
      return;
    }
    if (form.dataset.once === "sent") {
      event.preventDefault();
      return;
    }
    form.dataset.once = "sent";
    event.submitter?.setAttribute("aria-busy", "true");
    for (const button of form.elements) {
      if (button.matches("button")) {
        button.setAttribute("aria-disabled", "true");
      }
    }
  });

  // A page that comes back out of the browser's memory can be sent again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) {
      return;
    }
    for (const form of document.querySelectorAll("[data-once]")) {
      form.dataset.once = "";
      for (const button of form.elements) {
        button.removeAttribute("aria-busy");
        button.removeAttribute("aria-disabled");
      }
    }
  });
})();
