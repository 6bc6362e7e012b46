/*
 * A control with aria-disabled="true" keeps its focus and its place for screen readers, which a
 * really disabled one loses; this keeps it from acting.
 */
(() => {
  "use strict";

  document.addEventListener(
    "click",
    (event) => {
      if (event.target.closest?.('[aria-disabled="true"]')) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    true,
  );
})();
