/* The figures ask for themselves only while somebody can see them, and at once when the window comes back into sight. */
(() => {
  "use strict";
  const PART = "[data-while-seen]";
  document.addEventListener("htmx:before:request", (event) => {
    if (document.hidden && event.detail.ctx.sourceElement.matches(PART)) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    document.querySelectorAll(PART).forEach((part) => part.dispatchEvent(new CustomEvent("seen")));
  });
})();
