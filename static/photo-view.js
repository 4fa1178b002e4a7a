/*
 * One photo in its pane: how large it is and which part of it is seen, by hand. photos.js uses it as window.photoView.
 *
 * Mouse: the wheel zooms at the pointer (where the page itself scrolls: once the photo was clicked, or with Ctrl), dragging
 * moves, a double click goes between "fits the pane" and the original pixels. Touch: two fingers zoom, one moves, a double
 * tap is the double click. A figure tells by events, which bubble, "photo-used" (a hand is on it) and "photo-zoomed".
 *
 * Markup: figure[data-photo] > .stage (the pane) > img, whose attributes width and height are the full photo's pixels, and
 * .scale (shows the scale); the class turn-90 (0, 180, 270) on the figure says how it lies. A photo that fits is laid out by
 * photos.css alone; a zoomed one through the CSSOM, for the policy forbids inline styles.
 */
window.photoView = (() => {
  "use strict";
  const STEP = 1.25, MOST = 4, ARROW = 0.15, TAP_MS = 350, TAP_PX = 24, STILL_PX = 4;
  const one = (selector, root = document) => root.querySelector(selector);
  const on = (name, handler) => document.addEventListener(name, handler);
  const tell = (figure, name) => figure.dispatchEvent(new CustomEvent(name, { bubbles: true }));
  const touched = (event) => (event.target.closest?.("button") ? null : event.target.closest?.("[data-photo] .stage")?.closest("[data-photo]"));

  const views = new WeakMap(); // figure → scale (0: it fits the pane), and how far its middle is from the pane's, in pixels
  function viewOf(figure) {
    if (!views.has(figure)) views.set(figure, { scale: 0, x: 0, y: 0 });
    return views.get(figure);
  }
  const stageOf = (figure) => one(".stage", figure);
  const turnOf = (figure) => Number([...figure.classList].find((name) => name.startsWith("turn-"))?.slice(5) || 0);
  const isZoomed = (figure) => viewOf(figure).scale > 0;

  function sizes(figure) { // the photo's own pixels as it lies, the pane's, and the scale at which the one fits the other
    const img = one("img", figure), { clientWidth: across, clientHeight: down } = stageOf(figure);
    const w = Number(img.getAttribute("width")), h = Number(img.getAttribute("height"));
    const [width, height] = turnOf(figure) % 180 ? [h, w] : [w, h];
    return { w, h, width, height, across, down, fits: Math.min(across / width, down / height) || 1 };
  }

  function draw(figure) {
    const view = viewOf(figure), { style } = one("img", figure), size = sizes(figure), large = view.scale > 0;
    const within = (at, length, room) => {
      const most = Math.max(0, (length * view.scale - room) / 2);
      return Math.min(Math.max(at, -most), most);
    };
    view.x = within(view.x, size.width, size.across);
    view.y = within(view.y, size.height, size.down);
    figure.classList.toggle("zoomed", large);
    style.width = large ? `${size.w}px` : "";
    style.height = large ? `${size.h}px` : "";
    style.transform = large ? `translate(-50%, -50%) translate(${view.x}px, ${view.y}px) rotate(var(--turn, 0deg)) scale(${view.scale})` : "";
    one(".scale", figure).textContent = large ? `${Math.round(view.scale * 100)} %` : "Vừa";
  }

  function zoom(figure, scale, at = { x: 0, y: 0 }) { // the spot `at`, counted from the pane's middle, stays where it is
    const view = viewOf(figure), { fits } = sizes(figure), before = view.scale || fits;
    const next = Math.min(Math.max(scale, Math.min(fits, 1)), Math.max(MOST, 2 * fits));
    view.scale = fits <= 1 && next <= fits * 1.001 ? 0 : next;
    view.x = at.x - (at.x - view.x) * (next / before);
    view.y = at.y - (at.y - view.y) * (next / before);
    draw(figure);
    if (view.scale) tell(figure, "photo-zoomed");
  }
  const scaleOf = (figure) => viewOf(figure).scale || sizes(figure).fits;
  const zoomIn = (figure) => zoom(figure, scaleOf(figure) * STEP);
  const zoomOut = (figure) => zoom(figure, scaleOf(figure) / STEP);
  const zoomToOriginal = (figure) => zoom(figure, 1);
  const zoomToFit = (figure) => { viewOf(figure).scale = 0; draw(figure); };

  function toggle(figure, event) {
    const { fits } = sizes(figure);
    if (isZoomed(figure)) zoomToFit(figure); else zoom(figure, fits < 1 ? 1 : 2 * fits, spot(figure, event));
  }
  function move(figure, dx, dy) {
    const view = viewOf(figure);
    view.x += dx;
    view.y += dy;
    draw(figure);
  }
  function moveBy(figure, right, down) { // in steps, as the arrow keys look
    const { clientWidth, clientHeight } = stageOf(figure);
    move(figure, -right * clientWidth * ARROW, -down * clientHeight * ARROW);
  }
  function lay(figure, degrees) { // what was in the middle stays there
    const view = viewOf(figure), by = (degrees - turnOf(figure) + 360) % 360;
    if (by) [view.x, view.y] = { 90: [-view.y, view.x], 180: [-view.x, -view.y], 270: [view.y, -view.x] }[by];
    figure.classList.remove(`turn-${turnOf(figure)}`);
    figure.classList.add(`turn-${degrees}`);
    draw(figure);
  }

  function spot(figure, { clientX, clientY }) {
    const box = stageOf(figure).getBoundingClientRect();
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  }

  // ---- Mouse and fingers ----
  let held = null, tapped = { at: 0 }, byTouch = false; // held: figure, fingers (id → where they are), moved
  const hold = (fingers) => { // where the fingers are together, and how far apart
    const [a, b = a] = [...fingers.values()];
    return { clientX: (a.x + b.x) / 2, clientY: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) || 1 };
  };
  on("pointerdown", (event) => {
    const figure = touched(event);
    byTouch = event.pointerType === "touch";
    if (!figure || event.button !== 0) return;
    tell(figure, "photo-used");
    if (held?.figure !== figure) held = { figure, fingers: new Map(), moved: false };
    held.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  on("pointermove", (event) => {
    const from = held?.fingers.get(event.pointerId);
    if (!from) return;
    if (!event.buttons) return letGo(event);
    if (!held.moved && Math.hypot(event.clientX - from.x, event.clientY - from.y) < STILL_PX) return;
    if (!held.moved) stageOf(held.figure).setPointerCapture(event.pointerId);
    held.moved = true;
    const was = hold(held.fingers);
    held.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const now = hold(held.fingers);
    if (held.fingers.size > 1) zoom(held.figure, scaleOf(held.figure) * (now.apart / was.apart), spot(held.figure, was));
    move(held.figure, now.clientX - was.clientX, now.clientY - was.clientY);
  });
  function letGo(event) {
    held?.fingers.delete(event.pointerId);
    if (!held?.fingers.size) held = null;
  }
  on("pointercancel", letGo);
  on("pointerup", (event) => {
    const was = held?.fingers.has(event.pointerId) ? held : null;
    letGo(event);
    if (!was || was.moved || !byTouch) return;
    const twice = event.timeStamp - tapped.at < TAP_MS && Math.hypot(event.clientX - tapped.x, event.clientY - tapped.y) < TAP_PX;
    tapped = { at: twice ? 0 : event.timeStamp, x: event.clientX, y: event.clientY };
    if (twice) toggle(was.figure, event);
  });
  on("dblclick", (event) => { if (!byTouch && touched(event)) toggle(touched(event), event); });

  function wheel(event) {
    const figure = touched(event);
    const scrolls = document.scrollingElement.scrollHeight > innerHeight + 1;
    if (!figure || (scrolls && !event.ctrlKey && document.activeElement !== stageOf(figure))) return;
    event.preventDefault();
    const much = event.deltaY * (event.deltaMode ? 33 : 1) * (event.ctrlKey ? 0.01 : 0.002); // lines; a pinch on a touch pad comes with Ctrl
    tell(figure, "photo-used");
    zoom(figure, scaleOf(figure) * Math.exp(Math.min(Math.max(-much, -0.5), 0.5)), spot(figure, event));
  }
  const watcher = new ResizeObserver((entries) => entries.forEach(({ target }) => { if (target.clientWidth) draw(target.closest("[data-photo]")); }));

  function begin(viewer) { // for a viewer that has come into the page
    viewer.addEventListener("wheel", wheel, { passive: false });
    viewer.addEventListener("touchstart", (event) => { if (event.touches.length > 1 && touched(event)) event.preventDefault(); }, { passive: false });
  }
  const watch = (figure) => watcher.observe(stageOf(figure)); // for a figure that has come into the viewer

  return { watch, stageOf, turnOf, isZoomed, draw, zoomIn, zoomOut, zoomToOriginal, zoomToFit, moveBy, lay, begin };
})();
