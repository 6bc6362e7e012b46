/*
 * A refused request changes nothing on the page, so it must not change the address either. And a page that
 * is the answer to a plain form names the one that can be asked for again (none: at the same address), so
 * that Back leads there and not to "send it again?".
 */
(() => {
  "use strict";

  const own = document.querySelector("[data-own-address]");

  if (own) {
    history.replaceState(history.state, "", own.dataset.ownAddress || location.href);
  }

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status >= 400) {
      event.detail.etc.push = "false";
    }
  });
})();
