/* The toast "Published v43" keeps telling how many tills have it, as long as it is shown. */
(() => {
  "use strict";

  document.addEventListener("htmx:afterSettle", () => {
    const reach = document.querySelector("#reach[data-toast-detail]");
    const detail = document.querySelector("#toasts .toast-success .toast-detail");
    if (reach && detail) {
      detail.textContent = reach.dataset.toastDetail;
    }
  });
})();
