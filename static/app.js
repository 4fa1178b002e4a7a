/*
 * What every screen does: sending, refusals, an answer gone astray, dialogs. The lock is in lock.js, what is typed in
 * drafts.js, keys in keys.js, the scanner in scanner.js; of the review page the claim in claim.js, the photos in photos.js.
 * Everything works as plain forms and links when none of them runs.
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
 * asks by itself: it never shows a waiting state and fails quietly; data-watch marks what asks by itself as a timer does;
 * data-settled="url" is asked what became of a press whose answer was lost; data-print prints; data-address="url" is the
 * address of a page that a form's answer made: going back to it, or loading it again, asks for that instead of sending again;
 * data-fold marks a form that is emptied and folded away once what it sent was done. An answer whose parts are put in by
 * outerMorph keeps what is typed and unfolded there (morphIgnore in base.html).
 */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, handler, capture = false) => document.addEventListener(name, handler, capture);
  const token = () => one('meta[name="csrf-token"]').content;
  const SIGNS = { bad: "✗", warn: "⚠\uFE0E", good: "✓", info: "ℹ\uFE0E" };

  function say(kind, text) {
    const box = document.createElement("div"), sign = document.createElement("span"), words = document.createElement("p");
    box.className = `banner ${kind}`;
    box.setAttribute("role", kind === "bad" || kind === "warn" ? "alert" : "status");
    sign.className = `sign ${kind}`;
    sign.setAttribute("aria-hidden", "true");
    sign.textContent = SIGNS[kind];
    words.textContent = text;
    box.append(sign, words);
    one("#banner").replaceChildren(box);
    return box;
  }
  const emit = (name) => document.dispatchEvent(new CustomEvent(name));
  const isLocked = () => Boolean(one("#lock")?.open);
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
  function go(form, button, question) { // agreed; the part of the page may have been drawn anew since it was asked
    const now = form.isConnected ? form : all("form").find((one) => one.getAttribute("action") === form.getAttribute("action"));
    const same = form.isConnected ? button : all("button", now || undefined).find((one) => one.textContent === button?.textContent);
    const asked = same?.dataset.confirm || now?.dataset.confirm;
    if (!now || (!same && now !== form) || same?.disabled || asked !== question) {
      return say("warn", "Hồ sơ vừa thay đổi trong lúc hỏi nên chưa có gì được ghi. Xin xem lại rồi bấm lại.");
    }
    agreed = now;
    now.requestSubmit(same);
    agreed = null;
    return null;
  }
  on("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (form.method === "dialog") return;
    const question = button?.dataset.confirm || form.dataset.confirm;
    const stop = () => { event.preventDefault(); event.stopImmediatePropagation(); };
    if (form.classList.contains("busy")) return stop();
    if (question && agreed !== form) {
      stop();
      ask(question).then((yes) => { if (yes) go(form, button, question); });
      return;
    }
    if (form.matches("[hx-post], [data-lock], #unlock, [target]")) return;
    setTimeout(() => {
      if (event.defaultPrevented) return; // another script sends it, now or later: then this is asked again
      hold(form, true);
      setTimeout(() => hold(form, false), 20000); // an answer that is a download leaves the page as it is
    });
  }, true);
  on("click", (event) => {
    if (event.target.closest?.("a.busy, button.busy")) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
  addEventListener("pageshow", () => all(".busy").forEach((element) => hold(element, false)));

  // What a timer asks for is no sign of a person: it must not keep the session open (signin/loader.py).
  const isTimed = (element) => element.matches("[data-watch], [data-work]") || /\bevery\b/.test(element.getAttribute("hx-trigger") || "");
  on("htmx:config:request", ({ detail: { ctx } }) => {
    ctx.request.headers["X-CSRFToken"] = token();
    if (isTimed(ctx.sourceElement)) ctx.request.headers["X-Poll"] = "1";
    if (ctx.request.method !== "GET" && !isQuiet(ctx.sourceElement)) ctx.press = ctx.request.headers["X-Press"] = newName();
  });
  on("htmx:before:request", (event) => {
    const ctx = event.detail.ctx, source = ctx.sourceElement;
    if (isLocked() || (ctx.press && settling)) return event.preventDefault();
    if (isQuiet(source)) return;
    ctx.held = holder(source);
    hold(ctx.held, true);
    one("#banner").replaceChildren();
    if (ctx.press) begin(ctx);
  });
  on("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx.held) hold(ctx.held, false);
    if (ctx.press) finish(ctx);
  });
  on("htmx:after:swap", ({ detail: { ctx } }) => {
    const source = ctx.sourceElement, quietly = isQuiet(source);
    // The button that was pressed is gone: Tab goes on from here, not from the top.
    if (!quietly && document.activeElement === document.body) one("#work")?.focus({ preventScroll: true });
    if (ctx.press || source.matches("[data-work]")) tell();
    if (ctx.press && matchMedia("(max-width: 1024px)").matches && !one("dialog[open]")) changed(source)?.scrollIntoView({ block: "nearest" });
  });

  // ---- An act under way: after a moment it says so, and the page is not left before its answer is there ----
  const MOMENT = 1000, UNDER_WAY = "Đang ghi việc vừa bấm. Xin đợi trả lời rồi mới sang trang khác.";
  const underWay = new Set();
  let waiting = null; // what is said of it
  function begin(ctx) {
    underWay.add(ctx);
    ctx.waiting = setTimeout(() => { waiting = say("info", "Đang ghi…"); }, MOMENT);
  }
  function finish(ctx) {
    underWay.delete(ctx);
    clearTimeout(ctx.waiting);
    if (!underWay.size) waiting?.remove();
  }
  function stay(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = say("info", UNDER_WAY);
  }
  on("click", (event) => {
    const link = event.target.closest?.("a[href]:not([target], [hx-get], [href^='#'])");
    if (link && underWay.size) stay(event);
  }, true);
  on("submit", (event) => { if (underWay.size && !event.target.matches("[hx-post], [target], dialog form")) stay(event); }, true);

  // ---- What an act changed is said to who does not see it, and brought into sight ----
  const tellings = () => all("[data-say]").map((element) => {
    const words = element.cloneNode(true);
    all("[aria-hidden=true]", words).forEach((sign) => sign.remove());
    return words.textContent.trim().replace(/\s+/g, " ");
  }).filter(Boolean);
  let known = tellings();
  function tell() {
    const now = tellings(), fresh = now.filter((text) => !known.includes(text)), said = one("#said");
    known = now;
    if (said && fresh.length) said.textContent = fresh.join(". ");
  }
  function changed(source) { // where the eye should go: the outcome, or the part of the column that was acted on
    const part = source.closest?.("[id]:not(#work)")?.id;
    return one(".stamp") || (part && document.getElementById(part)) || one("#work");
  }

  // ---- Answers that are refusals ----
  let missed = 0, missing = null;
  on("htmx:after:request", (event) => {
    const ctx = event.detail.ctx, status = ctx.response.status;
    missing?.remove();
    missed = 0;
    if (status === 401) { event.preventDefault(); return emit("session-ended"); }
    if (status === 400 && one("#lock")) { event.preventDefault(); return emit("token-refused"); }
    if (status >= 500 && ctx.press && settleAt()) { event.preventDefault(); return settle(ctx); }
    const banner = /^\s*<div id="banner"/.test(ctx.text);
    if (banner) {
      Object.assign(ctx.hx, { retarget: "#banner", reswap: "outerHTML" });
      ctx.push = ctx.replace = ctx.select = null;
    } else if (status >= 400 && status !== 409 && status !== 422) { // a proxy's page, not ours
      event.preventDefault();
      unanswered(ctx);
    }
  });
  on("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.response.status >= 300 || !ctx.sourceElement.matches("form[data-fold]")) return;
    ctx.sourceElement.reset();
    ctx.sourceElement.closest("details").open = false;
  });
  on("htmx:error", ({ detail: { ctx } }) => {
    if (!ctx?.request) return;
    if (ctx.response) return say("warn", "Việc vừa làm đã được hệ thống trả lời nhưng màn hình chưa hiện được. Xin tải lại trang để xem kết quả.");
    unanswered(ctx);
  });
  function unanswered(ctx) {
    if (ctx.press && settleAt()) settle(ctx);
    else failed(isQuiet(ctx.sourceElement));
  }
  function failed(quietly) {
    if (quietly) {
      if (++missed === 2 && !settling) missing = say("warn", "Màn hình chưa cập nhật được. Hệ thống đang tự thử lại; nội dung đã nhập vẫn còn nguyên.");
    } else if (navigator.onLine === false) {
      say("bad", "Không gửi được vì máy đang mất mạng. Chưa có gì thay đổi, nội dung đã nhập vẫn còn nguyên. Xin kiểm tra mạng rồi bấm lại.");
    } else {
      say("bad", "Không gửi được, hoặc chưa nhận được trả lời. Nội dung đã nhập vẫn còn nguyên. Xin bấm lại; việc nào đã ghi rồi thì hệ thống sẽ báo, không ghi hai lần.");
    }
  }

  // ---- An act without an answer: the server is asked what became of it, and nothing else is done until it has said so ----
  const PAUSES = [500, 1000, 2000, 4000, 8000, 15000], PATIENCE = 12000; // milliseconds; the server waits 10 s for a row at most
  let settling = 0; // how many are being asked for
  const settleAt = () => one("[data-settled]")?.dataset.settled;
  const newName = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const pause = (time) => new Promise((resolve) => { setTimeout(resolve, time); addEventListener("online", resolve, { once: true }); });
  const unlocking = () => new Promise((resolve) => (isLocked() ? document.addEventListener("unlocked", resolve, { once: true }) : resolve()));

  async function settle(ctx) {
    const { held, press } = ctx, count = document.createElement("span"), work = one("#work");
    settling++;
    ctx.held = null; // stays held, and the other acts with it: who presses before it is known would press blindly
    if (work) hold(work, true);
    count.setAttribute("aria-hidden", "true");
    one("p", say("warn", "Mất kết nối khi đang ghi, chưa biết việc vừa bấm đã được ghi hay chưa. Đang kiểm tra… Xin chưa bấm lại; nội dung đã nhập vẫn còn nguyên. ")).append(count);
    for (let tried = 1; ; tried++) {
      count.textContent = `(lần ${tried})`;
      await pause(PAUSES[Math.min(tried, PAUSES.length) - 1]);
      await unlocking();
      if (await settled(press)) break;
    }
    settling--;
    [held, work].forEach((element) => { if (element) hold(element, false); });
  }
  async function settled(press) { // whether the server said what became of it
    let answer, text;
    try {
      answer = await fetch(`${settleAt()}?press=${press}`, { headers: { "HX-Request": "true", "X-Poll": "1" }, signal: AbortSignal.timeout(PATIENCE) });
      text = await answer.text();
    } catch {
      return false;
    }
    if (answer.status === 401) { emit("session-ended"); return false; }
    if (answer.headers.get("X-Settled") === "done") { location.reload(); return new Promise(() => {}); }
    if (answer.headers.get("X-Settled") !== "undone" && answer.status !== 404) return false;
    const banner = one("#banner", new DOMParser().parseFromString(text, "text/html"));
    if (!banner) return false; // a proxy's page, not ours
    one("#banner").replaceWith(document.adoptNode(banner));
    return true;
  }

  // ---- Dialogs ----
  let answered = null; // of the question that is open
  function ask(question) {
    const dialog = one("#ask");
    answered?.(false);
    one("#ask_text").textContent = question;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => { answered = resolve; });
  }
  on("close", ({ target }) => { // told a little later: the question may be another by then, and open
    if (target.id !== "ask" || target.open || !answered) return;
    const tell = answered;
    answered = null;
    tell(target.returnValue === "yes");
  }, true);
  on("click", ({ target }) => all("details[data-sheet][open]").forEach((menu) => { if (!menu.contains(target) || target.closest("[data-open]")) menu.open = false; }));

  // ---- Small things ----
  on("click", ({ target }) => { if (target.closest?.("[data-print]")) print(); });
  on("input", (event) => {
    const place = event.target.dataset.count;
    if (place) one(`#${place}`).textContent = `${event.target.value.length}/${event.target.maxLength}`;
  });
  on("toggle", (event) => { // an act that was unfolded: bring it into view, and the hands into its first field
    if (!event.target.matches?.("details.unfold") || !event.target.open) return;
    all("details.unfold[open]").forEach((other) => { if (other !== event.target) other.open = false; });
    event.target.scrollIntoView({ block: "start" });
    (one(".is-invalid", event.target) || one("input:not([type=hidden]), select, textarea", event.target))?.focus({ preventScroll: true });
  }, true);
  on("keydown", (event) => { // Escape folds an act up again; what was typed in it stays
    const part = one("details.unfold[open]");
    if (event.key !== "Escape" || event.isComposing || !part || one("dialog[open], details[data-sheet][open]")) return;
    part.open = false;
    one("summary", part).focus({ preventScroll: true });
  }, true);
  on("invalid", ({ target }) => { // the browser's own words follow the browser's language, which may be English
    target.setCustomValidity(target.validity.valueMissing ? target.dataset.missing || "Xin nhập mục này." : "Nội dung chưa đúng. Xin xem lại.");
  }, true);
  on("input", ({ target }) => target.setCustomValidity?.(""), true);
  const address = one("[data-address]")?.dataset.address;
  if (address) history.replaceState(null, "", address);

  window.desk = { hold, isLocked, say, token };
})();
