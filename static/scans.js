/*
 * What becomes of a scan (scanner.js tells of it by the event "scan"). On a page with [data-scan-url] its text is posted there
 * (field `text`) and the answer goes into data-scan-target (a selector; the element itself when there is none), by
 * data-scan-swap where it is given. An unfolded form's
 * [data-takes-scan] comes before that: the card is put there. Elsewhere, and when it was scanned into the search box, it is searched for: a plain form
 * to the address of form[data-scan], fields q and scanned. Scans are dealt with one after the other; the same one again within a second
 * counts once; one that comes while the page is being left is taken along to the next page.
 *
 * What a card says is a citizen's data: it is never in an address and in no storage of the browser. Taking along goes by
 * window.name, which lives in this window's memory alone and is emptied at once.
 *
 * #scan-state says how it stands. It is also the source of the request, so that no form's fields go with it.
 */
(() => {
  "use strict";
  const SAME = 1000, STALE = 30000, GONE = 20000; // milliseconds
  const MARK = "scans:";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const state = one("#scan-state");
  if (!state) return;

  const tell = (text) => { state.textContent = text; };
  const token = () => one('meta[name="csrf-token"]').content;
  const clock = (at) => new Date(at).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Ho_Chi_Minh" });
  function keep(at) { try { sessionStorage.setItem("scanned", at); } catch { /* then the next page does not know the time */ } }
  function kept() { try { return Number(sessionStorage.getItem("scanned")); } catch { return 0; } }
  const rest = () => tell(kept() ? `quét gần nhất ${clock(kept())}` : "");

  let waiting = [], last = { text: "", at: 0 }, busy = false, leaving = false, fate = null;

  document.addEventListener("scan", ({ detail: { text, searching } }) => {
    const again = text === last.text && Date.now() - last.at < SAME;
    last = { text, at: Date.now() };
    if (again) return;
    if (one("#lock")?.open) {
      one("#unlock_fault").textContent = "Màn hình đang khóa nên mã vừa quét chưa được xử lý. Xin mở khóa rồi quét lại.";
      return;
    }
    keep(last.at);
    waiting.push({ text, searching });
    work();
  });

  async function work() {
    if (busy || !waiting.length) return;
    tell("Đã nhận mã quét, đang tìm…");
    if (leaving) return takeAlong();
    const dialog = one("dialog:modal");
    if (dialog) return hold(dialog);
    busy = true;
    const { text, searching } = waiting.shift(), place = searching ? null : one("[data-scan-url]");
    try {
      if (!searching && put(text)) rest();
      else if (place) await post(place, text);
      else search(text);
    } finally {
      busy = false;
    }
    work();
  }
  const CODE = /^\s*[0-9A-Z]{4}-?[0-9A-Z]{4}-?[0-9A-Z]{3}\s*$/i; // form 01's: of another person, or of this one again
  function put(text) { // into the field that was unfolded for the ID presented, if there is one
    const field = all("details.unfold[open] [data-takes-scan]").find((one) => one.checkVisibility());
    if (!field || CODE.test(text)) return false;
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    (all("textarea", field.form).find((one) => !one.value.trim()) || field).focus();
    return true;
  }
  async function post(place, text) {
    const { scanUrl, scanTarget, scanSwap } = place.dataset;
    fate = null;
    const target = (scanTarget && one(scanTarget)) || place;
    await window.htmx.ajax("POST", scanUrl, { source: state, target, swap: scanSwap, values: { text, csrf_token: token() } });
    const answered = fate && fate.response.status < 500 && ![400, 401].includes(fate.response.status);
    leaving = Boolean(fate?.hx?.redirect || fate?.hx?.refresh || fate?.hx?.location);
    if (leaving) setTimeout(stayed, GONE);
    if (!answered) tell(`Mã quét lúc ${clock(last.at)} chưa được xử lý, xin quét lại.`);
    else if (!leaving) rest();
  }
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => { if (ctx.sourceElement === state) fate = ctx; });

  function search(text) {
    if (isWriting()) return setAside(text);
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: one("form[data-scan]")?.getAttribute("action") || "/desk/search", hidden: true });
    for (const [name, value] of Object.entries({ csrf_token: token(), q: text, scanned: 1 })) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    document.body.append(form);
    leaving = true;
    takeAlong();
    form.submit();
    setTimeout(() => { form.remove(); stayed(); }, GONE);
  }

  // ---- Nothing that was typed is lost: while somebody writes, the page is not left ----
  function isWriting() {
    return all("textarea, input:not([type=hidden], [type=password], [type=search], [type=checkbox], [type=radio])").some((field) =>
      field.value.trim() && !field.readOnly && !field.closest("dialog, form[data-scan]") && (field.value !== field.defaultValue || field.matches("textarea")) && field.checkVisibility());
  }
  function setAside(text) {
    const box = one("form[data-scan] input[type=search]");
    if (box) {
      box.value = text;
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
    document.dispatchEvent(new CustomEvent("say", { detail: { kind: "warn", text: "Máy quét vừa đọc một mã khi bạn đang ghi chú. Phần ghi chú vẫn còn nguyên; mã đã được đặt vào ô tìm, bấm Enter ở ô tìm để mở." } }));
    rest();
  }

  // ---- A question is open: first its answer ----
  function hold(dialog) {
    if (one(".scan-held", dialog)) return;
    const note = document.createElement("p");
    note.className = "scan-held hint";
    note.setAttribute("role", "status");
    dialog.append(note);
    note.textContent = "Đã nhận mã quét. Mã sẽ được xử lý khi đóng hộp thoại này.";
    dialog.addEventListener("close", () => { note.remove(); work(); }, { once: true });
  }

  // ---- From one page to the next ----
  function takeAlong() { window.name = MARK + JSON.stringify({ last, waiting }); }
  function stayed() { // the page was not left after all
    if (!leaving) return;
    leaving = false;
    window.name = "";
    rest();
    work();
  }
  addEventListener("pageshow", ({ persisted }) => { if (persisted) stayed(); });

  function arrive() {
    const name = window.name;
    rest();
    if (!name.startsWith(MARK)) return;
    window.name = "";
    const brought = JSON.parse(name.slice(MARK.length));
    if (Date.now() - brought.last.at > STALE) return;
    ({ last } = brought);
    waiting = brought.waiting.concat(waiting);
    work();
  }
  if (document.readyState === "complete") arrive(); else document.addEventListener("DOMContentLoaded", arrive);
})();
