/*
 * What this terminal's settings mean for the open page: theme and text size follow at once when they are
 * changed at another till or in the Back Office; another language needs the page anew.
 */
(() => {
  "use strict";

  const root = document.documentElement;
  let language = document.getElementById("device")?.dataset.language;

  document.addEventListener("htmx:load", (event) => {
    const device = event.detail.elt;
    if (device.id !== "device") {
      return;
    }
    root.dataset.theme = device.dataset.theme;
    root.dataset.textSize = device.dataset.textSize;
    if (language !== undefined && device.dataset.language !== language) {
      window.location.reload();
    }
    language = device.dataset.language;
  });
})();
