/* A refused request changes nothing on the page, so it must not change the address either. */
(() => {
  "use strict";

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status >= 400) {
      event.detail.etc.push = "false";
    }
  });
})();
