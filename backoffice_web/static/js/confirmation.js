/*
 * A form that hands out access waits for the own password, when it was entered a while ago. The server is
 * asked before each of them; what was typed, and a chosen file, stay in the form and are sent afterwards.
 */
(() => {
  "use strict";

  const place = document.getElementById("confirmations");
  let waiting = null;
  let going = null;
  let unanswered = null;

  if (!place) {
    return;
  }

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.matches("[data-wants-password]") || form === going) {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!waiting) {
        waiting = { form, submitter: event.submitter };
        unanswered = null;
        const asked = window.htmx.ajax("GET", place.dataset.ask, { source: place, target: place, event });
        const end = (failed) => {
          // Neither asked nor told to go on: there was no answer.
          if (!place.querySelector("dialog")) {
            unanswered = failed ? waiting : null;
            waiting = null;
          }
        };
        asked.then(() => end(false), () => end(true));
      }
    },
    true,
  );

  function goOn({ form, submitter }) {
    if (form.isConnected) {
      going = form;
      form.requestSubmit(submitter?.isConnected ? submitter : undefined);
      going = null;
    }
  }

  document.body.addEventListener("password:confirmed", () => {
    const held = waiting;
    waiting = null;
    place.querySelector("dialog")?.close();
    if (held) {
      // Once this answer is dealt with: an editor takes the end of a request for "nobody leaves the page".
      setTimeout(() => goOn(held));
    }
  });

  // "Try again" on the toast of a press that got no answer.
  document.body.addEventListener("toast:retry", () => {
    const { form, submitter } = unanswered ?? {};
    if (form?.isConnected) {
      form.requestSubmit(submitter?.isConnected ? submitter : undefined);
    }
  });

  document.body.addEventListener("dialog:closed", (event) => {
    if (event.detail.id === "confirmation") {
      waiting = null;
    }
  });
})();
