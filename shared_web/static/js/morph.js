/* A refresh that comes while somebody types must not overwrite what is typed. */
(() => {
  "use strict";

  if (window.Idiomorph) {
    window.Idiomorph.defaults.ignoreActiveValue = true;
  }
})();
