/* A refused request changes nothing on the page, so it must not change the address either. */
(() => {
  "use strict";

  document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
    if (event.detail.xhr.status >= 400) {
      event.detail.history.type = null;
    }
  });
})();
