/*
 * The hotline: as soon as another number or code is typed, what was matched before is taken away, so that no button acts
 * for the caller before.
 */
(() => {
  "use strict";
  document.addEventListener("input", ({ target }) => {
    if (target.closest(".asked")) document.querySelector("#call")?.replaceChildren();
  });
})();
