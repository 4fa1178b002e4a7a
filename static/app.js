/*
 * What every screen does: sending, refusals, dialogs, lock. Keys and scanner are in keys.js, the photos of the review page
 * in photos.js. Everything works as plain forms and links when none of them runs.
 *
 * htmx 4, what to know (checked in the source of 4.0.1):
 * - Attributes are not inherited: write hx-target:inherited="#x" on a parent, or repeat the attribute on the element.
 * - Our default swap is outerHTML (htmx-config in base.html): a fragment carries its own element with its id.
 * - Every answer is swapped, 4xx and 5xx too, except 204 and 304. Redirects are followed before htmx sees them, so answer
 *   a request that has HX-Request with a fragment or with the header HX-Redirect, not with 303.
 * - An answer that begins with <div id="banner"> goes to the banner region whatever the target was (below); add
 *   hx-swap-oob="true" to elements with an id to change other places with the same answer. The main swap comes first.
 * - hx-get and hx-delete do not send the enclosing form's fields, hx-post does. hx-disable is htmx 2's hx-disabled-elt.
 * - Never use hx-on, hx-vals="js:…", nor filters as in hx-trigger="click[ctrlKey]": they need eval, which the policy forbids.
 * - defaultSettleDelay is 0 so that htmx does not copy style attributes from old to new elements, which the policy forbids.
 * - Events are named htmx:before:request, htmx:after:request (text read, not swapped), htmx:error (no answer),
 *   htmx:finally:request (always); all is in event.detail.ctx. history is "reload": going back asks the server again.
 *
 * Marks in the markup: data-confirm="sentence" asks first; data-count="id" shows the characters used; data-quiet marks what
 * asks by itself: it never shows a waiting state and fails quietly; data-heartbeat gets the event "heartbeat" each minute in
 * which the officer did something; data-leave="url" is told when the page is left; data-lock locks; data-address="url" is the
 * address of a page that a form's answer made: going back to it, or loading it again, asks for that instead of sending again.
 */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, handler, capture = false) => document.addEventListener(name, handler, capture);
  const token = () => one('meta[name="csrf-token"]').content;
  const SIGNS = { bad: "✗", warn: "⚠\uFE0E" };

  function say(kind, text) {
    const box = document.createElement("div"), sign = document.createElement("span"), words = document.createElement("p");
    box.className = `banner ${kind}`;
    box.setAttribute("role", "alert");
    sign.className = `sign ${kind}`;
    sign.setAttribute("aria-hidden", "true");
    sign.textContent = SIGNS[kind];
    words.textContent = text;
    box.append(sign, words);
    one("#banner").replaceChildren(box);
  }
  on("say", ({ detail }) => say(detail.kind, detail.text)); // for the other scripts

  // ---- Sending: one request at a time per form, and no button left dead ----
  const isQuiet = (element) => Boolean(element.matches("[data-quiet]"));
  const holder = (element) => element.closest("form") || element;

  function hold(element, waiting) {
    element.classList.toggle("busy", waiting);
    const buttons = all("button", element).concat(element.matches("button, a") ? [element] : []);
    buttons.forEach((button) => (waiting ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled")));
  }

  let agreed = null;
  on("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (form.method === "dialog") return;
    const question = button?.dataset.confirm || form.dataset.confirm;
    const stop = () => { event.preventDefault(); event.stopImmediatePropagation(); };
    if (form.classList.contains("busy")) return stop();
    if (question && agreed !== form) {
      stop();
      ask(question).then((yes) => { if (yes) { agreed = form; form.requestSubmit(button); agreed = null; } });
      return;
    }
    if (form.matches("[hx-post], [data-lock], #unlock, [target]")) return;
    setTimeout(() => hold(form, true));
    setTimeout(() => hold(form, false), 20000); // an answer that is a download leaves the page as it is
  }, true);
  on("click", (event) => {
    if (event.target.closest?.("a.busy, button.busy")) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
  addEventListener("pageshow", () => all(".busy").forEach((element) => hold(element, false)));

  // What a timer asks for is no sign of a person: it must not keep the session open (signin/loader.py).
  const isTimed = (element) => /\bevery\b/.test(element.getAttribute("hx-trigger") || "");
  on("htmx:config:request", ({ detail: { ctx } }) => {
    ctx.request.headers["X-CSRFToken"] = token();
    if (isTimed(ctx.sourceElement)) ctx.request.headers["X-Poll"] = "1";
  });
  on("htmx:before:request", (event) => {
    const ctx = event.detail.ctx, source = ctx.sourceElement;
    if (locked()) return event.preventDefault();
    if (isQuiet(source)) return;
    ctx.held = holder(source);
    hold(ctx.held, true);
    one("#banner").replaceChildren();
  });
  on("htmx:finally:request", ({ detail: { ctx } }) => { if (ctx.held) hold(ctx.held, false); });
  on("htmx:after:swap", ({ detail: { ctx } }) => { // the button that was pressed is gone: Tab goes on from here, not from the top
    if (document.activeElement === document.body && !isQuiet(ctx.sourceElement)) one("#work")?.focus({ preventScroll: true });
  });

  // ---- Answers that are refusals ----
  let missed = 0;
  on("htmx:after:request", (event) => {
    const ctx = event.detail.ctx, status = ctx.response.status;
    if (missed > 1) one("#banner").replaceChildren();
    missed = 0;
    if (status === 401) { event.preventDefault(); return lock(); }
    if (status === 400 && lockDialog) { event.preventDefault(); return renew().catch(() => failed(false)); }
    const banner = /^\s*<div id="banner"/.test(ctx.text);
    if (banner) {
      Object.assign(ctx.hx, { retarget: "#banner", reswap: "outerHTML" });
      ctx.push = ctx.replace = ctx.select = null;
    } else if (status >= 400 && status !== 409 && status !== 422) { // a proxy's page, not ours
      event.preventDefault();
      failed(isQuiet(ctx.sourceElement));
    }
  });
  on("htmx:error", ({ detail: { ctx } }) => {
    if (!ctx?.request) return;
    if (ctx.response) return say("warn", "Việc vừa làm đã được hệ thống trả lời nhưng màn hình chưa hiện được. Xin tải lại trang để xem kết quả.");
    failed(isQuiet(ctx.sourceElement));
  });
  function failed(quietly) {
    if (quietly) {
      if (++missed === 2) say("warn", "Màn hình chưa cập nhật được. Hệ thống đang tự thử lại; nội dung đã nhập vẫn còn nguyên.");
    } else if (navigator.onLine === false) {
      say("bad", "Không gửi được vì máy đang mất mạng. Chưa có gì thay đổi, nội dung đã nhập vẫn còn nguyên. Xin kiểm tra mạng rồi bấm lại.");
    } else {
      say("bad", "Không gửi được, hoặc chưa nhận được trả lời. Nội dung đã nhập vẫn còn nguyên. Xin bấm lại; việc nào đã ghi rồi thì hệ thống sẽ báo, không ghi hai lần.");
    }
  }

  // ---- Dialogs ----
  function ask(question) {
    const dialog = one("#ask");
    one("#ask_text").textContent = question;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
  }
  on("click", ({ target }) => all("details.usermenu[open]").forEach((menu) => { if (!menu.contains(target) || target.closest("[data-open]")) menu.open = false; }));

  // ---- The lock: hides the page, keeps what was typed. The protocol is described in signin/lock.html. ----
  const lockDialog = one("#lock");
  const locked = () => Boolean(lockDialog?.open);
  const post = (url, data = new FormData()) => {
    data.set("csrf_token", token());
    return fetch(url, { method: "POST", body: data, headers: { "HX-Request": "true", "X-CSRFToken": token() } });
  };
  function share(key, value) { try { localStorage.setItem(key, value); } catch { /* private windows have none: then each window keeps its own time */ } }
  function shared(key) { try { return localStorage.getItem(key); } catch { return null; } }
  function adopt(fresh) {
    if (!fresh) return;
    one('meta[name="csrf-token"]').content = fresh;
    all('input[name="csrf_token"]').forEach((input) => { input.value = fresh; });
  }
  function lock() {
    if (!lockDialog) { location.assign("/login"); return; }
    if (locked()) return;
    all("dialog[open]").forEach((dialog) => dialog.close());
    document.body.classList.add("locked");
    one("#unlock").hidden = false;
    one("#unlock_ended").hidden = true;
    one("#unlock_fault").textContent = "";
    one("#unlock-password").value = "";
    lockDialog.showModal();
    one("#unlock-password").focus();
    share("locked", Date.now());
  }
  function unlocked(fresh) {
    adopt(fresh);
    document.body.classList.remove("locked");
    lockDialog.close();
    touched();
    share("locked", "");
  }
  async function unlock(form) {
    hold(form, true);
    try {
      const answer = await post(form.action, new FormData(form));
      if (answer.ok) return unlocked(answer.headers.get("X-CSRFToken"));
      one("#unlock-password").value = "";
      if (answer.status === 422 || answer.status === 429) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        one("#unlock_fault").textContent = one("p", page.body)?.textContent.trim() || "Mật khẩu chưa đúng. Xin nhập lại.";
        one("#unlock-password").focus();
      } else {
        form.hidden = true;
        one("#unlock_ended").hidden = false;
        one("#unlock_ended a").focus();
      }
    } catch {
      one("#unlock_fault").textContent = "Chưa kết nối được với hệ thống. Xin kiểm tra mạng rồi bấm lại.";
    } finally {
      hold(form, false);
    }
  }
  async function signedIn() { // who is signed in now, and the token that goes with it; asks a page that shows no citizen's file
    const answer = await fetch("/", { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { officer: page.body.dataset.officer, fresh: one('meta[name="csrf-token"]', page)?.content };
  }
  async function resume() {
    const { officer, fresh } = await signedIn();
    if (!officer) one("#unlock_ended p").append(" Hệ thống chưa thấy phiên đăng nhập mới.");
    else if (officer !== document.body.dataset.officer) location.assign("/");
    else unlocked(fresh);
  }
  async function renew() { // the form's token is of an earlier session: take the new one, so that nothing typed is lost
    const { officer, fresh } = await signedIn();
    if (officer !== document.body.dataset.officer) return lock();
    adopt(fresh);
    say("warn", "Phiên làm việc vừa được làm mới nên chưa có gì thay đổi. Nội dung đã nhập vẫn còn nguyên. Xin bấm lại.");
  }
  lockDialog?.addEventListener("cancel", (event) => event.preventDefault());
  lockDialog?.addEventListener("keydown", (event) => { if (event.key === "Escape") event.preventDefault(); });
  one("#unlock_resume")?.addEventListener("click", resume);
  on("submit", (event) => {
    if (event.target.matches("[data-lock]")) { event.preventDefault(); post("/lock").catch(() => {}); lock(); }
    if (event.target.matches("#unlock")) { event.preventDefault(); unlock(event.target); }
  });
  addEventListener("storage", (event) => {
    if (event.key !== "locked" || !lockDialog) return;
    if (event.newValue) lock(); else if (locked()) { document.body.classList.remove("locked"); lockDialog.close(); }
  });

  // ---- What the officer did last: for the idle lock (all windows together) and for the claim's heartbeat ----
  let active = false;
  function touched() { active = true; share("touched", Date.now()); }
  ["keydown", "pointerdown", "wheel"].forEach((name) => addEventListener(name, () => { if (!locked()) touched(); }, { passive: true }));
  touched();
  if (lockDialog) setInterval(() => {
    const last = Number(shared("touched")) || Date.now();
    if (!locked() && Date.now() - last > document.body.dataset.lockAfter * 1000) { post("/lock").catch(() => {}); lock(); }
  }, 5000);
  function beat() { if (!locked()) all("[data-heartbeat]").forEach((element) => window.htmx?.trigger(element, "heartbeat")); }
  setInterval(() => { if (active) beat(); active = false; }, 60000);
  setTimeout(beat, 3000); // a page that is reloaded tells on going that it is left, after this one was asked for: so say that it is there
  addEventListener("pagehide", () => all("[data-leave]").forEach((element) => {
    const data = new FormData();
    data.set("csrf_token", token());
    navigator.sendBeacon(element.dataset.leave, data);
  }));

  // ---- Small things ----
  on("input", (event) => {
    const place = event.target.dataset.count;
    if (place) one(`#${place}`).textContent = `${event.target.value.length}/${event.target.maxLength}`;
  });
  on("toggle", (event) => { // an act that was unfolded: bring it into view, and the hands into its first field
    if (!event.target.matches?.("details.unfold") || !event.target.open) return;
    all("details.unfold[open]").forEach((other) => { if (other !== event.target) other.open = false; });
    event.target.scrollIntoView({ block: "start" });
    (one(".is-invalid", event.target) || one("input:not([type=hidden]), textarea", event.target))?.focus({ preventScroll: true });
  }, true);
  on("keydown", (event) => { // Escape folds an act up again; what was typed in it stays
    const part = one("details.unfold[open]");
    if (event.key !== "Escape" || event.isComposing || !part || one("dialog[open], details.usermenu[open]")) return;
    part.open = false;
    one("summary", part).focus({ preventScroll: true });
  }, true);
  on("invalid", ({ target }) => { // the browser's own words follow the browser's language, which may be English
    target.setCustomValidity(target.validity.valueMissing ? target.dataset.missing || "Xin nhập mục này." : "Nội dung chưa đúng. Xin xem lại.");
  }, true);
  on("input", ({ target }) => target.setCustomValidity?.(""), true);
  const address = one("[data-address]")?.dataset.address;
  if (address) history.replaceState(null, "", address);
})();
