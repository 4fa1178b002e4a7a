/*
 * Keys and scanner. Marks in the markup: data-key="F9" clicks the element (also "Alt+l"); data-scan is the form that a
 * scanner's input goes to when no field has the focus; a[data-row] are rows for the arrow keys; data-open="keys" shows the
 * list of keys. A key typed in a field is never taken, except function keys and keys with Alt.
 */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, handler) => document.addEventListener(name, handler);

  function showKeys() {
    const rows = [["/", "Đến ô tìm kiếm"], ["?", "Xem phím tắt"]];
    if (one("a[data-row]")) rows.push(["↑ ↓", "Chọn hồ sơ"], ["Enter", "Mở hồ sơ đang chọn"]);
    if (one("[data-photo]")) rows.push(["+ − 0 1", "Khi đang chọn ảnh: phóng to, thu nhỏ, vừa khung, cỡ gốc"], ["R P L", "Khi đang chọn ảnh: xoay, ghim, một ảnh lớn"], ["PgUp PgDn", "Khi đang chọn ảnh: ảnh trước, ảnh sau"]);
    for (const element of all("[data-key]")) {
      const words = element.cloneNode(true);
      all("kbd", words).forEach((hint) => hint.remove());
      rows.push([element.getAttribute("aria-keyshortcuts") || element.dataset.key, words.textContent.trim()]);
    }
    one("#keys .keys").replaceChildren(...rows.flatMap(([key, label]) => {
      const dt = document.createElement("dt"), dd = document.createElement("dd"), kbd = document.createElement("kbd");
      kbd.textContent = key;
      dt.append(kbd);
      dd.textContent = label;
      return [dt, dd];
    }));
    one("#keys").showModal();
  }
  on("click", (event) => { if (event.target.closest('[data-open="keys"]')) showKeys(); });

  // A scanner types fast (under 50 ms a character) and ends in Enter or Tab.
  const FAST = 50, SHORTEST_SCAN = 8;
  let burst = "", before = "", lastKeyAt = 0, waiting = null; // `before`: what the field held when the burst began
  const inField = (element) => element.matches?.('input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable]');

  function scan(text) {
    const form = one("form[data-scan]");
    if (!form) return;
    fill(one("input[type=search]", form), text);
    form.requestSubmit();
  }
  function fill(field, text) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const say = (kind, text) => document.dispatchEvent(new CustomEvent("say", { detail: { kind, text } }));
  function scannedInto(note) { // the next person's code must not end up in what this one will read
    const text = burst;
    burst = "";
    fill(note, before); // not cut off: an input method may have altered what was typed
    if (one("#q")) fill(one("#q"), text);
    say("warn", "Máy quét vừa đọc một mã khi bạn đang ghi chú. Phần ghi chú vẫn còn nguyên; mã đã được đặt vào ô tìm, bấm Enter ở ô tìm để mở.");
  }
  function press(name, root) { // what is folded away does not answer to its key, but for the user's menu
    const marked = all("[data-key]", root).filter((element) => element.dataset.key.toLowerCase() === name.toLowerCase());
    const element = marked.find((candidate) => candidate.checkVisibility?.() ?? true) || marked.find((candidate) => candidate.closest(".sheet"));
    const unfolded = one("details.unfold[open]");
    if (unfolded && element?.closest(".decision") && !element.closest(".unfold")) {
      const name = one("summary", unfolded).firstChild.textContent.trim();
      say("warn", `Đang mở phần “${name}”. Xin đóng phần này trước (phím Esc), để không bấm nhầm. Nội dung đang ghi vẫn còn nguyên.`);
    } else if (element?.disabled) {
      say("warn", `Chưa làm được việc này. ${one("#why_not")?.textContent ?? "Xin xem tình trạng hồ sơ ở cột bên phải."}`);
    } else {
      element?.click();
    }
    return Boolean(element);
  }
  function character(event) { // a bare character outside any field
    if (event.key === "/") { one("#q")?.select(); one("#q")?.focus(); }
    else if (event.key === "?") showKeys();
    else event.target.dispatchEvent(new CustomEvent("photo-key", { bubbles: true, detail: event.key }));
  }
  function moveRow(event) {
    const rows = all("a[data-row]");
    const typing = inField(event.target) && event.target.id !== "q";
    if (!rows.length || typing || one("dialog[open]")) return;
    event.preventDefault();
    const at = rows.indexOf(document.activeElement);
    if (event.key === "ArrowUp" && at === 0) return one("#q")?.focus();
    rows[Math.min(Math.max(at + (event.key === "ArrowDown" ? 1 : -1), 0), rows.length - 1)].focus();
  }
  on("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const dialog = one("dialog[open]"), field = inField(event.target), fast = event.timeStamp - lastKeyAt < FAST;
    const bare = event.key.length === 1 && !event.altKey;
    lastKeyAt = event.timeStamp;
    if (bare && !(fast && burst)) before = event.target.value ?? "";
    burst = bare ? (fast ? burst : "") + event.key : fast ? burst : "";
    if (event.key === "Tab" && event.target.id === "q" && fast && burst.length >= SHORTEST_SCAN) {
      event.preventDefault();
      return event.target.form.requestSubmit();
    }
    if ((event.key === "Enter" || event.key === "Tab") && event.target.matches?.("textarea") && fast && burst.length >= SHORTEST_SCAN) {
      event.preventDefault();
      return scannedInto(event.target);
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") return moveRow(event);
    if (event.key === "Escape") all("details.usermenu[open]").forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
    const name = (event.altKey ? "Alt+" : "") + event.key;
    if (!event.repeat && !bare && press(name, dialog || document)) return event.preventDefault();
    if (dialog || field) return;
    if ((event.key === "Enter" || event.key === "Tab") && fast && burst.length >= SHORTEST_SCAN) {
      event.preventDefault();
      clearTimeout(waiting);
      return scan(burst);
    }
    if (!bare) return;
    if (event.key === "/" || (event.key === " " && fast)) event.preventDefault();
    clearTimeout(waiting); // a scan is under way when the next key comes at once: then this was no shortcut
    if (event.repeat) character(event);
    else if (!fast) waiting = setTimeout(character, FAST, event);
  });

  on("keyup", (event) => { // a blank inside a scan must not press the button that has the focus
    if (event.key === " " && burst.length > 1 && !inField(event.target)) event.preventDefault();
  });
})();
