/*
 * The public form with scripts: what is typed is kept as one goes, places appear while they are typed, the proof of work is
 * done by the way, and nothing is sent into a dead line. Without scripts all of it works by pressing buttons.
 */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  document.documentElement.classList.add("scripted");

  // ---- Keeping what is typed: written to the server after each pause, and when the page is left by Back or a reload with
  // the caret still in a field; a line that is dead loses nothing on the page ----
  const kept = one("form[data-kept]");
  let waiting, unkept = false, keeping = null;
  const keep = () => {
    unkept = false;
    const body = new FormData(kept);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    body.set("act", "save");
    const asked = fetch(kept.dataset.kept, { method: "POST", body: new URLSearchParams(body), redirect: "manual", keepalive: true, signal: AbortSignal.timeout?.(8000) });
    const mine = asked.catch(() => { unkept = true; }).finally(() => { if (keeping === mine) keeping = null; });
    keeping = mine;
  };
  const soon = (wait) => { unkept = true; clearTimeout(waiting); waiting = setTimeout(keep, wait); };
  kept?.addEventListener("change", () => soon(600));
  kept?.addEventListener("input", () => soon(1500));
  kept?.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    unkept = false;
    if (!keeping) return;
    event.preventDefault(); // what is being kept is older than what is sent: it must not come after it
    event.stopImmediatePropagation();
    keeping.then(() => kept.requestSubmit(event.submitter));
  }, true);
  addEventListener("online", () => { if (unkept) keep(); });
  addEventListener("pagehide", () => { clearTimeout(waiting); if (unkept) keep(); });

  const offline = one("#offline");
  const tell = () => { if (offline) offline.hidden = navigator.onLine; };
  addEventListener("online", tell);
  addEventListener("offline", tell);
  document.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopPropagation();
    tell();
    offline?.scrollIntoView();
  }, true);

  addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); }); // Back shows what the draft holds now

  // ---- Proof of work: ALTCHA's, in a worker; a browser that cannot do it shows the digits ----
  const human = one("#human");
  if (human && globalThis.crypto?.subtle && globalThis.Worker) {
    const { algorithm, challenge, salt, signature, most, worker } = human.dataset;
    const digits = one(".digits", human), working = one(".working", human), form = human.form;
    const isRefused = one(".fault", digits); // was not enough last time: let the person show it
    const found = new Promise((done) => {
      const solver = new Worker(worker);
      solver.onmessage = ({ data }) => { solver.terminate(); done(data.number); };
      solver.onerror = () => done(null);
      solver.postMessage({ challenge, salt, most: Number(most) });
    });
    let ready = false, wanted = null;
    if (!isRefused) { digits.hidden = true; working.hidden = false; }
    found.then((number) => {
      ready = true;
      if (number === null) { digits.hidden = false; working.hidden = true; return; }
      form.elements.altcha.value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
      working.textContent = "✓ Đã xác nhận.";
      if (wanted) form.requestSubmit(wanted);
    });
    form.addEventListener("submit", (event) => {
      if (ready || digits.hidden === false || event.submitter?.formAction.endsWith("/declare/look")) return;
      event.preventDefault(); // pressed before the work was done: it goes by itself once it is
      event.stopImmediatePropagation();
      wanted = event.submitter;
      working.textContent = "Máy đang xác nhận, tờ khai sẽ tự gửi ngay sau đó…";
    }, true);
  }
})();
