/*
 * Hears the scanner. A USB scanner is a keyboard: it types wherever the focus happens to be, and ends with Enter, Tab, CR LF
 * or nothing. This script keeps a short log of what was typed, sees by its shape that it was a scan, puts the field it fell
 * into back as it was, keeps the scan's Enter from pressing anything, and tells the others by the event "scan" on document
 * (detail: text, and searching: it was scanned into the search box). What becomes of it is in scans.js.
 *
 * - What counts is what arrives: a card's fields, a receipt code that passes its check, a long number. Speed only supports it,
 *   and a slow scanner is heard too where no text field could have been meant.
 * - With an input method keydown has no character ("Process"): then the text is what the field has gained. Keys with Ctrl, Alt
 *   or Meta never count (AltGr makes characters); characters made with Alt and the number pad come as keypress alone.
 * - A key typed outside text fields is held back for a moment and then handed on, as a copy, to the other scripts: so no
 *   shortcut answers to a scanner. Pasting, dropping and filling in are never scans.
 *
 * It hears only where somebody wants scans: a page with form[data-scan] (the search box) or [data-scan-url]. It is there before
 * the page is: what is typed while the page is still being built, keys with Alt and function keys too, waits for the scripts
 * that answer it.
 */
(() => {
  "use strict";
  const BURST = 50, CHAIN = 300, QUIET = 60, SETTLED = 150, AFTER = 250; // milliseconds: between keys; … after a scan's end
  const SHORTEST = 8, LEAD = 4, MOST = 1500; // characters of a scan, of the prefix a scanner sends, of the log
  const on = (name, handler) => window.addEventListener(name, handler, true); // before everybody else
  const NOT_TEXT = new Set(["checkbox", "radio", "button", "submit", "reset", "image", "file", "range", "color"]);
  const isText = (element) => Boolean(element?.matches?.("input:not([readonly]), textarea:not([readonly])")) && !NOT_TEXT.has(element.type);
  const takesNumbers = (element) => element.matches("[type=tel], [type=number], [type=password], [inputmode=numeric], [inputmode=tel]");

  // ---- While the page is being built, nobody is there yet to be told ----
  let early = document.readyState === "loading" ? [] : null;
  const tell = (act) => (early ? early.push(act) : act());
  document.addEventListener("DOMContentLoaded", () => setTimeout(() => { // after all that starts by then
    const acts = early;
    early = null;
    acts?.forEach((act) => act());
  }));

  // ---- What a scan looks like ----
  const FIRST = "^(?:\\d{12}|\\d{10}|\\p{L}{1,3}\\d{11,13})\\s*"; // a card's first field; an input method may alter its letters
  const CARD = new RegExp(`${FIRST}\\|(?:[^|]*\\|){3}`, "u");
  const OTHER_CARD = new RegExp(`${FIRST}([^\\p{L}\\d\\s])(?:.*?\\1){3}`, "su"); // a foreign layout made something else of "|"
  const RUN_TOGETHER = /^\d{12}(?:\d{9})?[^\d|]+\d{8}(?:nam|nữ|nu)/iu;
  const HALF_CARD = /^\d{12}\|/, CARD_NUMBER = /^[A-Z]{2}[1-5]\d{12}$/i, NUMBER = /^(?:\d{9}|\d{10}|\d{12})$/;
  const TORN_CARD = /^(?=(?:.*\d){8})[^|]*(?:\|[^|]*){3,}$/su; // its beginning is lost
  const ALTERED_CODE = /^(?=.*[^\p{ASCII}])(?=(?:.*\d){2})[\p{L}\d]{8,11}$/u; // a receipt code after Telex or VNI
  const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

  function isReceipt(text) { // ten characters and a check over GF(32): identity/receipt_code.py
    const code = text.replace(/-/g, "").toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1");
    if (!/^(?!\d{10})[0-9A-HJKMNP-TV-Z]{11}$/.test(code)) return false;
    let sum = 0;
    for (const sign of code.slice(0, 10)) {
      sum = (sum ^ SIGNS.indexOf(sign)) << 1;
      if (sum & 32) sum ^= 37;
    }
    return SIGNS[sum] === code[10];
  }
  const SHAPES = { // the surest first; a card with its "|" is no hand's work even when it comes slowly
    card: (text) => CARD.test(text),
    code: (text) => isReceipt(text) || [OTHER_CARD, RUN_TOGETHER, HALF_CARD, CARD_NUMBER].some((shape) => shape.test(text)),
    number: (text) => NUMBER.test(text),
    likely: (text) => TORN_CARD.test(text) || ALTERED_CODE.test(text.normalize("NFC")),
  };
  function once(text) { // some scanners send the same code twice
    const half = text.length / 2;
    return half > SHORTEST && text.slice(0, half) === text.slice(half) ? text.slice(0, half) : text;
  }

  // ---- The log: each key, when it came, and what its field held before ----
  let log = [], held = [], noted = "", composing = false, resting = 0, taken = { at: -AFTER };
  const latest = () => log[log.length - 1];

  function add(char, at) { // `char` is null where only the field knows what was typed
    const element = document.activeElement || document.documentElement;
    if (log.length && (latest().element !== element || at - latest().at > CHAIN)) log = [];
    if (log.length === MOST) log.shift();
    log.push({ char, at, element, value: element.value, start: element.selectionStart, end: element.selectionEnd });
    wait(QUIET, rested);
  }
  function typed(from) {
    const keys = log.slice(from);
    if (keys.some(({ char }) => char === null)) return gained(log[from]).trimEnd();
    return keys.reduce((text, { char }) => (char === "\b" ? text.slice(0, -1) : text + char), "").trimEnd();
  }
  function gained({ element, value, start, end }) {
    const now = element.value;
    if (typeof start !== "number" || !now.startsWith(value.slice(0, start)) || !now.endsWith(value.slice(end))) return "";
    return now.slice(start, now.length - (value.length - end));
  }
  function burst(at = log.length - 1) { // where the burst began that this key belongs to
    while (at > 0 && log[at].at - log[at - 1].at <= BURST) at--;
    return Math.max(at, 0);
  }

  // ---- Was it a scan? Where it began, and its text ----
  function recognise(ended) {
    if (!log.length) return null;
    const texts = log.map((_, from) => typed(from)), last = burst(); // the last burst first: what came before it came by hand
    const order = [...log.keys()].slice(last).concat([...log.keys()].slice(0, last));
    for (const [shape, fits] of Object.entries(SHAPES)) {
      for (const from of order) {
        if (texts[from].length < SHORTEST || /^[\s-]/.test(texts[from]) || !fits(once(texts[from]))) continue;
        const begin = beginning(shape, from, texts[from], ended);
        if (begin >= 0) return { begin, text: once(texts[from]) };
      }
    }
    return unknown(last, texts[last]);
  }
  function beginning(shape, from, text, ended) { // with the scanner's prefix; -1 when it may be a hand's work
    const begin = burst(from), lead = from - begin, whole = typed(begin), before = whole.slice(0, whole.length - text.length);
    const { element, at } = log[from], fast = latest().at - at <= BURST * (log.length - from);
    const marked = /\][A-Za-z]\d$/.test(before); // "]Q1" says what kind of code was read
    if (/\][A-Za-z]?$/.test(before)) return -1;
    if (shape !== "card" && !fast && (isText(element) || !ended)) return -1;
    if (shape === "likely" && lead) return -1;
    if (shape === "number" && (takesNumbers(element) || (!marked && (lead > LEAD || /\d$/.test(before))))) return -1;
    if (shape === "code" && lead > LEAD && !marked && /[\p{L}\d]$/u.test(before)) return -1;
    return lead <= LEAD ? begin : from - (marked ? 3 : 0);
  }
  function unknown(begin, text) { // no hand types so fast into no field: the server will say what is wrong with it
    const varied = new Set(text).size > 2;
    return !isText(latest().element) && text.length >= SHORTEST && varied ? { begin, text: once(text) } : null;
  }
  function take({ begin, text }, at) {
    const first = log[begin];
    log = [];
    held = [];
    taken = { at, element: first.element };
    clearTimeout(resting);
    putBack(first);
    const searching = Boolean(first.element.closest("form[data-scan]"));
    tell(() => {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Unidentified", bubbles: true })); // somebody is here: for the idle lock
      document.dispatchEvent(new CustomEvent("scan", { detail: { text, searching } }));
    });
  }
  function putBack({ element, value, start, end }) { // the field, and the caret in it
    if (value === undefined || !element.isConnected) return;
    if (composing) element.blur(); // ends what an input method has begun
    if (element.value !== value) {
      element.value = value;
      element.dispatchEvent(new Event("input", { bubbles: true }));
      if (element.matches("select")) element.dispatchEvent(new Event("change", { bubbles: true }));
    }
    element.focus({ preventScroll: true });
    if (typeof start === "number") element.setSelectionRange(start, end);
  }

  // ---- Time without keys. A busy page may run its timers before the keys that wait: so look twice. ----
  function wait(time, then) {
    clearTimeout(resting);
    resting = setTimeout(() => { resting = setTimeout(then, 20); }, time);
  }
  function rested() { // a key or two were shortcuts
    if (log.length - burst() < SHORTEST) handOn();
    wait(SETTLED, settled);
  }
  function settled() {
    const found = recognise(false);
    if (found) take(found, performance.now());
    else handOn();
  }
  const copies = new WeakSet();
  function handOn() {
    held.splice(0).forEach((event) => tell(() => again(event)));
  }
  function again({ target, key, code, shiftKey, altKey }) {
    const copy = new KeyboardEvent("keydown", { key, code, shiftKey, altKey, bubbles: true, cancelable: true });
    copies.add(copy);
    (target.isConnected ? target : document.body).dispatchEvent(copy);
  }

  // ---- Keys ----
  const wanted = () => early || document.querySelector("form[data-scan], [data-scan-url]");
  const isCommand = ({ key, altKey, ctrlKey, metaKey }) => !ctrlKey && !metaKey && (altKey || /^F(?:[1-46-9]|10)$/.test(key)); // F5 stays the browser's
  const isFast = () => log.length > 1 && latest().at - log[log.length - 2].at <= BURST;

  function isEnd({ key, code, ctrlKey, altKey, metaKey }) { // Ctrl+J and Ctrl+M are LF and CR
    if (altKey || metaKey) return false;
    return ctrlKey ? /^[jm]$/i.test(key) : /^(?:Enter|NumpadEnter|Tab)$/.test(key === "Process" ? code : key);
  }
  function charOf(event) { // undefined: none; null: the field will know
    if (event.key === "Backspace") return "\b"; // an input method takes back what it alters
    if (event.key !== "Process" && event.keyCode !== 229) return event.key.length === 1 ? event.key : undefined;
    if (isText(event.target)) return null;
    const [, sign] = /^(?:Digit|Numpad|Key)([0-9A-Z])$/.exec(event.code) || [];
    return sign ? (event.shiftKey ? sign : sign.toLowerCase()) : { Backslash: event.shiftKey ? "|" : "\\", Slash: "/", Minus: "-", Space: " " }[event.code];
  }
  const isTorn = () => { // no hand types so fast into no field, nor ends it so
    const text = log.slice(burst()).map(({ char }) => char || "").join("");
    return log.length > 0 && !isText(latest().element) && text.length > LEAD && new Set(text).size > 2;
  };
  function end(event) {
    if (log.length && event.timeStamp - latest().at > CHAIN) log = [];
    const found = recognise(true);
    const follows = !log.length && taken.element === document.activeElement && event.timeStamp - taken.at <= AFTER; // the LF of CR LF
    const torn = !found && !follows && isTorn();
    if (torn) tell(() => document.dispatchEvent(new CustomEvent("say", { detail: { kind: "warn", text: "Máy quét chỉ gửi được một phần của mã nên chưa có gì được tìm. Xin quét lại." } })));
    if (found || follows || torn) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    if (found) take(found, event.timeStamp);
    else handOn();
  }
  function holdBack(event) {
    const { target, key, code, shiftKey } = event;
    if (isFast() || key === "/" || key === "'") event.preventDefault(); // lists, boxes and buttons; the browser's quick find
    event.stopImmediatePropagation();
    held.push({ target, key, code, shiftKey });
  }
  function holdForLater(event) {
    const { target, key, code, shiftKey, altKey } = event;
    event.preventDefault();
    tell(() => again({ target, key, code, shiftKey, altKey }));
  }
  on("keydown", (event) => {
    noted = event.repeat ? "key" : "";
    if (!event.key || copies.has(event) || event.repeat || !wanted()) return; // no key: a field was filled in
    if (isEnd(event)) return end(event);
    const modified = event.metaKey || ((event.ctrlKey || event.altKey) && !event.getModifierState("AltGraph"));
    const char = modified ? undefined : charOf(event);
    if (char === undefined) {
      if (early && isCommand(event)) holdForLater(event);
      return;
    }
    noted = "key";
    add(char, event.timeStamp);
    if (!isText(event.target) && char !== "\b") holdBack(event);
  });
  on("keyup", (event) => { // a blank inside a scan presses no button
    if (event.key === " " && !isText(event.target) && isFast()) event.preventDefault();
  });
  on("keypress", (event) => { // without its keydown: made with Alt and the number pad
    if (noted !== "key" && event.charCode > 31 && wanted()) add(String.fromCodePoint(event.charCode), event.timeStamp);
    noted = "press";
  });
  on("beforeinput", ({ inputType, data, timeStamp }) => {
    const isKey = inputType === "insertCompositionText" || (inputType === "insertText" && data?.length === 1);
    if (noted) noted = "";
    else if (isKey && wanted()) add(null, timeStamp);
    else if (!isKey && !/^(?:insertLineBreak|insertParagraph|delete)/.test(inputType)) log = []; // pasted, dropped, undone
  });
  on("compositionstart", () => { composing = true; });
  on("compositionend", () => { composing = false; });
})();
