/*
 * The boxes of a role: what a permission needs is ticked along, what needs it is unticked along, and said
 * aloud. Select All ticks at once. The server completes and checks all of it without this file, too.
 */
(() => {
  "use strict";

  const frame = document.querySelector("[data-permissions]");
  if (!frame) {
    return;
  }

  const boxes = [...frame.querySelectorAll('input[name="permissions"]')];
  const byKey = new Map(boxes.map((box) => [box.value, box]));
  const needs = (box) => box.dataset.needs.split(" ").filter(Boolean);
  const label = (box) => box.closest("label").querySelector("[data-label]").textContent;

  function follow(box, changed = []) {
    const others = box.checked
      ? needs(box).map((key) => byKey.get(key))
      : boxes.filter((other) => needs(other).includes(box.value));
    for (const other of others) {
      if (other.checked !== box.checked) {
        other.checked = box.checked;
        changed.push(other);
        follow(other, changed);
      }
    }
    return changed;
  }

  function count() {
    for (const section of frame.querySelectorAll("[data-section]")) {
      const all = section.querySelectorAll('input[name="permissions"]');
      const ticked = [...all].filter((box) => box.checked).length;
      const words = section.querySelector("[data-ticked]");
      words.textContent = words.dataset.words.replace("#1", ticked).replace("#2", all.length);
    }
  }

  function tell(changed, isTicked) {
    if (changed.length) {
      const words = isTicked ? frame.dataset.also : frame.dataset.alsoNot;
      window.evertill.toasts.show("info", words.replace("#", changed.map(label).join(", ")));
    }
    count();
  }

  frame.addEventListener("change", (event) => {
    if (event.target.name === "permissions") {
      tell(follow(event.target), event.target.checked);
    }
  });

  frame.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tick-section]");
    if (!button) {
      return;
    }
    event.preventDefault();
    const isTicked = button.dataset.tickSection === "all";
    const section = [...button.closest("[data-section]").querySelectorAll('input[name="permissions"]')];
    const changed = section.filter((box) => !box.disabled && box.checked !== isTicked);
    changed.forEach((box) => {
      box.checked = isTicked;
    });
    const along = changed.flatMap((box) => follow(box)).filter((box) => !section.includes(box));
    tell(along, isTicked);
    changed[0]?.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
