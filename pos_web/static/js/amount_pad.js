/* The pad of the payment screen types amounts as a cash register does: 2 0 0 0 is 20.00. */
(() => {
  "use strict";

  let digits = "";

  function press(pad, key) {
    if (key === "clear") {
      digits = "";
    } else if (key === "back") {
      digits = digits.slice(0, -1);
    } else {
      digits = (digits + key).replace(/^0+/, "").slice(0, 9);
    }
    const field = document.querySelector("[data-pad-field]");
    field.value = digits ? written(pad, digits) : "";
    field.dispatchEvent(new CustomEvent("amount-changed", { bubbles: true }));
  }

  function written(pad, text) {
    const places = Number(pad.dataset.fractionDigits);
    const format = new Intl.NumberFormat(pad.dataset.locale, {
      minimumFractionDigits: places,
      maximumFractionDigits: places,
      numberingSystem: "latn",
      useGrouping: false,
    });
    return format.format(Number(text) / 10 ** places);
  }

  document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-amount-pad] [data-digit]");
    if (key) {
      press(key.closest("[data-amount-pad]"), key.dataset.digit);
    } else if (event.target.closest(".quick-cash, .tabs")) {
      digits = "";
    }
  });

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-pad-field]")) {
      digits = "";
    }
  });

  // Once the money is being taken nobody asks for another amount: the answer would be of an order that is paid.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const payment = document.getElementById("payment");
    const taking = document.getElementById("take-form");
    if (event.detail.elt === taking) {
      window.htmx.trigger(payment, "htmx:abort");
    } else if (event.detail.target === payment && taking?.classList.contains("htmx-request")) {
      event.preventDefault();
    }
  });
})();
