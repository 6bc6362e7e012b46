/*
 * Does this till reach its store node? Two detectors: the socket that breaks off, and a request that
 * gets no answer. A short wait against flapping Wi-Fi, then the bar says so within five seconds; the
 * page keeps what was typed, and no link or form leads to the browser's own error page. While in doubt
 * the till looks every two seconds, and says "Back online" when it is answered.
 */
(() => {
  "use strict";

  const GRACE_MS = 1500;
  const PROBE_MS = 2000;
  const PROBE_LIMIT_MS = 4000;

  const body = document.body;
  const place = body.dataset.socketPath?.replace(/socket\.io$/, "syncs/status?places=");
  let lostAt = null;
  let isShown = false;
  let grace = null;
  let probes = null;
  let unlocked = null;

  if (!place || !bar()) {
    return;
  }

  let wasOffice = officeState();

  function bar() {
    return document.getElementById("connection");
  }

  function officeState() {
    return document.getElementById("office-line")?.dataset.state;
  }

  function doubt(graceMs) {
    if (lostAt) {
      return;
    }
    lostAt = new Date();
    grace = setTimeout(lose, graceMs);
    probes = setInterval(probe, PROBE_MS);
  }

  function lose() {
    isShown = true;
    render();
  }

  function isBack() {
    if (!lostAt) {
      return;
    }
    clearTimeout(grace);
    clearInterval(probes);
    lostAt = null;
    if (isShown) {
      isShown = false;
      render();
      window.evertill.toasts.show("success", bar().dataset.backOnline, bar().dataset.tillBack);
    }
    const form = unlocked;
    unlocked = null;
    form?.requestSubmit();
  }

  async function isAnswered() {
    try {
      const limit = AbortSignal.timeout(PROBE_LIMIT_MS);
      const answer = await fetch(place, { headers: { "HX-Request": "true" }, signal: limit, cache: "no-store" });
      return answer.ok;
    } catch {
      return false;
    }
  }

  /* No answer yet: the next look comes by itself. */
  async function probe() {
    if (await isAnswered()) {
      body.dispatchEvent(new CustomEvent("page:reachable"));
    }
  }

  /* A socket that does not come about breaks off neither. A proxy may be in its way, so the line itself is looked at. */
  async function suspect() {
    if (!lostAt && !(await isAnswered())) {
      doubt(GRACE_MS);
    }
  }

  /* Also after a swap: the bar may have come anew with a fragment. */
  function render() {
    const line = document.getElementById("till-line");
    if (!line) {
      return;
    }
    line.hidden = !isShown;
    if (isShown) {
      const words = line.querySelector("[data-words]");
      const time = lostAt.toLocaleTimeString(document.documentElement.lang, {
        hour: "numeric",
        minute: "2-digit",
        timeZone: bar().dataset.timeZone,
      });
      words.textContent = words.dataset.words.replace("{time}", time);
    }
  }

  function compareOffice() {
    const state = officeState();
    if (wasOffice === "offline" && state === "online") {
      window.evertill.toasts.show("success", bar().dataset.backOnline, bar().dataset.officeBack);
    }
    wasOffice = state ?? wasOffice;
  }

  function stay(event) {
    event.preventDefault();
    event.stopPropagation();
    window.evertill.toasts.show("error", bar().dataset.offline);
  }

  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[href]");
      if (isShown && link && window.evertill.leavesThePage(link)) {
        stay(event);
      }
    },
    { capture: true },
  );

  document.addEventListener(
    "submit",
    (event) => {
      if (!isShown || event.target.method === "dialog" || !window.evertill.leavesThePage(event.target)) {
        return;
      }
      if (event.target.id === "lock") {
        // Nobody can use a till without its store node; it locks as soon as it is back.
        unlocked = event.target;
        event.preventDefault();
        return;
      }
      stay(event);
    },
    { capture: true },
  );

  // After a ping that did not come, seconds of silence have passed already.
  body.addEventListener("socket:disconnected", ({ detail }) => doubt(detail.reason === "ping timeout" ? 0 : GRACE_MS));
  body.addEventListener("socket:failed", suspect);
  body.addEventListener("page:unreachable", () => doubt(GRACE_MS));
  body.addEventListener("socket:connected", isBack);
  body.addEventListener("page:reachable", isBack);
  document.addEventListener("htmx:afterSettle", render);
  for (const name of ["htmx:afterSettle", "htmx:oobAfterSwap"]) {
    document.addEventListener(name, compareOffice);
  }
})();
