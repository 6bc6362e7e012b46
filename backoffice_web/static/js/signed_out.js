/* Somebody ended sessions of this person: a page whose own has ended goes to the sign-in at once. */
(() => {
  "use strict";

  async function check() {
    const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" }).catch(() => null);
    if (answer?.type === "opaqueredirect") {
      location.reload();
    }
  }

  document.body.addEventListener("office:session", check);
  // It had ended before the page could be told.
  document.body.addEventListener("socket:refused", check);
  document.body.addEventListener("socket:disconnected", (event) => {
    if (event.detail.reason === "io server disconnect") {
      check();
    }
  });
})();
