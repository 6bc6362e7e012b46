/*
 * Every htmx request carries the page's CSRF token. After an answer that leads to another page the
 * session may be a new one (somebody signed in), for which the token is none: nothing more is asked then.
 */
(() => {
  "use strict";

  let isLeaving = false;

  document.addEventListener("htmx:configRequest", (event) => {
    const meta = document.querySelector('meta[name="csrf-token"]');
    if (meta) {
      event.detail.headers["X-CSRFToken"] = meta.content;
    }
  });

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    isLeaving ||= Boolean(event.detail.xhr.getResponseHeader("HX-Redirect"));
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isLeaving) {
      event.preventDefault();
    }
  });

  // Whoever was asked and stays works on with the page.
  window.addEventListener("beforeunload", (event) => {
    setTimeout(() => (isLeaving &&= !event.defaultPrevented));
  });

  window.addEventListener("pageshow", () => (isLeaving = false));
})();
