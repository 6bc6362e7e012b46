/* The clock in the footer, in the store's time zone; and whether the till reaches its store node. */
(() => {
  "use strict";

  function tick() {
    for (const clock of document.querySelectorAll("time[data-clock]")) {
      const format = new Intl.DateTimeFormat(document.documentElement.lang, {
        dateStyle: clock.dataset.clock || "medium",
        timeStyle: "short",
        timeZone: clock.dataset.timeZone,
      });
      clock.textContent = format.format(new Date());
    }
  }

  function line(isOn) {
    for (const badge of document.querySelectorAll("[data-line]")) {
      badge.hidden = (badge.dataset.line === "on") !== isOn;
    }
  }

  document.body.addEventListener("socket:connected", () => line(true));
  document.body.addEventListener("socket:disconnected", () => line(false));
  document.body.addEventListener("page:unreachable", () => line(false));
  document.body.addEventListener("page:reachable", () => line(true));

  tick();
  setInterval(tick, 15_000);
})();
