/*
 * Every tap that rings something gets an id of its own, so that its request rings once, however often
 * it is repeated. A tap whose request got no answer keeps its id: pressing again repeats it.
 */
(() => {
  "use strict";

  function newId() {
    // randomUUID exists in secure contexts only; tills on a shop's own network often have none.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  document.addEventListener("htmx:configRequest", (event) => {
    const element = event.detail.elt;
    if ("tap" in element.dataset) {
      const id = element.dataset.unanswered || newId();
      event.detail.parameters.set("tap", id);
      if (element.dataset.tap === "once") {
        element.dataset.unanswered = id;
      }
    }
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const { elt, requestConfig } = event.detail;
      if ("tap" in elt.dataset) {
        elt.dataset.unanswered = requestConfig.parameters.get("tap");
      }
    });
  }

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { dataset } = event.detail.elt;
    if (dataset.tap !== "once") {
      delete dataset.unanswered;
    }
  });

  window.evertill.newId = newId;
})();
