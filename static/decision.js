/*
 * Deciding by keys, and slips. Everything works as plain forms when this does not run.
 *
 * - [data-letters]: a group of ticks, each with a letter (data-key) that works while one of them has the focus; arrow keys go
 *   from one to the next, and Enter on to the note, for a refusal is not sent by an Enter too many. Letters come from keys.js
 *   (event "photo-key"), after the scanner had its say.
 * - .which after a tick: its details; one of them ticked ticks it, and without it they are not ticked.
 * - select[data-prefill="id"]: puts what is there now (data-typed of the choice) into the field, to be put right.
 * - [data-correct="field"]: opens the form that corrects, with that field and data-value in it.
 * - [data-print]: prints.
 */
(() => {
  "use strict";
  const on = (name, handler) => document.addEventListener(name, handler);
  const ticks = (group) => [...group.querySelectorAll("input[type=checkbox]")].filter((tick) => tick.checkVisibility?.() ?? true);

  on("photo-key", ({ target, detail }) => {
    const group = target.closest?.("[data-letters]");
    const tick = group && ticks(group).find(({ dataset }) => dataset.key?.toLowerCase() === detail.toLowerCase());
    if (!tick) return;
    tick.focus();
    tick.click();
  });
  on("keydown", (event) => {
    const group = event.target.matches("input[type=checkbox]") && event.target.closest("[data-letters]");
    if (!group || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], all = ticks(group);
    if (step) all[Math.min(Math.max(all.indexOf(event.target) + step, 0), all.length - 1)].focus();
    else if (event.key === "Enter") event.target.form.querySelector("textarea")?.focus();
    else return;
    event.preventDefault();
  });

  on("change", ({ target }) => { // what was asked for is there now
    if (target.name === "reasons" && target.checked) document.getElementById("reasons-fault")?.remove();
  });
  on("change", ({ target }) => {
    const which = target.closest(".which");
    if (which && target.checked) which.previousElementSibling.querySelector("input").checked = true;
    const details = target.closest(".tick")?.nextElementSibling;
    if (!details?.matches(".which")) return;
    const inner = details.querySelectorAll("input");
    if (!target.checked) inner.forEach((tick) => { tick.checked = false; });
    else if (document.activeElement === target) inner[0].focus();
  });
  on("change", ({ target }) => {
    const field = document.getElementById(target.dataset.prefill || "");
    if (!field) return;
    field.value = target.selectedOptions[0].dataset.typed || ""; // the focus stays: who chooses by arrow keys is not done yet
  });

  on("click", ({ target }) => {
    const fix = target.closest("[data-correct]"), part = document.querySelector("details.correct");
    if (!fix || !part) return;
    const choice = part.querySelector("select"), field = document.getElementById(choice.dataset.prefill), put = () => { field.focus(); field.select(); };
    if (!part.open) part.addEventListener("toggle", put, { once: true });
    part.open = true;
    choice.value = fix.dataset.correct;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    field.value = fix.dataset.value;
    put();
  });

  on("click", ({ target }) => { if (target.closest("[data-print]")) print(); });
})();
