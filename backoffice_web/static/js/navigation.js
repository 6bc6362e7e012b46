/* On a low screen the navigation scrolls: the page that is open is in sight there. */
(() => {
  "use strict";

  const link = document.querySelector(".office-nav [aria-current]");
  const frame = link?.closest(".office-nav");

  if (frame && link.offsetTop + link.offsetHeight > frame.clientHeight) {
    frame.scrollTop = link.offsetTop - frame.clientHeight / 2;
  }
})();
