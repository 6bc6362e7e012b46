/*
 * After too many wrong PINs: the seconds that are left count down in the sentence, for eyes only; that the
 * wait is over is said aloud, too.
 */
(() => {
  "use strict";

  const TICK_MS = 1000;
  // A longer wait is told in minutes.
  const LONGEST_S = 90;
  let ticking = 0;
  let begun = null;

  function begin() {
    const line = document.querySelector(".pin-message[data-wait-s]");
    // Any answer of the page comes by here: the seconds of a sentence that stays go on.
    if (line === begun) {
      return;
    }
    begun = line;
    clearInterval(ticking);
    if (!line) {
      return;
    }
    const seconds = Number(line.dataset.waitS);
    // A clock that somebody puts right makes no wait longer.
    const end = performance.now() + seconds * TICK_MS;
    ticking = setInterval(() => tick(line, Math.ceil((end - performance.now()) / TICK_MS), seconds), TICK_MS);
  }

  function tick(line, left, seconds) {
    // The next digit has taken the sentence away.
    if (!line.isConnected || !line.textContent) {
      clearInterval(ticking);
    } else if (left <= 0) {
      clearInterval(ticking);
      line.setAttribute("role", "alert");
      line.textContent = line.dataset.over;
    } else if (seconds <= LONGEST_S && left > 1) {
      line.removeAttribute("role");
      line.textContent = line.textContent.replace(/\d+/, left);
    }
  }

  document.addEventListener("htmx:afterSettle", begin);
  begin();
})();
