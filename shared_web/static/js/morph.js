/*
 * hx-swap="morph" changes a fragment in place. Three things differ from the extension as it comes: a
 * refresh that arrives while somebody types does not overwrite what is typed, what somebody has opened
 * or ticked stays so, and only morph swaps count as inline. (idiomorph 0.8.0 says so of every swap, and then
 * hx-swap-oob="beforeend:…" adds the wrapper instead of what is in it.)
 */
(() => {
  "use strict";

  const STYLES = {
    morph: "outerHTML",
    "morph:outerHTML": "outerHTML",
    "morph:innerHTML": "innerHTML",
  };

  // The option leaves all of the focused element as it is: right for a field, but a button that was
  // pressed a moment ago must show its new price, number or badge.
  function isTyping() {
    return document.activeElement?.matches("input, textarea, select") ?? false;
  }

  function isForTheServerToSay(attribute, element) {
    const isOpened = attribute === "open" && element.matches("details, dialog");
    const isTicked = attribute === "checked" && element.matches("[data-stays-ticked]");
    return !isOpened && !isTicked;
  }

  window.Idiomorph.defaults.callbacks.beforeAttributeUpdated = isForTheServerToSay;

  window.htmx.defineExtension("morph", {
    isInlineSwap: (swapStyle) => STYLES[swapStyle] === "outerHTML",
    handleSwap: (swapStyle, target, fragment) => {
      const morphStyle = STYLES[swapStyle];
      const options = { morphStyle, ignoreActiveValue: isTyping() };
      return morphStyle ? window.Idiomorph.morph(target, fragment.children, options) : false;
    },
  });
})();
