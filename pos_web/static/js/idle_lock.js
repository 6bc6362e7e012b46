/*
 * Locking: nobody touches the till for a while, or the person was switched off, or got another PIN or role.
 * The order stays. The server counts too: it is told of touches, now and then, and how long ago they were.
 */
(() => {
  "use strict";

  const BEAT_MS = 10_000;
  const body = document.body;
  const seconds = Number(body.dataset.idleLockS);
  const form = document.getElementById("lock");
  const place = body.dataset.socketPath?.replace(/socket\.io$/, "sessions");
  const messenger = document.createElement("span");
  let touched = Date.now();
  let told = Date.now();

  if (!form || !place) {
    return;
  }

  function tell() {
    told = Date.now();
    const values = { ago: Math.floor((told - touched) / 1000) };
    window.htmx.ajax("POST", `${place}/touches`, { source: messenger, swap: "none", values });
  }

  /* Does this session still go on? The answer leads to the Login screen if not. */
  function look() {
    window.htmx.ajax("GET", `${place}/current`, { source: messenger, swap: "none" });
  }

  messenger.hidden = true;
  body.append(messenger);
  for (const name of ["pos:locked", "socket:connected", "page:visible"]) {
    body.addEventListener(name, look);
  }

  if (!seconds) {
    return;
  }

  for (const name of ["pointerdown", "pointermove", "keydown", "wheel"]) {
    document.addEventListener(name, () => (touched = Date.now()), { capture: true, passive: true });
  }

  // A sleeping tablet runs no timers: the clock is compared, not counted. One that was put back tells nothing of
  // how long it has been: then the till locks, as the server does.
  setInterval(() => {
    if (Math.abs(Date.now() - touched) >= seconds * 1000) {
      touched = Date.now();
      form.requestSubmit();
    } else if (touched > told && Date.now() - told >= Math.min(BEAT_MS, (seconds * 1000) / 3)) {
      tell();
    }
  }, 1000);
})();
