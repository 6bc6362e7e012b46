/*
 * Native dialogs by attribute: data-dialog-open="#id", data-dialog-close, and for fragments from
 * the server <dialog data-open-on-load>. Focus goes back to the opener, also when the opener was
 * swapped for a new element with its id, or was in a dialog whose place this one took.
 */
(() => {
  "use strict";

  const openers = new WeakMap();
  let newest = null;
  let layers = 0;
  let pressedOn = null;

  function open(dialog, opener = document.activeElement) {
    if (dialog.open) {
      return;
    }
    const isReplaced = newest && !newest.isConnected && opener === document.body;
    openers.set(dialog, isReplaced ? openers.get(newest) : { element: opener, id: opener?.id });
    newest = dialog;
    dialog.dataset.layer = ++layers;
    dialog.showModal();
    window.evertill.speech.prepare(dialog);
    document.body.dispatchEvent(new CustomEvent("dialog:opened", { detail: { id: dialog.id } }));
  }

  function openLoaded(root) {
    const found = [...root.querySelectorAll("dialog[data-open-on-load]")];
    if (root.matches?.("dialog[data-open-on-load]")) {
      found.push(root);
    }
    found.filter((dialog) => dialog.isConnected).forEach((dialog) => open(dialog));
  }

  function giveFocusBack(dialog) {
    const opener = openers.get(dialog);
    openers.delete(dialog);
    newest = newest === dialog ? null : newest;
    const focused = document.activeElement ?? document.body;
    // What was focused in a dialog stays so for a moment after it has closed.
    const isLost = focused === document.body || dialog.contains(focused);
    if (opener && isLost) {
      const element = opener.element?.isConnected ? opener.element : opener.id && document.getElementById(opener.id);
      element?.focus?.();
    }
  }

  function isOutside(dialog, event) {
    const box = dialog.getBoundingClientRect();
    return (
      event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom
    );
  }

  document.addEventListener("pointerdown", (event) => {
    pressedOn = event.target;
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-dialog-open]");
    const closer = event.target.closest?.("[data-dialog-close]");
    const dialog = event.target;
    if (opener) {
      event.preventDefault();
      const wanted = document.querySelector(opener.dataset.dialogOpen);
      if (wanted) {
        open(wanted, opener);
      }
    } else if (closer) {
      event.preventDefault();
      closer.closest("dialog")?.close();
    } else if (
      dialog instanceof HTMLDialogElement &&
      pressedOn === dialog &&
      // The second press of two was for what opened it.
      event.detail < 2 &&
      !("noLightDismiss" in dialog.dataset) &&
      isOutside(dialog, event)
    ) {
      dialog.close();
    }
  });

  // "close" does not bubble, it can only be caught on its way down.
  document.addEventListener(
    "close",
    (event) => {
      const dialog = event.target;
      if (!(dialog instanceof HTMLDialogElement)) {
        return;
      }
      giveFocusBack(dialog);
      document.body.dispatchEvent(new CustomEvent("dialog:closed", { detail: { id: dialog.id } }));
      if ("removeOnClose" in dialog.dataset) {
        dialog.remove();
      }
    },
    true,
  );

  document.addEventListener("dialog:close", (event) => {
    const dialog = event.target.closest?.("dialog");
    const open = dialog ? [dialog] : [...document.querySelectorAll("dialog[open]")];
    open.forEach((one) => one.close());
  });

  document.addEventListener("htmx:load", (event) => openLoaded(event.target));
  openLoaded(document);

  window.evertill.dialogs = { open };
})();
