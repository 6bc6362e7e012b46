/* The office has archived or moved this terminal, or sent its browser away: the page asks what is left of it. */
(() => {
  "use strict";

  document.body.addEventListener("pos:ended", () => window.location.reload());
})();
