/*
 * Keeps the page in step with its store. Events are hints: `pos:notice` and `pos:state` lead to a look
 * at the state, `pos:applied` to a refresh of what the page shows (`pos:refresh` on <body>) – but never
 * under a finger: not within 1.5 s of a touch or key, not while a dialog is open, not during payment.
 * A pressed Sync refreshes at once. The page tells its store node which version it shows.
 */
(() => {
  "use strict";

  const CALM_MS = 1500;
  const LOOK_AGAIN_MS = 250;
  const POLL_MS = 60_000;
  const BUSY_POLL_MS = 2000;
  const JITTER_MS = 2000;
  const FRESH_MS = 1000;
  const PRESSES = ["pointerdown", "pointerup", "keydown", "input"];

  const body = document.body;
  const place = body.dataset.socketPath?.replace(/socket\.io$/, "syncs");
  // Requests of its own element: a look at the state must not swallow a press on Sync (hx-sync on body).
  const messenger = document.createElement("span");
  let lastPress = -Infinity;
  let wanted = 0;
  let timer = null;
  let isDeferred = false;
  let isLookWaiting = false;
  let isSyncPressed = false;

  if (!place || !("version" in body.dataset)) {
    return;
  }

  function shown() {
    return Number(body.dataset.version);
  }

  function ask(method, path, values = {}) {
    return window.htmx.ajax(method, `${place}/${path}`, { source: messenger, swap: "none", values });
  }

  /* One that waits for its turn sees all that happens before it. */
  function look() {
    if (!isLookWaiting) {
      isLookWaiting = true;
      ask("GET", "status");
    }
  }

  /* Tells which version is on the screen, and compares it with the store's. */
  function report(values = {}) {
    return ask("POST", "shown", { version: shown(), ...values });
  }

  function isBusy() {
    return (
      performance.now() - lastPress < CALM_MS ||
      document.querySelector("dialog[open]") !== null ||
      body.classList.contains("pos-payment")
    );
  }

  function catchUp(version) {
    if (Number.isInteger(version) && version !== shown() && version !== wanted) {
      wanted = version;
      refreshWhenCalm();
    }
  }

  function refreshWhenCalm() {
    clearTimeout(timer);
    if (!wanted || wanted === shown()) {
      wanted = 0;
      return;
    }
    if (!isBusy()) {
      refresh(wanted, { since: shown() });
      return;
    }
    timer = setTimeout(refreshWhenCalm, LOOK_AGAIN_MS);
    if (!isDeferred) {
      isDeferred = true;
      look();
    }
  }

  /* `told.since`: the store node adds a toast for what came after that version. */
  function refresh(version, told = {}) {
    clearTimeout(timer);
    wanted = 0;
    isDeferred = false;
    body.dataset.version = version;
    body.dispatchEvent(new CustomEvent("pos:refresh", { detail: { version } }));
    report(told);
  }

  /* The controls. */

  function isControl(element) {
    return element?.matches?.("form.sync, form[action$='/syncs/full']");
  }

  function showSyncing() {
    for (const button of document.querySelectorAll(".sync-button, #full-resync")) {
      button.setAttribute("aria-busy", "true");
      button.setAttribute("aria-disabled", "true");
    }
    for (const words of document.querySelectorAll(".sync-words")) {
      words.replaceChildren(words.dataset.syncing);
    }
  }

  function showDone() {
    for (const button of document.querySelectorAll(".sync-button, #full-resync")) {
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
    }
  }

  // The answer brings the controls that this page has, and no others.
  document.addEventListener("htmx:configRequest", (event) => {
    if (isControl(event.detail.elt) || event.detail.elt === messenger) {
      const places = [...document.querySelectorAll("form.sync")].map((form) => form.id.replace("sync-", ""));
      event.detail.parameters.set("places", places.join(","));
    }
    if (event.detail.elt === messenger) {
      isLookWaiting &&= event.detail.path !== `${place}/status`;
      // As it is when it is sent, not when its turn was asked for.
      if (isDeferred) {
        event.detail.parameters.set("deferred", 1);
      }
    }
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isControl(event.detail.elt)) {
      isSyncPressed = true;
      showSyncing();
    }
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (isControl(event.detail.elt)) {
      isSyncPressed = false;
      showDone();
      if (!event.detail.successful) {
        look();
      }
    }
  });

  /* Events. */

  body.addEventListener("pos:synced", ({ detail }) => {
    if (detail.version !== shown()) {
      refresh(detail.version);
    }
  });
  body.addEventListener("pos:version", ({ detail }) => catchUp(detail.version));
  body.addEventListener("pos:notice", look);
  body.addEventListener("pos:state", look);

  // The 86 list changed: tiles show it at once, but never under a finger.
  let staleTimer = null;

  function repaint() {
    clearTimeout(staleTimer);
    if (isBusy()) {
      staleTimer = setTimeout(repaint, LOOK_AGAIN_MS);
    } else {
      body.dispatchEvent(new CustomEvent("catalog:stale"));
    }
  }

  body.addEventListener("pos:sold-out", repaint);
  body.addEventListener("pos:applied", ({ detail }) => {
    // The answer to a pressed Sync brings its own toast and refresh.
    if (!isSyncPressed) {
      catchUp(detail.version);
    }
  });

  function compareSoon() {
    setTimeout(report, Math.random() * JITTER_MS);
  }

  body.addEventListener("socket:connected", compareSoon);
  body.addEventListener("socket:connected", () => {
    // An older page may have missed what became sold out while nobody could tell it.
    if (performance.now() > FRESH_MS) {
      repaint();
    }
  });
  body.addEventListener("page:visible", compareSoon);
  // A tile that was just pressed is not exchanged: the calm is counted again from each press.
  for (const name of PRESSES) {
    document.addEventListener(name, () => (lastPress = performance.now()), { capture: true, passive: true });
  }

  setInterval(() => {
    if (document.visibilityState === "visible") {
      report();
    }
  }, POLL_MS);

  // Somebody else's sync is running: look until it is over, its end may change nothing that is told.
  setInterval(() => {
    if (!isSyncPressed && document.querySelector('.sync[data-state="syncing"]')) {
      look();
    }
  }, BUSY_POLL_MS);

  messenger.hidden = true;
  messenger.id = "sync-messenger";
  // Each is sent: one of them tells that the page has caught up, and brings the toast about it.
  messenger.setAttribute("hx-sync", "this:queue all");
  body.append(messenger);
  report();
})();
