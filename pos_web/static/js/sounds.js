/*
 * Short sounds of the till: a scan that rang, a code that is not known, something that was refused. They are
 * made here (Web Audio), as loud as the terminal's settings say, and never the only sign of anything.
 */
(() => {
  "use strict";

  const CUES = {
    "scan-ok": [[1320, 0, 0.07]],
    "scan-unknown": [
      [330, 0, 0.14],
      [247, 0.17, 0.2],
    ],
    error: [[220, 0, 0.22]],
  };
  const LOUDEST = 0.4;
  let context = null;

  function settings() {
    const device = document.getElementById("device")?.dataset ?? {};
    return { isOn: device.sounds === "on", volume: Number(device.volume ?? 0) / 100 };
  }

  function play(cue, volume) {
    context ??= new AudioContext();
    context.resume();
    for (const [frequency, after, length] of CUES[cue]) {
      tone(frequency, context.currentTime + after, length, volume * LOUDEST);
    }
    document.body.dispatchEvent(new CustomEvent("sound:played", { detail: { cue, volume } }));
  }

  function tone(frequency, start, length, loudness) {
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(loudness, start);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + length);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + length);
  }

  function cue(name) {
    const { isOn, volume } = settings();
    if (isOn && volume > 0) {
      play(name, volume);
    }
  }

  document.body.addEventListener("scan:rung", () => cue("scan-ok"));
  document.addEventListener("htmx:afterRequest", (event) => {
    // A 422 swaps its sentence in, so htmx counts it as a success.
    if (event.detail.xhr?.status === 422) {
      cue(event.detail.xhr.getResponseHeader("HX-Trigger") === "scan:unknown" ? "scan-unknown" : "error");
    }
  });

  // On the settings page a sound can be heard as loud as it would be, before it is saved.
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-try-sound]")) {
      play("scan-ok", Math.min(Math.max(Number(document.getElementById("field-volume").value) || 0, 0), 100) / 100 || 0.01);
    }
  });
})();
