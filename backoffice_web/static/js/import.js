/* Import: a file may be dropped on the whole box. */
(() => {
  "use strict";

  const boxOf = (event) => event.target.closest?.("[data-drop]");

  document.addEventListener("dragover", (event) => {
    if (boxOf(event)) {
      event.preventDefault();
    }
  });

  document.addEventListener("drop", (event) => {
    const field = boxOf(event)?.querySelector("input[type=file]");
    if (field && event.dataTransfer.files.length > 0) {
      event.preventDefault();
      field.files = event.dataTransfer.files;
      field.focus();
    }
  });
})();
