/*
 * What changes the order is sent one after the other, as it was pressed, and nobody leaves the page before: Pay,
 * Hold and Lock wait for the taps that are on their way. (htmx's own queue, hx-sync, loses what waits as soon as
 * the pressed element goes, to another tab or a search, and then stands still.)
 * data-in-turn; data-in-turn="once" is not sent again before it is answered.
 */
(() => {
  "use strict";

  const waiting = [];
  // Sends for an element that has gone meanwhile.
  const deputy = document.createElement("span");
  let running = null;
  let leaving = null;

  function isTaken(element) {
    return running?.element === element || waiting.some((turn) => turn.element === element);
  }

  function valuesOf(element, more = {}) {
    const values = element instanceof HTMLFormElement ? new FormData(element) : new FormData();
    const own = JSON.parse(element.getAttribute("hx-vals") ?? "{}");
    const tap = "tap" in element.dataset ? { tap: window.evertill.newId() } : {};
    Object.entries({ ...own, ...tap, ...more }).forEach(([name, value]) => values.set(name, value));
    return values;
  }

  function turnOf({ elt, verb, path, etc, issueRequest }) {
    const target = elt.getAttribute("hx-target") ?? "#order";
    const swap = elt.getAttribute("hx-swap");
    const values = valuesOf(elt, etc.values);
    return {
      element: elt,
      send: () => (elt.isConnected ? issueRequest(true) : window.htmx.ajax(verb, path, { source: deputy, target, swap, values })),
    };
  }

  function next() {
    while (!running && waiting.length) {
      // What sends nothing, because the page is being left, ends its turn at once.
      waiting.shift().send();
    }
    if (!running) {
      leave();
    }
  }

  function leave() {
    const { element, goOn } = leaving ?? {};
    leaving = null;
    element?.removeAttribute("aria-busy");
    if (element?.isConnected) {
      goOn();
    }
  }

  function stay() {
    leaving?.element.removeAttribute("aria-busy");
    leaving = null;
  }

  function hold(event, element, goOn) {
    if (running) {
      event.preventDefault();
      event.stopImmediatePropagation();
      stay();
      leaving = { element, goOn };
      element.setAttribute("aria-busy", "true");
    }
  }

  function leavesThePage(element) {
    return !["hx-get", "hx-post", "data-dialog-open", "data-dialog-close"].some((name) => element.hasAttribute(name));
  }

  document.addEventListener("htmx:confirm", (event) => {
    const { elt } = event.detail;
    if (elt.matches("[data-in-turn]")) {
      event.preventDefault();
      if (elt.dataset.inTurn !== "once" || !isTaken(elt)) {
        waiting.push(turnOf(event.detail));
        next();
      }
    }
  });

  document.addEventListener("htmx:beforeSend", (event) => {
    const { elt, xhr } = event.detail;
    if (elt === deputy || elt.matches("[data-in-turn]")) {
      running = { element: elt };
      // Not htmx:afterRequest, which nobody hears of an element that has gone.
      xhr.addEventListener("loadend", () => {
        running = null;
        if (xhr.status < 200 || xhr.status > 299 || xhr.getResponseHeader("HX-Redirect")) {
          // Refused, or not answered: that is to be read first.
          stay();
        }
        next();
      });
    }
  });

  // On window, to be asked before disabled.js: an order that is empty still may have its first line in a moment.
  window.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[href]:not([target])");
      if (link && leavesThePage(link) && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        hold(event, link, () => link.click());
      }
    },
    { capture: true },
  );

  window.addEventListener(
    "submit",
    (event) => {
      const { target: form, submitter } = event;
      if (form.method !== "dialog" && leavesThePage(form)) {
        hold(event, form, () => form.requestSubmit(submitter?.isConnected ? submitter : undefined));
      }
    },
    { capture: true },
  );

  deputy.hidden = true;
  document.body.append(deputy);
  window.evertill.leavesThePage = leavesThePage;
})();
