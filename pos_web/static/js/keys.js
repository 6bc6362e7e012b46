/*
 * Keys of tills with a keyboard: what carries data-key="F9" is pressed by F9, a field is focused.
 * "/" is a key only while no field has focus. F10 presses the sync control.
 */
(() => {
  "use strict";

  function wanted(key) {
    const place = window.evertill.speech.topDialog() ?? document;
    const selector = key === "F10" ? ".sync-button" : `[data-key="${key}"]`;
    return [...place.querySelectorAll(selector)].find((one) => one.offsetParent !== null);
  }

  function isTyping() {
    return document.activeElement?.matches("input, textarea, select");
  }

  document.addEventListener("keydown", (event) => {
    const isKey = event.key === "/" ? !isTyping() : /^F(2|8|9|10)$/.test(event.key);
    if (!isKey || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    let target = wanted(event.key);
    if (event.key === "F2" && !target) {
      // No line is open yet: open the newest, its quantity takes the focus when it comes.
      openNewestLine();
      event.preventDefault();
      return;
    }
    if (target) {
      event.preventDefault();
      if (target.matches("input")) {
        target.focus();
        target.select();
      } else {
        target.click();
      }
    }
  });

  // Other answers may settle first: wait for the one with the field, or until the person does something else.
  function openNewestLine() {
    const line = [...document.querySelectorAll(".order-line")].at(-1);
    if (!line) {
      return;
    }
    const waiting = new AbortController();
    const { signal } = waiting;
    const stop = () => waiting.abort();
    document.addEventListener("pointerdown", stop, { signal, capture: true });
    document.addEventListener("keydown", stop, { signal, capture: true });
    document.body.addEventListener("htmx:afterSettle", () => {
      const quantity = wanted("F2");
      if (quantity) {
        stop();
        quantity.select();
      }
    }, { signal });
    line.click();
  }

  // Arrows walk over the tiles as they lie on the screen.
  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const tile = document.activeElement?.closest(".tiles .tile");
    if (step && tile) {
      event.preventDefault();
      neighbour(tile, ...step)?.focus();
    }
  });

  function neighbour(tile, across, down) {
    const from = middle(tile);
    const others = [...tile.closest(".tiles").querySelectorAll(".tile")].filter((one) => one !== tile);
    const ahead = others
      .map((one) => ({ one, x: middle(one).x - from.x, y: middle(one).y - from.y }))
      .filter(({ x, y }) => (across ? x * across > 1 && Math.abs(y) < 2 : y * down > 1));
    ahead.sort((a, b) => Math.abs(a.x) + Math.abs(a.y) * 4 - Math.abs(b.x) - Math.abs(b.y) * 4);
    return ahead[0]?.one;
  }

  function middle(element) {
    const box = element.getBoundingClientRect();
    return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  }
})();
