/*
 * What was typed stays: notes and reasons on the review page survive a lost claim, an answer that draws the form anew, a lock,
 * a reload and signing in again. Nothing is sent anywhere.
 *
 * - In the page's memory: every field somebody changed, put back whenever htmx has replaced it.
 * - In sessionStorage, which belongs to this one tab and ends with it: notes and ticks alone (textarea, input[name=note],
 *   checkbox, radio), never a number or a name, under "draft:<officer's id>:<receipt code>", for 12 hours at most.
 * - Bound to the officer: a page of another officer deletes what is not theirs before it shows anything, and so does the
 *   sign-in form after signing out or changing the user. A sign-in form that a session's end led to keeps it for its officer.
 * - Gone for the receipt code once it is decided (its page then has no claim), for a form once what it sent was done.
 *
 * Left out: hidden fields, passwords, files, the search box, what htmx sends by itself ([hx-…]), forms with data-no-draft.
 */
(() => {
  "use strict";
  const KEPT = 12 * 3600 * 1000, SOON = 300; // milliseconds
  const ROOT = "draft:", LEFT = "draft-leaving";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, handler, capture = false) => document.addEventListener(name, handler, capture);
  const officer = document.body.dataset.officerId, receipt = one("[data-receipt]")?.dataset.receipt;
  const mine = `${ROOT}${officer}:`, place = mine + receipt;

  // ---- The tab's storage; where there is none, the page's memory is all ----
  const store = (() => { try { return window.sessionStorage; } catch { return null; } })();
  const names = () => (store ? Object.keys(store).filter((name) => name.startsWith(ROOT)) : []);
  function read(name) { try { return JSON.parse(store?.getItem(name) || "null"); } catch { return null; } }
  function write(name, value) { try { store?.setItem(name, value); } catch { /* full: then it is in the page's memory alone */ } }
  const remove = (name) => store?.removeItem(name);

  function clean() {
    const hasLeft = store?.getItem(LEFT) && !officer;
    remove(LEFT);
    for (const name of names()) {
      const isOld = Date.now() - (read(name)?.at || 0) > KEPT;
      if (hasLeft || isOld || (officer && !name.startsWith(mine))) remove(name);
    }
  }
  clean();
  const LEAVING = 'form[action="/logout"], form[action="/switch"]';
  on("submit", ({ target, defaultPrevented }) => { // the page that follows tells whether the officer really went
    if (!defaultPrevented && target.matches(LEAVING)) write(LEFT, "1");
  });

  // ---- Leaving with something unsent is asked about first ----
  let save = () => {}; // on a page where nothing is typed
  const GOES = "Còn nội dung đang nhập dở chưa gửi ở máy này. Rời máy thì nội dung đó bị xóa. Vẫn rời máy?";
  const GOES_LOCKED = "Người đang khóa màn hình còn nội dung nhập dở chưa gửi. Đổi người dùng thì nội dung đó bị xóa. Vẫn đổi?";
  addEventListener("submit", ({ target: form }) => { // before app.js reads the question
    if (!form.matches?.(LEAVING)) return;
    save();
    if (names().length) form.dataset.confirm = form.closest("#lock") ? GOES_LOCKED : GOES;
    else delete form.dataset.confirm;
  }, true);
  if (!officer || !receipt) return;

  // ---- Fields ----
  const SKIPPED = "[type=hidden], [type=password], [type=file], [type=search], [type=submit], [type=button], [hx-get], [hx-post], [hx-trigger]";
  const STORED = "textarea, input[name=note], input[type=checkbox], input[type=radio]";
  const isTick = (field) => field.matches("[type=checkbox], [type=radio]");
  const fields = (root = one("main")) => all("textarea, input, select", root).filter((field) => !field.matches(SKIPPED) && field.form && !field.closest("[data-no-draft], dialog"));
  const nameOf = (field) => field.id || [field.form.getAttribute("action"), field.name, isTick(field) && field.value].join(" ");
  const valueOf = (field) => (isTick(field) ? field.checked : field.value);
  function isChanged(field) {
    if (isTick(field)) return field.checked !== field.defaultChecked;
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.value !== field.defaultValue;
  }

  // ---- Keeping ----
  const typed = new Map(), sent = new Set();
  const isDecided = () => !one("#claim");
  let unfolded = ""; // in which act the officer was typing

  function gather() {
    for (const field of fields()) {
      if (sent.has(field.form)) continue;
      if (isChanged(field)) typed.set(nameOf(field), { value: valueOf(field), stored: field.matches(STORED) });
      else typed.delete(nameOf(field));
    }
    const form = one("details.unfold[open] form");
    unfolded = (form && !sent.has(form) && form.getAttribute("action")) || "";
  }
  function keep() {
    const kept = [...typed].filter(([, { stored }]) => stored).map(([name, { value }]) => [name, value]);
    if (kept.length && !isDecided()) write(place, JSON.stringify({ at: Date.now(), unfolded, kept }));
    else remove(place);
  }
  save = () => {
    gather();
    keep();
  };
  let waiting = null;
  ["input", "change"].forEach((name) => on(name, () => { clearTimeout(waiting); waiting = setTimeout(save, SOON); }));
  on("toggle", () => { clearTimeout(waiting); waiting = setTimeout(save, SOON); }, true);
  addEventListener("pagehide", () => save());
  on("visibilitychange", () => { if (document.hidden) save(); });

  // ---- Putting back ----
  function restore() {
    for (const field of fields()) {
      const was = typed.get(nameOf(field));
      if (!was || valueOf(field) === was.value || isChanged(field)) continue;
      if (isTick(field)) field.checked = was.value; else field.value = was.value;
      setTimeout(() => field.dispatchEvent(new Event("input", { bubbles: true }))); // once htmx hears it: counters, previews
    }
  }
  function unfold() {
    const form = unfolded && all("details.unfold form").find((one) => one.getAttribute("action") === unfolded);
    if (form && !form.closest("details").open) form.closest("details").open = true;
  }
  function fetched() { // with the page: what this officer had typed in this tab
    const draft = read(place);
    if (!draft) return;
    if (isDecided()) return remove(place);
    draft.kept.forEach(([name, value]) => typed.set(name, { value, stored: true }));
    ({ unfolded } = draft);
    restore();
    unfold();
    const isShown = fields().some((field) => typed.has(nameOf(field)));
    const next = isShown ? "" : " Bấm “Nhận xử lý” để ghi tiếp.";
    if (!one("#banner > *")) window.desk.say("info", `Nội dung bạn nhập dở trước đó vẫn còn.${next}`);
  }
  on("htmx:before:swap", gather);
  on("htmx:after:swap", () => {
    if (isDecided()) typed.clear();
    restore();
    unfold();
    keep();
  });
  on("htmx:after:request", ({ detail: { ctx } }) => { // what was sent and done is no draft any more
    const form = ctx.sourceElement.closest?.("form");
    if (!form || !ctx.press || ctx.response.status >= 300) return;
    sent.add(form);
    if (form.closest("#decision")) typed.clear();
    fields(form).forEach((field) => typed.delete(nameOf(field)));
  });
  on("htmx:finally:request", () => sent.clear());
  fetched();
})();
