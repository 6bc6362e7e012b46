/* Nobody touches the till for a while: it locks, and the order stays. */
(() => {
  "use strict";

  const seconds = Number(document.body.dataset.idleLockS);
  const form = document.getElementById("lock");
  let touched = Date.now();

  if (!seconds || !form) {
    return;
  }

  for (const name of ["pointerdown", "keydown", "wheel"]) {
    document.addEventListener(name, () => (touched = Date.now()), { capture: true, passive: true });
  }

  // A sleeping tablet runs no timers: the clock is compared, not counted.
  setInterval(() => {
    if (Date.now() - touched >= seconds * 1000) {
      touched = Date.now();
      form.requestSubmit();
    }
  }, 1000);
})();
