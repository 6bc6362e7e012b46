/* A list's URL holds only what was asked for: empty filters stay out of it. */
(() => {
  "use strict";

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.closest?.("#filters")) {
      for (const [name, value] of [...event.detail.formData]) {
        if (value === "") {
          event.detail.formData.delete(name);
        }
      }
    }
  });
})();
