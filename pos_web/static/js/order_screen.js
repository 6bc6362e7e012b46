/* Small things of the order screen: the changed line stays in sight, a chosen tab empties the search. */
(() => {
  "use strict";

  let known = new Map();

  function quantities() {
    const lines = [...document.querySelectorAll(".order-lines > li")];
    return new Map(lines.map((line) => [line.id, line.querySelector(".order-line-quantity").textContent]));
  }

  document.addEventListener("htmx:afterSettle", () => {
    const now = quantities();
    const changed = [...now].filter(([id, quantity]) => known.get(id) !== quantity).at(-1);
    if (changed) {
      document.getElementById(changed[0])?.scrollIntoView({ block: "nearest" });
    }
    known = now;
  });

  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-clears-search]");
    if (chosen) {
      document.getElementById("q").value = "";
      // What was typed a moment ago is searched for in a moment: in the tab that is chosen now.
      document.getElementById("catalog-tab").value = chosen.dataset.clearsSearch;
    }
  });

  known = quantities();
})();
