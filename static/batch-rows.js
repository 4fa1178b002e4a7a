/*
 * The rows of a unit's list (templates/batches/batch.html, row.html): choosing them, and stepping through them by keys.
 *
 * Keys while the focus is on a row or in the part beside the grid: J and K show the row behind and before with the person's
 * photos, Space chooses it, X takes it out or puts it back. Characters come from keys.js as the event "photo-key", which has
 * told them from a scanner's. Nothing is opened but by a key or a press: each look is written down.
 *
 * Marks: a[data-row] leads to a row; [data-row-act] takes it out or back; #row_pane[data-number] shows one, its
 * a[data-step="behind|before"] the next; button[data-chosen="… {n} …"] acts on the chosen rows, data-question asks first.
 */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, handler) => document.addEventListener(name, handler);
  const say = (text) => document.dispatchEvent(new CustomEvent("say", { detail: { kind: "info", text } }));
  const pane = () => one("#row_pane[data-number]");
  const rowOf = (number) => one(`#row-${number}`);

  // ---- Choosing ----
  const boxes = () => all('.grid input[name="rows"]');
  function count() {
    const chosen = boxes().filter((box) => box.checked).length, page = one("#choose_page");
    all("[data-chosen]").forEach((button) => {
      button.disabled = !chosen;
      button.dataset.none ??= button.textContent;
      button.textContent = chosen ? button.dataset.chosen.replace("{n}", chosen) : button.dataset.none;
      button.dataset.confirm = button.dataset.question.replace("{n}", chosen);
    });
    boxes().forEach((box) => box.closest("tr").classList.toggle("chosen", box.checked));
    if (!page) return;
    page.closest("[hidden]")?.removeAttribute("hidden");
    page.checked = chosen > 0 && chosen === boxes().length;
    page.indeterminate = chosen > 0 && chosen < boxes().length;
  }
  on("change", ({ target }) => {
    if (target.id === "choose_page") boxes().forEach((box) => { box.checked = target.checked; });
    if (target.id === "choose_page" || target.name === "rows") count();
  });
  count();
  addEventListener("pageshow", count); // a page gone back to keeps its ticks

  // ---- The row that is shown ----
  function mark() {
    const shown = pane();
    all(".grid tr.current").forEach((row) => row.classList.remove("current"));
    if (!shown) return;
    const row = rowOf(shown.dataset.number);
    row?.classList.add("current");
    row?.scrollIntoView({ block: "nearest" });
    if (matchMedia("(max-width: 1024px)").matches) shown.scrollIntoView({ block: "start" });
  }
  on("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.sourceElement?.closest?.("a[data-row], #row_pane, .grid")) mark();
    count();
  });
  on("htmx:finally:request", count); // the counts come after the main swap, and the row that asked is gone by then

  // ---- Keys ----
  function step(way, here) {
    const link = here?.closest("#row_pane") ? one(`a[data-step="${way}"]`, here.closest("#row_pane")) : null;
    if (link) return link.click();
    if (here?.closest("#row_pane")) return say(way === "behind" ? "Đã đến dòng cuối." : "Đã đến dòng đầu.");
    return one("a[data-row]", here.closest("tr"))?.click();
  }
  function choose(number) {
    const box = rowOf(number) && one('input[name="rows"]', rowOf(number));
    if (!box) return say(`Dòng ${number} không chọn được: chỉ chọn dòng khớp, ở trang đang xem.`);
    box.checked = !box.checked;
    say(box.checked ? `Đã chọn dòng ${number}.` : `Đã bỏ chọn dòng ${number}.`);
    return count();
  }
  on("photo-key", ({ target, detail }) => {
    const here = target.closest?.("#row_pane[data-number], .grid tbody tr");
    if (!here || one("dialog[open]")) return;
    const number = here.dataset.number || here.id.slice(4), key = detail.toLowerCase();
    if (key === "j") step("behind", here);
    else if (key === "k") step("before", here);
    else if (key === "x") one("[data-row-act]", here)?.click();
    else if (key === " ") choose(number);
  });
})();
