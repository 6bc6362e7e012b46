/*
 * A form that is sent without leaving its page. What is refused comes back into it, beside the fields, and
 * nothing that was typed or chosen is lost: no PIN, password or photo either, which no server sends back.
 * A second press while the first one runs does nothing; without a line the page stays as it is. Back does
 * not meet a page that the browser would have to send again. Without this file it is a plain post.
 */
(() => {
  "use strict";

  const KEPT = 'input[type="file"], .secret input';

  let pressed = null;
  let typed = [];

  function show(button, isBusy) {
    for (const name of ["aria-busy", "aria-disabled"]) {
      if (isBusy) {
        button?.setAttribute(name, "true");
      } else {
        button?.removeAttribute(name);
      }
    }
  }

  function remembered(form) {
    return [...form.querySelectorAll(KEPT)].map(({ id, value, files }) => ({ id, value, files }));
  }

  function giveBack(typed) {
    for (const { id, value, files } of typed) {
      const field = document.getElementById(id);
      if (field?.type === "file") {
        field.files = files;
      } else if (field) {
        field.value = value;
      }
    }
  }

  async function send(form, event) {
    pressed = event.submitter ?? pressed;
    const button = pressed;
    form.dataset.inPlace = "sent";
    show(button, true);
    // `form.action` would be its buttons of that name.
    const answer = window.htmx.ajax("POST", form.getAttribute("action"), {
      source: form,
      event,
      target: form,
      select: `#${form.id} > *`,
      swap: "morph:innerHTML",
      values: button?.name ? { [button.name]: button.value } : {},
    });
    // Whoever was not answered is told by unreachable.js.
    await answer.catch(() => null);
  }

  // As it is when the answer comes: somebody may have mended a PIN meanwhile.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.matches("[data-in-place]")) {
      typed = remembered(detail.target);
    }
  });

  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.matches("[data-in-place]")) {
      giveBack(typed);
    }
  });

  // After every handler of the page that may hold it: the one that asks for the own password, for instance.
  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-in-place]") || event.defaultPrevented) {
      return;
    }
    event.preventDefault();
    if (form.dataset.inPlace !== "sent") {
      send(form, event);
    }
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!form.matches("[data-in-place]")) {
      return;
    }
    // On its way to the next page it stays sent.
    if (!event.detail.xhr?.getResponseHeader("HX-Redirect")) {
      form.dataset.inPlace = "";
      show(pressed, false);
    }
    form.querySelector(".error-summary, .conflict")?.focus();
  });

  // A page that comes back out of the browser's memory can be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-in-place]")) {
      form.dataset.inPlace = "";
    }
    show(pressed, false);
  });
})();
