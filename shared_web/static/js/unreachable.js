/*
 * What happens when an htmx request gets no answer, or one that carries nothing to show. A person
 * who pressed something is told; a refresh that ran by itself only tells the page, so that the
 * offline bar (and not a pile of toasts) speaks for it.
 */
(() => {
  "use strict";

  let last = null;
  let retried = null;

  function tell(name) {
    document.body.dispatchEvent(new CustomEvent(name));
  }

  function failed(event, template) {
    const detail = event.detail;
    // What "Try again" pressed was pressed by a person, too.
    if (detail.requestConfig?.triggeringEvent?.isTrusted || detail.elt === retried) {
      last = { element: detail.elt, id: detail.elt.id };
      window.evertill.toasts?.showTemplate(template);
    }
  }

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      failed(event, "offline-toast");
      tell("page:unreachable");
    });
  }

  // A request of script (htmx.ajax) rejects its promise besides, with nothing in it: it has been told here.
  window.addEventListener("unhandledrejection", (event) => {
    if (event.reason === undefined) {
      event.preventDefault();
    }
  });

  // A proxy in front of a server that is gone answers for it.
  document.addEventListener("htmx:beforeOnLoad", (event) =>
    tell([502, 504].includes(event.detail.xhr.status) ? "page:unreachable" : "page:reachable"),
  );

  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    // It brings a toast or a dialog, or it is shown itself, as a form that somebody else was faster with.
    const isShown = !["none", null].includes(xhr.getResponseHeader("HX-Reswap"));
    if (!isShown && !xhr.responseText.includes("hx-swap-oob")) {
      failed(event, "failed-toast");
    }
  });

  document.body.addEventListener("toast:retry", () => {
    const element = last?.element.isConnected ? last.element : last?.id && document.getElementById(last.id);
    retried = element;
    if (element instanceof HTMLFormElement) {
      element.requestSubmit();
    } else {
      element?.click?.();
    }
  });
})();
