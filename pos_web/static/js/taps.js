/*
 * Every tap that rings something gets an id of its own, so that its request rings once, however often
 * it is repeated. A tap whose request got no answer keeps its id: pressing the same again repeats it, also
 * when the tile has been painted anew meanwhile.
 */
(() => {
  "use strict";

  const unanswered = new Map();

  function newId() {
    // randomUUID exists in secure contexts only; tills on a shop's own network often have none.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /* What is the same tap when it is repeated: one dialog, one tile, one scanned code. */
  function sameTap(element, parameters) {
    return element.dataset.tap === "once" ? element : `${element.id} ${parameters.get("code") ?? ""}`;
  }

  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, parameters } = event.detail;
    if ("tap" in elt.dataset) {
      const key = sameTap(elt, parameters);
      const id = unanswered.get(key) ?? newId();
      parameters.set("tap", id);
      if (elt.dataset.tap === "once") {
        unanswered.set(key, id);
      }
    }
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const { elt, requestConfig } = event.detail;
      if ("tap" in elt.dataset) {
        unanswered.set(sameTap(elt, requestConfig.parameters), requestConfig.parameters.get("tap"));
      }
    });
  }

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { elt, requestConfig } = event.detail;
    if ("tap" in elt.dataset && elt.dataset.tap !== "once") {
      unanswered.delete(sameTap(elt, requestConfig.parameters));
    }
  });

  window.evertill.newId = newId;
})();
