/* Open menus of the shell close by Esc, by a press elsewhere, and when the focus leaves them. */
(() => {
  "use strict";

  function open() {
    return [...document.querySelectorAll("details.dropdown[open]")];
  }

  document.addEventListener("click", (event) => {
    open()
      .filter((menu) => !menu.contains(event.target))
      .forEach((menu) => menu.removeAttribute("open"));
  });

  document.addEventListener("focusout", (event) => {
    const menu = event.target.closest?.("details.dropdown[open]");
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) {
      menu.removeAttribute("open");
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of open()) {
        menu.removeAttribute("open");
        menu.querySelector("summary").focus();
      }
    } else if (event.key === "/" && !event.target.closest?.("input, textarea, select")) {
      const search = document.getElementById("search");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
  });
})();
