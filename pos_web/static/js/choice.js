/*
 * The dialog of variants and modifiers: the running price on the button, and why it cannot be pressed
 * yet. The server checks the same rules again.
 */
(() => {
  "use strict";

  function refresh(form) {
    const groups = [...form.querySelectorAll("[data-group]")];
    const problem = groups.map(problemOf).find(Boolean) ?? "";
    const add = form.querySelector("[data-add]");
    form.querySelector("[data-reason]").textContent = problem;
    if (problem) {
      add.setAttribute("aria-disabled", "true");
    } else {
      add.removeAttribute("aria-disabled");
    }
    form.querySelector("[data-running-price]").textContent = price(form);
    groups.forEach(mark);
  }

  function problemOf(group) {
    const count = group.querySelectorAll(":checked").length;
    const most = Number(group.dataset.maximum);
    const isRight = count >= Number(group.dataset.minimum) && (!most || count <= most);
    return isRight ? "" : group.dataset.problem;
  }

  function mark(group) {
    const badge = group.querySelector("[data-need]");
    if (Number(group.dataset.minimum)) {
      const isRight = !problemOf(group);
      badge.classList.toggle("badge-ok", isRight);
      badge.classList.toggle("badge-warn", !isRight);
    }
    // With one to choose at most, the next one replaces it; with more, the rest waits.
    const most = Number(group.dataset.maximum);
    const boxes = [...group.querySelectorAll("input[type=checkbox]:not([data-sold-out])")];
    const isFull = most > 1 && boxes.filter((box) => box.checked).length >= most;
    boxes.forEach((box) => {
      box.disabled = isFull && !box.checked;
    });
  }

  function keepToOne(box) {
    const group = box.closest("[data-group]");
    if (box.checked && Number(group?.dataset.maximum) === 1) {
      group.querySelectorAll("input[type=checkbox]:checked").forEach((other) => {
        other.checked = other === box;
      });
    }
  }

  function price(form) {
    const chosen = [...form.querySelectorAll("[data-price]")].filter((one) => one.type === "hidden" || one.checked);
    const cents = Math.max(chosen.reduce((sum, one) => sum + Number(one.dataset.price), 0), 0);
    const places = Number(form.dataset.fractionDigits);
    const format = new Intl.NumberFormat(form.dataset.locale, { style: "currency", currency: form.dataset.currency });
    return format.format(cents / 10 ** places);
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-choice]");
    if (form) {
      keepToOne(event.target);
      refresh(form);
    }
  });

  document.addEventListener("htmx:load", (event) => event.target.querySelectorAll("[data-choice]").forEach(refresh));
  document.querySelectorAll("[data-choice]").forEach(refresh);
})();
