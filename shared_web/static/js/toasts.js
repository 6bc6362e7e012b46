/*
 * The life of toasts. However they come (with the page, out of band, from script): they are spoken,
 * shown above dialogs, at most three at a time. Success and info go after 5 s, errors stay.
 */
(() => {
  "use strict";

  const LIFETIME_MS = 5000;
  const HELD_MS = 1000;
  const MOST = 3;
  const box = document.getElementById("toasts");
  let mouse = null;

  if (!box) {
    return;
  }

  function show(kind, title, detail = "") {
    const toast = copyOf(`${kind}-toast`);
    toast.querySelector(".toast-title").textContent = title;
    const second = toast.querySelector(".toast-detail");
    second.textContent = detail;
    second.hidden = !detail;
    box.append(toast);
  }

  function showTemplate(id) {
    box.append(copyOf(id));
  }

  function copyOf(id) {
    return document.getElementById(id).content.querySelector(".toast").cloneNode(true);
  }

  function welcome(toast) {
    const words = toast.querySelector(".toast-words");
    const title = titleOf(toast);
    toasts().filter((other) => other !== toast && titleOf(other) === title).forEach((other) => other.remove());
    makeRoom();
    const isError = toast.dataset.kind === "error";
    const sentences = [...words.querySelectorAll("p")].map((line) => line.textContent.trim().replace(/\.$/, ""));
    window.evertill.speech.say(isError ? "alert" : "status", sentences.filter(Boolean).join(". "));
    if (!isError) {
      setTimeout(() => leave(toast), LIFETIME_MS);
    }
  }

  function leave(toast) {
    if (toast.isConnected && isHeld(toast)) {
      setTimeout(() => leave(toast), HELD_MS);
    } else {
      toast.remove();
    }
  }

  /* Looked at by mouse or focus. The mouse is compared by place: toasts let it through. */
  function isHeld(toast) {
    const area = toast.getBoundingClientRect();
    const isUnderMouse =
      mouse && mouse.x >= area.left && mouse.x <= area.right && mouse.y >= area.top && mouse.y <= area.bottom;
    return isUnderMouse || toast.contains(document.activeElement);
  }

  function makeRoom() {
    while (toasts().length > MOST) {
      const oldest = toasts().find((toast) => toast.dataset.kind !== "error") ?? toasts()[0];
      oldest.remove();
    }
  }

  /*
   * The popover that was shown last lies on top, and outside an open modal dialog nothing can be
   * pressed: so the box moves into the dialog and is shown anew.
   */
  function raise() {
    const home = window.evertill.speech.topDialog() ?? document.body;
    if (box.parentElement !== home) {
      home.append(box);
    }
    if (box.matches(":popover-open")) {
      box.hidePopover();
    }
    if (toasts().length) {
      box.showPopover();
    }
  }

  function toasts() {
    return [...box.querySelectorAll(":scope > .toast")];
  }

  function titleOf(toast) {
    return toast.querySelector(".toast-title")?.textContent.trim();
  }

  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]);
    const fresh = added.filter((node) => node instanceof HTMLElement && node.matches(".toast") && node.isConnected);
    if (fresh.length) {
      raise();
      fresh.forEach(welcome);
    } else if (!toasts().length && box.matches(":popover-open")) {
      box.hidePopover();
    }
  }).observe(box, { childList: true });

  box.addEventListener("click", (event) => {
    const toast = event.target.closest(".toast");
    if (event.target.closest("[data-toast-dismiss]")) {
      toast.remove();
    }
    const retry = event.target.closest("[data-toast-retry]");
    if (retry) {
      toast.remove();
      if (retry.dataset.toastRetry === "last") {
        document.body.dispatchEvent(new CustomEvent("toast:retry"));
      } else if (retry.dataset.toastRetry === "page") {
        window.location.reload();
      } else {
        document.querySelector(retry.dataset.toastRetry)?.click();
      }
    }
  });

  document.addEventListener("pointermove", (event) => {
    mouse = event.pointerType === "mouse" ? { x: event.clientX, y: event.clientY } : null;
  });
  document.body.addEventListener("dialog:opened", raise);
  document.body.addEventListener("dialog:closed", raise);

  // A swap that takes the dialog away must not take the box with it.
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (event.target !== document.body && event.target.contains?.(box)) {
      document.body.append(box);
    }
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (!box.isConnected) {
      raise();
    }
  });

  if (toasts().length) {
    raise();
    toasts().forEach(welcome);
  }

  window.evertill.toasts = { show, showTemplate };
})();
