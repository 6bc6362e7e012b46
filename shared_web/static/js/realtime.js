/*
 * Socket.IO events become DOM events of the same name on <body>, where hx-trigger can hear them
 * ("pos:notice from:body"). An event is a hint: fragments fetch the truth themselves, and compare
 * again on socket:connected and page:visible, because missed events are not sent twice.
 */
(() => {
  "use strict";

  const path = document.body.dataset.socketPath;

  function tell(name, detail = {}) {
    document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      tell("page:visible");
    }
  });

  if (!path || !window.io) {
    return;
  }

  const socket = window.io({
    path,
    transports: ["websocket"],
    // A line that is cut in the middle of its greeting fails this late only.
    timeout: 5000,
    auth: (answer) => answer({ csrf: document.querySelector('meta[name="csrf-token"]')?.content ?? "" }),
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
  });

  document.body.dataset.socket = "disconnected";

  socket.on("connect", () => {
    document.body.dataset.socket = "connected";
    tell("socket:connected");
  });

  socket.on("disconnect", (reason) => {
    document.body.dataset.socket = "disconnected";
    tell("socket:disconnected", { reason });
  });

  // While it stays active it tries again by itself; otherwise the server has refused it for good.
  socket.on("connect_error", (error) => {
    tell(socket.active ? "socket:failed" : "socket:refused", { reason: error.message });
  });

  socket.onAny((name, payload) => tell(name, payload));

  window.evertill.socket = socket;
})();
