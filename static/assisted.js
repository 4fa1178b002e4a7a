/*
 * A declaration entered for the citizen (templates/assisted/new.html). What is scanned anywhere on the page but in the search
 * box goes into the form's own field and is sent with all that was typed; a change is kept on the server as one goes. Without
 * scripts the same form is sent by its buttons.
 */
(() => {
  "use strict";
  const form = document.querySelector("form[data-assisted]");
  if (!form) return;
  document.documentElement.classList.add("scripted");

  addEventListener("scan", (event) => { // before scans.js, which would search for it
    if (event.detail.searching || document.querySelector("dialog[open]")) return;
    event.stopImmediatePropagation();
    form.elements.scan.value = event.detail.text;
    form.requestSubmit(form.querySelector('[value="scan"]'));
  }, true);

  let waiting = 0, keeping = null;
  const keep = () => {
    waiting = 0;
    const body = new URLSearchParams(new FormData(form));
    body.delete("scan");
    body.set("act", "save");
    const asked = fetch(form.dataset.assisted, { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => {});
    keeping = asked.finally(() => { keeping = null; });
  };
  form.addEventListener("change", () => { clearTimeout(waiting); waiting = setTimeout(keep, 600); });
  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    if (!keeping) return;
    event.preventDefault(); // what is being kept is older than what is sent: it must not come after it
    event.stopImmediatePropagation();
    keeping.then(() => form.requestSubmit(event.submitter));
  }, true);
})();
