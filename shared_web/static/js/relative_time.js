/* Keeps <time data-relative datetime="…">2 min ago</time> true, every 30 s, in the page's language. */
(() => {
  "use strict";

  const REFRESH_MS = 30_000;
  const STEPS = [
    ["minute", 60],
    ["hour", 3600],
    ["day", 86_400],
  ];
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", {
    numeric: "auto",
    style: "short",
  });

  function words(then) {
    const seconds = (Date.now() - then) / 1000;
    if (Math.abs(seconds) < 45) {
      return document.body.dataset.justNow;
    }
    const [unit, size] = STEPS.findLast(([, length]) => Math.abs(seconds) >= length) ?? STEPS[0];
    return format.format(-Math.round(seconds / size), unit);
  }

  function refresh(root = document) {
    for (const element of root.querySelectorAll("time[data-relative]")) {
      const then = Date.parse(element.dateTime);
      if (!Number.isNaN(then)) {
        element.textContent = words(then);
      }
    }
  }

  setInterval(refresh, REFRESH_MS);
  document.addEventListener("htmx:load", () => refresh());
  document.body.addEventListener("page:visible", () => refresh());
  refresh();
})();
