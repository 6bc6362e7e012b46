/* The toast "Published v43" keeps telling how many tills have it, as long as it is shown. */
(() => {
  "use strict";

  document.addEventListener("htmx:afterSettle", () => {
    const { toastTitle, toastDetail } = document.getElementById("reach")?.dataset ?? {};
    const toast = [...document.querySelectorAll("#toasts .toast")].find(
      (one) => one.querySelector(".toast-title").textContent.trim() === toastTitle,
    );
    const detail = toast?.querySelector(".toast-detail");
    if (detail) {
      detail.textContent = toastDetail;
    }
  });
})();
