/*
 * The photo viewer of the review page (templates/desk/_photos.html): two panes side by side, or one large; the small pictures
 * below choose what a pane shows. Nothing changes by itself, and a pinned photo stays where it is. Zooming: photo-view.js.
 *
 * Keys while the viewer has the focus: + - 0 (fits) 1 (original pixels), arrows, R turns, P pins, L one large, Page Up and
 * Page Down another photo. Characters come from keys.js as the event "photo-key", which has told them from a scanner's.
 *
 * The thumbnail fills a pane at once; the full photo, whose every look is noted, is asked for when the officer zooms or
 * enlarges, and once. A photo that does not come says so in its pane, in the server's words.
 *
 * Marks: [data-photos] > .panes > .slot > figure[data-photo]; .rest holds the figures not on show; [data-photo-do="in|out|fit|
 * original|turn|pin|large|again|focus"]; a[data-show="kind"]; form[data-turn] keeps a turn, data-turn being what the server has.
 * A photo that was taken anew comes as a figure of its own, in the place of the old one; the others stay (retake.js).
 */
(() => {
  "use strict";
  if (!window.photoView) return; // the page was left before it had come
  const { begin, watch, draw, isZoomed, lay, moveBy, stageOf, turnOf, zoomIn, zoomOut, zoomToFit, zoomToOriginal } = window.photoView;
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, handler, capture = false) => document.addEventListener(name, handler, capture);
  const shownIn = (slot) => one("[data-photo]", slot);
  const active = () => one("[data-photos] .slot.active [data-photo]");
  const LINKS = "[data-photos] a[data-show]"; // those of the strip; a flag elsewhere on the page may lead to a photo too
  const linkOf = (figure) => one(`[data-photos] a[data-show="${figure.dataset.kind}"]`);
  const isLarge = () => Boolean(one(".panes.large"));
  const isPinned = (figure) => one('[data-photo-do="pin"]', figure)?.getAttribute("aria-pressed") === "true";
  const say = (figure, text) => { one("[data-photo-says]").textContent = `${figure.dataset.label}: ${text}`; };
  const warn = (text) => document.dispatchEvent(new CustomEvent("say", { detail: { kind: "warn", text } }));

  // ---- Turning: seen at once, kept by the server; a turn that was refused is taken back ----
  function turn(figure) {
    const form = one("form[data-turn]", figure);
    turnTo(figure, (turnOf(figure) + 90) % 360);
    say(figure, `đã xoay ${turnOf(figure)} độ`);
    if (form && !form.dataset.sent) keep(form, figure);
  }
  function turnTo(figure, degrees) {
    linkOf(figure).className = `turn-${degrees}`;
    lay(figure, degrees);
  }
  function keep(form, figure) { // one request at a time; what was turned meanwhile follows in one more
    form.dataset.sent = form.elements.degrees.value = turnOf(figure);
    form.requestSubmit();
  }
  on("htmx:finally:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement?.closest?.("form[data-turn]"), figure = form?.closest("[data-photo]"), sent = form?.dataset.sent;
    if (!sent) return;
    delete form.dataset.sent;
    if (ctx.response?.status !== 204) return turnTo(figure, Number(form.dataset.turn));
    form.dataset.turn = sent;
    if (turnOf(figure) !== Number(sent)) keep(form, figure);
  });

  // ---- Fetching: the full photo, and why a thumbnail did not come ----
  const MISSED = "Không tải được ảnh vì mất kết nối với hệ thống. Xin kiểm tra mạng rồi bấm “Thử lại”.";
  const SPOILED = "Tệp ảnh bị hỏng nên không hiện được. Xin báo người quản trị.";
  const SIGNED_OUT = "Màn hình đã khóa hoặc phiên làm việc đã hết nên ảnh chưa tải được. Xin mở khóa hoặc đăng nhập lại rồi bấm “Thử lại”.";
  class Refused extends Error {}

  async function fetched(address) { // where the photo is in memory; throws Refused with the sentence that says why not
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(30000) });
    if (answer.status === 401) throw new Refused(SIGNED_OUT);
    if (!answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      throw new Refused(one("#banner p", page)?.textContent.trim() || MISSED);
    }
    const local = URL.createObjectURL(await answer.blob()), picture = new Image();
    picture.src = local;
    try {
      await picture.decode();
    } catch {
      URL.revokeObjectURL(local);
      throw new Refused(SPOILED);
    }
    return local;
  }
  async function load(figure, address) { // true when the photo came; else its pane says why not
    const trouble = one(".trouble", figure), loading = one(".loading", figure);
    const slow = setTimeout(() => { loading.hidden = false; }, 300);
    trouble.hidden = true;
    try {
      came(figure, await fetched(address));
      return true;
    } catch (fault) {
      const why = fault instanceof Refused ? fault.message : MISSED;
      one("p", trouble).textContent = figure.classList.contains("broken")
        ? `${why} Trong khi chờ, xin đối chiếu trực tiếp với giấy tờ xuất trình.`
        : `Chưa mở được ảnh gốc, đang hiện ảnh thu nhỏ. ${why}`;
      trouble.hidden = false;
      say(figure, why);
      return false;
    } finally {
      clearTimeout(slow);
      loading.hidden = true;
    }
  }
  function came(figure, local) {
    const small = one("img", linkOf(figure));
    one("img", figure).src = local;
    figure.classList.remove("broken");
    if (small.classList.contains("gone")) small.src = local;
    small.classList.remove("gone");
    one(".lost", linkOf(figure)).hidden = true;
  }
  async function wantFull(figure) {
    if (figure.dataset.has) return;
    figure.dataset.has = "asked";
    figure.dataset.has = (await load(figure, figure.dataset.full)) ? "full" : "failed";
  }
  function again(figure) {
    const wanted = figure.dataset.has;
    delete figure.dataset.has;
    if (wanted) wantFull(figure); else load(figure, figure.dataset.thumb);
    stageOf(figure).focus({ preventScroll: true });
  }
  function broken(img) {
    const figure = img.closest("[data-photo]"), link = img.closest("a[data-show]");
    if (link) {
      img.classList.add("gone");
      one(".lost", link).hidden = false;
    } else if (figure && !figure.classList.contains("broken")) {
      figure.classList.add("broken");
      load(figure, figure.dataset.thumb); // once more: the answer says what is wrong
    }
  }
  on("error", ({ target }) => { if (target.matches?.("[data-photos] img")) broken(target); }, true);

  // ---- Which photo is where ----
  const pins = new Map(); // kind → whether it is pinned, for a photo that is taken anew
  function activate(figure) {
    const slot = figure.closest(".slot");
    if (slot) all(".slot").forEach((each) => each.classList.toggle("active", each === slot));
  }
  function free() { // the pane that may change: not pinned, the one in use before the other
    const open = all(".slot").filter((slot) => !isPinned(shownIn(slot)));
    return open.find((slot) => slot.classList.contains("active")) || open.pop();
  }
  function show(kind) { // tells whether there was a pane for it
    const figure = one(`[data-photo][data-kind="${kind}"]`), slot = figure.closest(".slot") || free();
    if (!slot) {
      warn("Cả hai ảnh đang được ghim nên chưa đổi ảnh. Xin bỏ ghim một ảnh (nút “Ghim”) rồi chọn lại.");
      return false;
    }
    const before = shownIn(slot);
    if (before !== figure) {
      one(".rest").append(before);
      slot.append(figure);
    }
    activate(figure);
    mark();
    say(figure, "đang hiện");
    return true;
  }
  function flip(by) { // the next photo, or the one before, that stands in no pane
    const kinds = all(LINKS).map((link) => link.dataset.show), slot = free() || one(".slot.active");
    const at = kinds.indexOf(shownIn(slot).dataset.kind), round = [...kinds.slice(at + 1), ...kinds.slice(0, at)];
    const next = (by > 0 ? round : round.reverse()).find((kind) => !one(`.slot [data-kind="${kind}"]`));
    if (next && show(next)) stageOf(active()).focus({ preventScroll: true });
  }
  function enlarge(figure) {
    one(".panes").classList.toggle("large");
    mark();
    stageOf(figure).focus({ preventScroll: true });
    say(figure, isLarge() ? "một ảnh lớn" : "hai ảnh cạnh nhau");
  }
  function mark() { // what buttons and small pictures say of it; one large photo is a look at the full one
    const seen = isLarge() ? ".slot.active" : ".slot";
    all('[data-photo-do="large"]').forEach((button) => button.setAttribute("aria-pressed", String(isLarge())));
    all(LINKS).forEach((link) => link.setAttribute("aria-current", String(Boolean(one(`${seen} [data-kind="${link.dataset.show}"]`)))));
    all(".slot [data-photo]").forEach(draw);
    if (isLarge()) wantFull(active());
  }
  function pin(figure) {
    const button = one('[data-photo-do="pin"]', figure);
    button.setAttribute("aria-pressed", String(!isPinned(figure)));
    pins.set(figure.dataset.kind, isPinned(figure));
    say(figure, isPinned(figure) ? "đã ghim" : "đã bỏ ghim");
  }
  function focusNext() { // the pane in use; from a pane, the other one
    const stages = all(".slot .stage").filter((stage) => stage.clientWidth), at = stages.indexOf(document.activeElement);
    (at < 0 ? stageOf(active()) : stages[(at + 1) % stages.length]).focus();
  }

  // ---- Buttons and keys ----
  const zooming = (change) => (figure) => {
    change(figure);
    say(figure, isZoomed(figure) ? one(".scale", figure).textContent : "vừa khung");
  };
  const ACTS = {
    in: zooming(zoomIn), out: zooming(zoomOut), fit: zooming(zoomToFit), original: zooming(zoomToOriginal),
    turn, pin, again, large: enlarge, focus: focusNext,
  };
  const KEYS = { "+": "in", "=": "in", "-": "out", "0": "fit", "1": "original", r: "turn", p: "pin", l: "large" };
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const inUse = (target) => target.closest?.("[data-photo]") || (target.closest?.("[data-photos]") && active());

  function act(name, figure) {
    if (figure) activate(figure);
    ACTS[name](figure);
  }
  on("click", (event) => {
    const button = event.target.closest?.("[data-photo-do]"), link = event.target.closest?.("a[data-show]");
    if (button) {
      event.preventDefault(); // keep() sends the form of a turn
      act(button.dataset.photoDo, button.closest("[data-photo]"));
    } else if (link && !event.ctrlKey && !event.shiftKey && !event.metaKey) {
      event.preventDefault();
      if (show(link.dataset.show) && !link.matches(LINKS)) stageOf(active()).focus();
    }
  });
  on("photo-key", (event) => {
    const figure = inUse(event.target), name = KEYS[event.detail.toLowerCase()];
    if (figure && name && one(`[data-photo-do="${name}"]`, figure)) act(name, figure);
  });
  on("keydown", (event) => {
    const figure = inUse(event.target), arrow = ARROWS[event.key], turns = { PageDown: 1, PageUp: -1 }[event.key];
    if (!figure || event.altKey || event.ctrlKey || event.metaKey) return;
    if (arrow && isZoomed(figure)) moveBy(figure, ...arrow);
    else if (turns && event.target.matches(".stage")) flip(turns);
    else return;
    event.preventDefault();
  });
  on("focusin", ({ target }) => { if (target.closest?.("[data-photo]")) activate(target.closest("[data-photo]")); });
  on("photo-used", ({ target }) => activate(target));
  on("photo-zoomed", ({ target }) => wantFull(target));

  function start() {
    const viewer = one("[data-photos]:not([data-begun])");
    if (viewer) {
      viewer.dataset.begun = "";
      pins.clear();
      begin(viewer);
    }
    const fresh = all("[data-photos] [data-photo]:not([data-begun])");
    fresh.forEach((figure) => join(figure, !viewer));
    if (fresh.length && !viewer) mark();
  }
  function join(figure, isNew) { // isNew: it came alone, in the place of one that was taken anew, pinned as that one was
    const button = one('[data-photo-do="pin"]', figure);
    figure.dataset.begun = "";
    watch(figure);
    if (isNew) button?.setAttribute("aria-pressed", String(Boolean(pins.get(figure.dataset.kind))));
    pins.set(figure.dataset.kind, isPinned(figure));
    [one("img", figure), one("img", linkOf(figure))].forEach((img) => { if (img.complete && !img.naturalWidth) broken(img); });
  }
  on("htmx:after:swap", start);
  start();
})();
