/*
 * A barcode scanner types like a very fast hand and ends with Enter or Tab. Its keys are taken out of
 * whatever has focus (otherwise its Enter would press the last tile, or Pay) and sent as one code.
 * Scans that come while a request runs wait their turn (hx-sync on #scan).
 */
(() => {
  "use strict";

  const LONGEST_GAP_MS = 35;
  const SHORTEST_CODE = 6;
  const form = document.getElementById("scan");
  let burst = null;

  if (!form) {
    return;
  }

  function isTextField(element) {
    return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
  }

  function begin(event) {
    const focused = document.activeElement;
    const before = isTextField(focused) ? focused.value : null;
    burst = { code: event.key, last: event.timeStamp, focused, before };
  }

  function finish(event) {
    const { code, focused, before } = burst;
    burst = null;
    event.preventDefault();
    event.stopImmediatePropagation();
    document.dispatchEvent(new CustomEvent("scan:read"));
    if (before !== null && focused.isConnected) {
      focused.value = before;
    }
    send(code, event);
  }

  /* What this terminal's scanner types before each code, see POS Settings. */
  function withoutPrefix(code) {
    const prefix = document.getElementById("device")?.dataset.scannerPrefix ?? "";
    return prefix && code.startsWith(prefix) ? code.slice(prefix.length) : code;
  }

  function send(typed, event) {
    const code = withoutPrefix(typed);
    window.htmx.ajax("POST", form.getAttribute("hx-post"), {
      source: form,
      event,
      target: form.getAttribute("hx-target"),
      swap: form.getAttribute("hx-swap"),
      values: { [form.dataset.field ?? "code"]: code },
    });
  }

  document.addEventListener(
    "keydown",
    (event) => {
      const isFast = burst && event.timeStamp - burst.last <= LONGEST_GAP_MS;
      if ((event.key === "Enter" || event.key === "Tab") && isFast && burst.code.length >= SHORTEST_CODE) {
        finish(event);
      } else if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) {
        if (isFast) {
          burst.code += event.key;
          burst.last = event.timeStamp;
        } else {
          begin(event);
        }
      } else if (event.key !== "Shift") {
        burst = null;
      }
    },
    true,
  );

  // A code typed by hand into the search field and ended with Enter is a scan too.
  document.getElementById("search")?.addEventListener(
    "submit",
    (event) => {
      const field = document.getElementById("q");
      const code = field.value.trim();
      if (/^[0-9]{6,}$/.test(code)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        field.value = "";
        send(code, event);
      }
    },
    true,
  );
})();
