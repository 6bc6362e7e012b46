/*
 * Approvals: an approved question goes on by itself, a closed one is taken back, and news for a manager
 * comes onto the screen when no finger is near it (a bar that pushes tiles away would be a wrong tap).
 */
(() => {
  "use strict";

  const CALM_MS = 1500;
  // Requests of its own element: taking a question back must not swallow a press on Sync (hx-sync on body).
  const messenger = document.createElement("span");
  let lastPress = -Infinity;
  let timer = null;

  function goOn(root) {
    for (const form of root.querySelectorAll("form[data-go-on]")) {
      if (!("gone" in form.dataset)) {
        form.dataset.gone = "";
        form.requestSubmit();
      }
    }
  }

  function lookWhenCalm() {
    clearTimeout(timer);
    const left = CALM_MS - (performance.now() - lastPress);
    if (left <= 0) {
      document.body.dispatchEvent(new CustomEvent("approvals:look"));
    } else {
      timer = setTimeout(lookWhenCalm, left);
    }
  }

  document.addEventListener("htmx:load", (event) => goOn(event.target.parentElement ?? event.target));
  goOn(document);

  // What it led to is on the screen now: the question has done its work.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.matches("form[data-go-on]")) {
      event.detail.elt.closest("dialog")?.close();
    }
  });

  document.addEventListener(
    "close",
    (event) => {
      const path = event.target.dataset?.withdraw;
      if (path) {
        window.htmx.ajax("POST", path, { source: messenger, swap: "none" });
      }
    },
    true,
  );

  for (const name of ["pointerdown", "pointerup", "keydown"]) {
    document.addEventListener(name, () => (lastPress = performance.now()), { capture: true, passive: true });
  }
  for (const name of ["pos:approvals", "socket:connected", "page:visible"]) {
    document.body.addEventListener(name, lookWhenCalm);
  }
  // An open question runs out without an event.
  setInterval(() => document.querySelector("#approvals .bar") && lookWhenCalm(), 15_000);

  messenger.hidden = true;
  messenger.setAttribute("hx-sync", "this:queue all");
  document.body.append(messenger);
})();
