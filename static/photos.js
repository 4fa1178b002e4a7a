/*
 * The photos of the review page: two panes side by side, each showing one photo; small pictures below choose what a pane
 * shows. A click on a photo goes between "fits the pane" and its original pixels at that very spot; dragging moves it.
 * Keys while a photo has the focus: + and - zoom, 0 fits, R turns by 90°. A pinned pane never changes by itself.
 *
 * Markup: [data-photo] > .stage (the scrolling pane) > .canvas > img, and buttons [data-photo-do="in|out|fit|turn|pin"] (the "fit" one shows the scale);
 * a[data-show] (href, data-label) are the small pictures. Sizes are set through the CSSOM: no inline style is needed.
 */
(() => {
  "use strict";
  const TURNS = ["", "turn-90", "turn-180", "turn-270"];
  const STEP = 1.25;
  const parts = (pane) => ({ stage: pane.querySelector(".stage"), canvas: pane.querySelector(".canvas"), img: pane.querySelector("img") });
  const turnOf = (pane) => Math.max(TURNS.indexOf(TURNS.find((name) => name && pane.classList.contains(name)) || ""), 0);

  function sizes(pane) { // the photo as it lies, in its own pixels
    const { stage, img } = parts(pane), sideways = turnOf(pane) % 2 === 1;
    const width = sideways ? img.naturalHeight : img.naturalWidth, height = sideways ? img.naturalWidth : img.naturalHeight;
    return { width, height, sideways, fit: Math.min(stage.clientWidth / width, stage.clientHeight / height) };
  }

  function zoom(pane, scale, at = { x: 0.5, y: 0.5 }) { // scale 0 is "fits"; `at` is the spot of the photo to keep in the middle
    const { stage, canvas, img } = parts(pane), { width, height, sideways, fit } = sizes(pane);
    const large = scale > fit;
    pane.dataset.scale = large ? Math.min(scale, 4) : 0;
    pane.classList.toggle("zoomed", large);
    const set = (element, w, h) => { element.style.width = large ? `${w}px` : ""; element.style.height = large ? `${h}px` : ""; };
    const w = width * pane.dataset.scale, h = height * pane.dataset.scale;
    set(canvas, w, h);
    set(img, sideways ? h : w, sideways ? w : h);
    if (large) stage.scrollTo(w * at.x - stage.clientWidth / 2, h * at.y - stage.clientHeight / 2);
    const label = pane.querySelector(".scale");
    label.hidden = !large;
    label.textContent = `${Math.round(pane.dataset.scale * 100)} % · về vừa khung`;
  }

  function middle(pane) {
    const { stage } = parts(pane);
    return { x: (stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth, y: (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight };
  }
  function turn(pane) {
    const next = (turnOf(pane) + 1) % 4;
    pane.classList.remove(...TURNS.filter(Boolean));
    if (next) pane.classList.add(TURNS[next]);
    zoom(pane, 0);
  }
  const ACTS = {
    in: (pane) => zoom(pane, (Number(pane.dataset.scale) || sizes(pane).fit) * STEP, middle(pane)),
    out: (pane) => zoom(pane, (Number(pane.dataset.scale) || sizes(pane).fit) / STEP, middle(pane)),
    fit: (pane) => zoom(pane, 0),
    turn,
    pin: (pane, button) => button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true")),
  };
  const KEYS = { "+": "in", "=": "in", "-": "out", "0": "fit", r: "turn", R: "turn" };

  function show(link) { // into the last pane that is not pinned
    const panes = [...document.querySelectorAll("[data-photo]")];
    const pane = panes.filter((each) => each.querySelector('[data-photo-do="pin"]').getAttribute("aria-pressed") !== "true").pop();
    if (!pane) return false;
    const { img } = parts(pane);
    pane.classList.remove(...TURNS.filter(Boolean));
    img.addEventListener("load", () => zoom(pane, 0), { once: true });
    img.src = link.href;
    img.alt = link.dataset.label;
    pane.querySelector(".name").textContent = link.dataset.label;
    mark();
    return true;
  }
  function mark() { // which small pictures are on show
    const shown = [...document.querySelectorAll("[data-photo] img")].map((img) => img.src);
    document.querySelectorAll("a[data-show]").forEach((link) => link.setAttribute("aria-current", String(shown.includes(link.href))));
  }

  let drag = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-show]"), button = event.target.closest("[data-photo-do]");
    if (link && !event.ctrlKey && !event.shiftKey && show(link)) event.preventDefault();
    if (button) ACTS[button.dataset.photoDo](button.closest("[data-photo]"), button);
  });
  document.addEventListener("pointerdown", (event) => {
    const stage = event.target.closest?.("[data-photo] .stage");
    if (!stage || event.button !== 0) return;
    drag = { stage, x: event.clientX, y: event.clientY, left: stage.scrollLeft, top: stage.scrollTop, moved: false };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag || !event.buttons) return;
    const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    if (Math.abs(dx) + Math.abs(dy) > 4) drag.moved = true;
    if (drag.moved) drag.stage.scrollTo(drag.left - dx, drag.top - dy);
  });
  document.addEventListener("pointerup", (event) => {
    const was = drag;
    drag = null;
    if (!was || was.moved || !event.target.closest?.(".stage")) return;
    const pane = was.stage.closest("[data-photo]");
    if (pane.classList.contains("zoomed")) return zoom(pane, 0);
    const box = parts(pane).img.getBoundingClientRect(), { width, height } = sizes(pane);
    const shown = Math.min(box.width / width, box.height / height); // the photo stands in the middle of the box it fits
    const spot = (from, start, length, own) => Math.min(Math.max((from - start - (length - own * shown) / 2) / (own * shown), 0), 1);
    zoom(pane, 1, { x: spot(event.clientX, box.left, box.width, width), y: spot(event.clientY, box.top, box.height, height) });
  });
  document.addEventListener("dragstart", (event) => { if (event.target.closest?.(".stage")) event.preventDefault(); });
  document.addEventListener("photo-key", (event) => {
    const pane = event.target.closest?.("[data-photo]"), act = KEYS[event.detail];
    if (pane && act) ACTS[act](pane);
  });
  mark();
})();
