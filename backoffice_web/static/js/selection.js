/* Ticking rows of a list: all of the page at once, and how many are ticked. */
(() => {
  "use strict";

  function boxes() {
    return [...document.querySelectorAll('#list input[name="key"]')];
  }

  function count() {
    const all = boxes();
    const ticked = all.filter((box) => box.checked).length;
    const words = document.querySelector("[data-checked-count]");
    if (words) {
      words.textContent = ticked === 1 ? words.dataset.one : words.dataset.many.replace("#", ticked);
    }
    const head = document.querySelector("[data-check-all]");
    if (head) {
      head.checked = all.length > 0 && ticked === all.length;
      head.indeterminate = ticked > 0 && ticked < all.length;
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-check-all]")) {
      boxes().forEach((box) => {
        box.checked = event.target.checked;
      });
    }
    if (event.target.matches?.('[data-check-all], #list input[name="key"]')) {
      count();
    }
  });

  document.addEventListener("htmx:afterSwap", count);
  count();
})();
