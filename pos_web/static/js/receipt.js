/* Print, and on to the next order by itself when nobody touches the receipt. */
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) {
      window.print();
    }
  });

  const next = document.querySelector("[data-auto-next]");
  if (!next) {
    return;
  }

  const timer = setTimeout(() => next.click(), Number(next.dataset.autoNext) * 1000);
  for (const name of ["pointerdown", "keydown"]) {
    document.addEventListener(name, () => clearTimeout(timer), { once: true, capture: true });
  }
})();
