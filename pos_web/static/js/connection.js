/*
 * Does this till reach its store node? Two detectors: the socket that breaks off, and a request that
 * gets no answer. A short wait against flapping Wi-Fi, then the bar says so within five seconds; the
 * page keeps what was typed, and no link or form leads to the browser's own error page: in doubt the line is
 * asked before the page is left, and what is on its way when the line falls silent is given up. Of a form nobody
 * knows then whether it was done: the till says so. While in doubt it looks every two seconds, and says
 * "Back online" when it is answered.
 */
(() => {
  "use strict";

  const GRACE_MS = 1500;
  const PROBE_MS = 2000;
  const PROBE_LIMIT_MS = 4000;
  // Nothing tells the page that a file has come; a silent line is known by then.
  const FILE_LIMIT_MS = 10_000;

  const body = document.body;
  const place = body.dataset.socketPath?.replace(/socket\.io$/, "syncs/status?places=");
  let lostAt = null;
  let isShown = false;
  let grace = null;
  let probes = null;
  let unlocked = null;
  // The link or the form by which the page is being left.
  let following = null;

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
    clearTimeout(grace);
    isShown = true;
    render();
    giveUp();
  }

  /* A line that is silent would lead to the browser's own page minutes later, and what was typed be gone. */
  function giveUp() {
    const element = following;
    following = null;
    if (!element) {
      return;
    }
    window.stop();
    if (element.id === "lock") {
      stay(element);
    } else if (element instanceof HTMLFormElement) {
      const { unknown, unknownAdvice } = bar().dataset;
      window.evertill.toasts.show("error", unknown, unknownAdvice);
    }
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

  function halt(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  function stay(element) {
    if (element.id === "lock") {
      // Nobody can use a till without its store node; it locks as soon as it is back.
      unlocked = element;
    } else {
      window.evertill.toasts.show("error", bar().dataset.offline);
    }
  }

  /* In doubt: whoever presses wants to know now. */
  async function leaveIfAnswered(element, goOn) {
    if (await isAnswered()) {
      isBack();
      goOn();
      return;
    }
    if (lostAt) {
      lose();
    }
    stay(element);
  }

  function leave(event, element, goOn) {
    if (!lostAt || !window.evertill.leavesThePage(element)) {
      return;
    }
    halt(event);
    if (isShown) {
      stay(element);
    } else {
      leaveIfAnswered(element, goOn);
    }
  }

  function follow(event, element) {
    // Whoever hears of it after us may keep the page.
    setTimeout(() => (following = event.defaultPrevented ? following : element));
    if ("answersFile" in element.dataset) {
      setTimeout(() => (following = following === element ? null : following), FILE_LIMIT_MS);
    }
  }

  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[href]");
      if (link) {
        leave(event, link, () => link.click());
        const isElsewhere = link.matches("[target], [download]") || event.ctrlKey || event.metaKey || event.shiftKey;
        if (!isElsewhere && window.evertill.leavesThePage(link)) {
          follow(event, link);
        }
      }
    },
    { capture: true },
  );

  document.addEventListener(
    "submit",
    (event) => {
      const { target: form, submitter } = event;
      if (form.method !== "dialog") {
        leave(event, form, () => form.requestSubmit(submitter?.isConnected ? submitter : undefined));
        if (window.evertill.leavesThePage(form)) {
          follow(event, form);
        }
      }
    },
    { capture: true },
  );

  window.addEventListener("pageshow", () => (following = null));

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
