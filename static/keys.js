/*
 * Keys, and where the focus goes. The templates decide which keys there are:
 * - data-key="F9", "Alt+1", "Alt+ArrowDown", "Shift+F8": clicks the element (a field gets the focus). What is folded away
 *   or hidden does not answer, but for the user's menu; of several with one key the first visible one does.
 *   data-key-label: its words in the list of keys, else the element's own; "" keeps it out. data-key-group (on it or around it): the heading
 *   there, else that of its section. data-why (or aria-describedby, or #why_not): said when it is disabled.
 * - data-keys-here marks a part of a list: keys in it answer only while the focus is in that part.
 * - a[data-row] are rows for the arrow keys. data-open="keys" shows the list of keys (templates/keys.html).
 * - data-focus-here: the next act; gets the focus once when it comes with an answer of htmx or with the page, never from
 *   under somebody who types, never by what a timer fetched (data-quiet).
 *
 * Characters alone are keys in two cases: "/" and "?", which can be switched off (WCAG 2.1.4; Alt+S and F1 do the same),
 * and on what has the focus itself, by the event "photo-key" (detail: the character). Scanner and typing come first:
 * scanner.js hands a character on only when it was neither. A key typed in a field is never taken, except function keys
 * and keys with Alt.
 */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, handler) => document.addEventListener(name, handler);
  const say = (kind, text) => document.dispatchEvent(new CustomEvent("say", { detail: { kind, text } }));
  const inField = (element) => Boolean(element.matches?.('input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"]), textarea, select, [contenteditable]'));
  const isVisible = (element) => element.checkVisibility?.() ?? true;

  // ---- Pressing what a key stands for ----
  const isOff = (element) => element.disabled || element.getAttribute("aria-disabled") === "true";
  const isAtWork = (element) => Boolean(element.closest(".busy, .htmx-request"));

  function isWithinReach(element) { // a part of a list has keys of its own while the focus is in it
    const part = element.closest("[data-keys-here]");
    return !part || part.contains(document.activeElement);
  }
  function bearer(name, root = document) {
    const marked = all("[data-key]", root).filter((element) => element.dataset.key.toLowerCase() === name.toLowerCase() && isWithinReach(element));
    return marked.find(isVisible) || marked.find((element) => element.closest(".sheet"));
  }
  function reason(element) {
    const told = (element.getAttribute("aria-describedby") || "").split(" ").map((id) => document.getElementById(id)?.textContent.trim()).filter(Boolean).join(" ");
    return element.dataset.why || told || one("#why_not")?.textContent.trim() || "Xin xem tình trạng hồ sơ ở cột bên phải.";
  }
  function press(name, root) { // true when the key belongs to something here, whether or not it could act
    const element = bearer(name, root), unfolded = one("details.unfold[open]");
    if (!element || isAtWork(element)) return Boolean(element);
    if (unfolded && element.closest(".decision") && !element.closest(".unfold")) {
      const title = one("summary", unfolded).firstChild.textContent.trim();
      say("warn", `Đang mở phần “${title}”. Xin đóng phần này trước (phím Esc), để không bấm nhầm. Nội dung đang ghi vẫn còn nguyên.`);
    } else if (isOff(element)) {
      say("warn", `Chưa làm được việc này. ${reason(element)}`);
    } else if (inField(element)) {
      element.focus();
    } else {
      element.click();
    }
    return true;
  }
  function nameOf({ altKey, shiftKey, key, code }) { // with Alt a layout may make another sign of a letter or digit
    const plain = !altKey || key.length > 1 || /^[a-z0-9]$/i.test(key) ? key : (/^(?:Key|Digit)(.)$/.exec(code) || [])[1] || key;
    return [altKey && "Alt", shiftKey && (key.length > 1 || (altKey && /\d/.test(plain))) && "Shift", plain].filter(Boolean).join("+");
  }

  // ---- What every screen has ----
  const switched = { // "/" and "?" alone; kept for this computer
    get on() { try { return localStorage.getItem("single-keys") !== "off"; } catch { return true; } },
    set on(value) { try { localStorage.setItem("single-keys", value ? "on" : "off"); } catch { /* then it is on again on the next page */ } },
  };
  function search() {
    const box = one("#q");
    box?.focus();
    box?.select();
    return Boolean(box);
  }
  const EVERYWHERE = { f1: () => showKeys(), "alt+s": search };

  function character(event) {
    if (switched.on && event.key === "/") search();
    else if (switched.on && event.key === "?") showKeys();
    else event.target.dispatchEvent(new CustomEvent("photo-key", { bubbles: true, detail: event.key }));
  }
  function moveRow(event) {
    const rows = all("a[data-row]"), typing = inField(event.target) && event.target.id !== "q";
    if (!rows.length || typing || one("dialog[open]")) return false;
    const at = rows.indexOf(document.activeElement);
    if (event.key === "ArrowUp" && at === 0) one("#q")?.focus();
    else rows[Math.min(Math.max(at + (event.key === "ArrowDown" ? 1 : -1), 0), rows.length - 1)].focus();
    return true;
  }
  function isDone(event) { // whether the key is one of ours
    const dialog = one("dialog[open]"), name = nameOf(event);
    if (name === "ArrowDown" || name === "ArrowUp") return moveRow(event);
    if (name === "Escape") all("details[data-sheet][open]").forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
    if (event.repeat && (event.key.length > 1 || event.altKey)) return Boolean(bearer(name, dialog || document));
    return press(name, dialog || document) || Boolean(!dialog && EVERYWHERE[name.toLowerCase()]?.());
  }
  on("keydown", (event) => {
    if (!event.key || event.isComposing || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    if (event.altKey && event.code.startsWith("Numpad")) return; // a character made with Alt
    if (event.key.length === 1 && !event.altKey) {
      if (!inField(event.target) && !one("dialog[open]")) character(event);
    } else if (isDone(event)) {
      event.preventDefault();
    }
  });

  // ---- The list of keys, from what is on the page ----
  const COMMON = "Ở mọi màn hình";
  function labelOf(element) {
    const words = element.cloneNode(true);
    all("kbd, [aria-hidden=true]", words).forEach((hint) => hint.remove());
    all(".how", words).forEach((how) => how.prepend(": "));
    return element.dataset.keyLabel || element.getAttribute("aria-label") || words.textContent.trim().replace(/\s+/g, " ") || element.labels?.[0]?.textContent.trim() || element.title;
  }
  function groupOf(element) {
    const part = element.closest("section, nav, [role=region]");
    const title = document.getElementById(part?.getAttribute("aria-labelledby") || "")?.textContent.trim() || part?.getAttribute("aria-label");
    return element.closest("[data-key-group]")?.dataset.keyGroup || (element.closest(".topbar") ? COMMON : title || "Ở màn hình này");
  }
  function place(group) { // the group's list in the dialog
    const found = all("#keys [data-group]").find((part) => part.dataset.group === group);
    if (found) return one("dl", found);
    const part = document.createElement("section"), title = document.createElement("h3");
    part.dataset.group = title.textContent = group;
    part.dataset.made = "";
    part.append(title, document.createElement("dl"));
    one("#keys [data-groups]").insertBefore(part, one("#keys [data-when]"));
    return one("dl", part);
  }
  function list(element) {
    if (element.dataset.keyLabel === "") return; // one like it is listed
    const row = document.createElement("div"), term = document.createElement("dt"), words = document.createElement("dd"), key = document.createElement("kbd");
    row.dataset.made = "";
    key.textContent = element.getAttribute("aria-keyshortcuts") || element.dataset.key;
    term.append(key);
    words.textContent = labelOf(element) + (isOff(element) ? " (lúc này chưa dùng được)" : "");
    row.append(term, words);
    place(groupOf(element)).append(row);
  }
  function showKeys() {
    const dialog = one("#keys");
    if (one("dialog[open]")) return false;
    setTimeout(() => { dialog.scrollTop = 0; }); // its button, which gets the focus, stands below
    all("[data-made]", dialog).forEach((made) => made.remove());
    all("[data-when]", dialog).forEach((part) => { part.hidden = !one(part.dataset.when); });
    all("[data-key]").filter((element) => bearer(element.dataset.key) === element).forEach(list);
    one("#single_keys").checked = switched.on;
    dialog.showModal();
    return true;
  }
  on("click", (event) => { if (event.target.closest('[data-open="keys"]')) showKeys(); });
  on("change", ({ target }) => { if (target.id === "single_keys") switched.on = target.checked; });

  // ---- The focus goes where the next act is ----
  function settle(quietly, isNew = false) {
    const places = all("[data-focus-here]"), now = document.activeElement;
    places.forEach((element) => element.removeAttribute("data-focus-here"));
    const next = places.find(isVisible), dialog = one("dialog[open]");
    if (!next || quietly || (now && inField(now)) || (dialog && !dialog.contains(next))) return;
    if (next.tabIndex < 0 && !next.hasAttribute("tabindex")) next.tabIndex = -1;
    next.focus({ preventScroll: isNew }); // a page that has just come begins at its top
  }
  on("htmx:after:swap", ({ detail: { ctx } }) => settle(Boolean(ctx.sourceElement?.closest?.("[data-quiet]"))));
  settle(false, true);
})();
