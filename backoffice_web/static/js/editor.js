/*
 * An editor's form: says when something is not saved yet, asks before it is lost, and mirrors the
 * name, the price and the colour onto the preview of the tile. Everything else works without this file.
 */
(() => {
  "use strict";

  const form = document.querySelector("[data-editor]");
  if (!form) {
    return;
  }

  let isDirty = "dirty" in form.dataset;
  let isLeaving = false;

  function show() {
    form.querySelector("[data-when-dirty]").hidden = !isDirty;
    form.querySelector("[data-when-clean]").hidden = isDirty;
  }

  function mirror(event) {
    const field = event.target;
    for (const copy of document.querySelectorAll(`[data-mirror="${CSS.escape(field.name ?? "")}"]`)) {
      copy.textContent = field.value || copy.dataset.empty || "";
    }
    const preview = document.querySelector("[data-tile-preview]");
    if (preview && field.name === "tone") {
      preview.className = `tile tone-${field.value || preview.dataset.tilePreview || "other"}`;
    }
  }

  // The tile shows the lowest price of the variants, and says so when they differ.
  function showPrice() {
    const tile = document.querySelector("[data-tile-price]");
    if (!tile) {
      return;
    }
    const ending = `-price-${CSS.escape(tile.dataset.tilePrice)}`;
    const typed = [...form.querySelectorAll(`input[name^="variants-"][name$="${ending}"]`)]
      .map((field) => field.value.trim())
      .filter(Boolean);
    const amounts = new Map(typed.map((text) => [Number(text.replace(",", ".")), text]));
    const lowest = amounts.get(Math.min(...amounts.keys())) ?? typed[0] ?? "";
    tile.textContent = amounts.size > 1 ? tile.dataset.from.replace("#", lowest) : lowest;
  }

  form.addEventListener("input", (event) => {
    if (event.target.name !== "publish_to") {
      isDirty = true;
      show();
    }
    mirror(event);
    showPrice();
  });

  form.addEventListener("submit", () => {
    isLeaving = true;
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    // The shell asks for other things meanwhile, such as how much waits: that ends no save.
    if (event.detail.elt !== form) {
      return;
    }
    isLeaving = Boolean(event.detail.xhr?.getResponseHeader("HX-Redirect"));
    // What was refused came back into the form.
    show();
    showPrice();
  });

  // Rows were added or removed: that is a change too. The focus goes to where one types next.
  form.addEventListener("htmx:afterSettle", (event) => {
    if (!event.target.closest("#fields")) {
      return;
    }
    isDirty = true;
    show();
    showPrice();
    const isAdded = event.detail.requestConfig?.elt?.value === "add-row";
    const rows = [...form.querySelectorAll(".rows-item")];
    const place = isAdded ? rows.at(-1)?.querySelector('input:not([type="hidden"])') : form.querySelector("#add-row");
    place?.focus();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-leave]")) {
      isLeaving = true;
    } else if (event.target.closest("[data-discard]") && isDirty) {
      event.preventDefault();
      window.evertill.dialogs.open(document.getElementById("discard"), event.target.closest("[data-discard]"));
    }
  });

  window.addEventListener("beforeunload", (event) => {
    if (isDirty && !isLeaving) {
      event.preventDefault();
    }
  });

  // Coming back by the browser's Back button shows the form as it was left.
  window.addEventListener("pageshow", () => {
    isLeaving = false;
  });

  show();
  showPrice();
})();
