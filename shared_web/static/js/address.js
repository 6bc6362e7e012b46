/*
 * A refused request changes nothing on the page, so it must not change the address either. And where a plain
 * form was refused that has a page at its own address, Back leads to that page and not to "send it again?".
 */
(() => {
  "use strict";

  const visit = performance.getEntriesByType("navigation")[0];

  if (visit?.responseStatus >= 400 && document.querySelector("form[data-own-address]")) {
    history.replaceState(history.state, "", location.href);
  }

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status >= 400) {
      event.detail.etc.push = "false";
    }
  });
})();
