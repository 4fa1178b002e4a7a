/*
 * Having a declaration in hand (templates/desk/_claim.html). Every few seconds, while the window is in sight and open, the page
 * asks whether what it shows of the claim still holds; out of sight it waits, and asks at once on return.
 *
 * When the declaration was lost, what was typed stays on the screen: only #claim is drawn anew, the banner says who took it,
 * and nothing that decides can be pressed any more. When it came into my hands, or something else changed, the right column
 * is fetched anew (drafts.js puts back what was typed).
 *
 * Marks: [data-watch] and [data-work] ask when they get the events "watch" and "refresh"; #claim[data-change] says what an
 * answer changed; [data-heartbeat] gets "heartbeat" each minute in which the officer did something; [data-leave="url"] is
 * told when the page is left; #handover asks for the colleagues when it is unfolded.
 */
(() => {
  "use strict";
  const OFTEN = 4000, BEAT = 60000, COMING_BACK = 3000; // milliseconds
  const { isLocked, say, token } = window.desk;
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, handler, capture = false) => document.addEventListener(name, handler, capture);
  const trigger = (element, name) => element && window.htmx?.trigger(element, name);

  // ---- Asking ----
  function look() {
    if (!document.hidden && !isLocked()) trigger(one("[data-watch]:not(.htmx-request)"), "watch");
  }
  setInterval(look, OFTEN);
  on("visibilitychange", look);
  on("unlocked", look);

  on("htmx:config:request", ({ detail: { ctx } }) => { // since it was lost, the page wants to be told of everything
    if (ctx.sourceElement.matches("[data-watch]") && why()) ctx.request.action += "&lost=1";
  });

  // ---- What an answer changed ----
  const why = () => one("#work")?.dataset.lost;
  let focused = "";
  on("htmx:before:swap", () => { focused = document.activeElement?.closest("#claim") ? document.activeElement.dataset.key || "*" : ""; });
  on("htmx:after:swap", ({ detail: { ctx } }) => {
    const claim = one("#claim");
    if (!claim || !isAboutClaim(ctx)) return;
    if (focused) (one(`[data-key="${focused}"]`, claim) || one("button, a", claim) || one("#work")).focus({ preventScroll: true });
    const { change } = claim.dataset;
    if (ctx.response.status === 404) { one("[data-watch]", claim)?.remove(); lose(); } // gone, or another office's: nothing more to ask
    else if (change === "lost") lose();
    else if (change === "gained" || change === "other") trigger(one("[data-work]", claim), "refresh");
  });
  const isAboutClaim = (ctx) => /\/(?:claim-state|heartbeat)\b/.test(ctx.request.action);

  function lose() {
    const work = one("#work"), sentence = one("#banner p")?.textContent.trim() || "Hồ sơ này không còn do bạn giữ.";
    work.dataset.lost = sentence;
    for (const button of all("button, input[type=submit]", work)) {
      if (button.closest("#claim")) continue;
      if (button === document.activeElement) (one("#claim button, #claim a") || work).focus({ preventScroll: true });
      button.disabled = true;
      button.dataset.why = sentence;
    }
  }
  on("htmx:before:request", (event) => { // what is sent by other means than a button
    const { sourceElement: source, press } = event.detail.ctx;
    if (!press || !source.closest?.("[data-lost]") || source.closest("#claim")) return;
    event.preventDefault();
    say("warn", `Chưa làm được việc này. ${why()}`);
  });

  // ---- Two acts at once: both answers are shown, and then what holds now, for the last to come need not be the newest ----
  let acts = 0, open = 0, isStale = false;
  const isRefresh = ({ sourceElement }) => sourceElement.matches("[data-work]");
  const isRefused = ({ drawing, target, response }) => drawing && target?.id === "work" && response?.status >= 400; // its words are in there
  on("htmx:before:request", ({ detail: { ctx } }) => {
    ctx.after = acts;
    if (ctx.target?.id !== "work" || isRefresh(ctx)) return;
    ctx.drawing = true;
    isStale ||= open > 0;
    acts++;
    open++;
  });
  on("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    if (ctx.drawing && !ctx.target.isConnected) ctx.target = one("#work");
    if (!isRefresh(ctx) || ctx.after === acts) return;
    event.preventDefault(); // older than an act
    isStale = true;
  });
  on("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx.drawing) open--;
    if (open || !isStale || !(ctx.drawing || isRefresh(ctx))) return;
    isStale = false;
    if (!isRefused(ctx)) trigger(one("[data-work]"), "refresh");
  });

  // ---- Staying and leaving ----
  let active = true;
  ["keydown", "pointerdown", "wheel"].forEach((name) => addEventListener(name, () => { if (!isLocked()) active = true; }, { passive: true }));
  function beat() { if (!isLocked()) trigger(one("[data-heartbeat]"), "heartbeat"); }
  setInterval(() => { if (active) beat(); active = false; }, BEAT);
  setTimeout(beat, COMING_BACK); // a page that is reloaded tells on going that it is left, after this one was asked for: so say that it is there
  addEventListener("pagehide", () => {
    const data = new FormData();
    data.set("csrf_token", token());
    all("[data-leave]").forEach((element) => navigator.sendBeacon(element.dataset.leave, data));
  });

  on("toggle", ({ target }) => { if (target.id === "handover" && target.open) trigger(one("#colleagues", target), "open"); }, true);
})();
