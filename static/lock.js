/*
 * The lock: hides the page, keeps what was typed in it. It falls by hand (data-lock), when a window of the same browser was
 * locked, when nobody has done anything for data-lock-after seconds (with a minute's warning that any key dismisses), when
 * the server says so (401), and when somebody else signs in in this browser: then the page stays hidden until its own officer
 * is back. Only the password of that officer opens it; when the session has ended, the same password begins a new one for the
 * same page. The protocol is described in signin/lock.html.
 *
 * Events on document: heard are "session-ended" (an answer was 401) and "token-refused" (400, from app.js); told is "unlocked".
 * Whoever is signed in is known to all windows of the browser by their id, in localStorage: nothing else is kept there.
 */
(() => {
  "use strict";
  const { hold, isLocked, say, token } = window.desk;
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, handler) => document.addEventListener(name, handler);
  const dialog = one("#lock"), officer = document.body.dataset.officerId;

  const post = (url, data = new FormData()) => {
    data.set("csrf_token", token());
    return fetch(url, { method: "POST", body: data, headers: { "HX-Request": "true", "X-CSRFToken": token() } });
  };
  function share(key, value) { try { localStorage.setItem(key, value); } catch { /* private windows have none: then each window keeps its own time */ } }
  function shared(key) { try { return localStorage.getItem(key); } catch { return null; } }
  function adopt(fresh) {
    if (!fresh) return;
    one('meta[name="csrf-token"]').content = fresh;
    all('input[name="csrf_token"]').forEach((input) => { input.value = fresh; });
  }

  // ---- Locking ----
  function lock() {
    if (!dialog) { location.assign("/login"); return; }
    if (isLocked()) return;
    all("dialog[open]").forEach((other) => other.close());
    warned(false);
    document.body.classList.add("locked");
    one("#unlock").hidden = false;
    one("#unlock_ended").hidden = true;
    one("#unlock_fault").textContent = "";
    one("#unlock-password").value = "";
    dialog.showModal();
    one("#unlock-password").focus();
    share("locked", Date.now());
  }
  function lockHere() {
    post("/lock").catch(() => {});
    lock();
  }
  function open() {
    document.body.classList.remove("locked");
    dialog.close();
    document.dispatchEvent(new CustomEvent("unlocked"));
  }

  // ---- Unlocking ----
  function unlocked(fresh) {
    adopt(fresh);
    open();
    touched();
    share("officer", officer);
    share("locked", "");
  }
  async function unlock(form) {
    hold(form, true);
    try {
      let answer = await post(form.action, new FormData(form));
      if (answer.status === 400) { // the form's token is of an earlier session
        adopt((await signedIn()).fresh);
        answer = await post(form.action, new FormData(form));
      }
      if (answer.ok) return unlocked(answer.headers.get("X-CSRFToken"));
      one("#unlock-password").value = "";
      if (answer.status === 422 || answer.status === 429) await refused(answer);
      else ended(form);
    } catch {
      one("#unlock_fault").textContent = "Chưa kết nối được với hệ thống. Xin kiểm tra mạng rồi bấm lại.";
    } finally {
      hold(form, false);
    }
  }
  async function refused(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    one("#unlock_fault").textContent = one("p", page.body)?.textContent.trim() || "Mật khẩu chưa đúng. Xin nhập lại.";
    one("#unlock-password").focus();
  }
  function ended(form) { // it takes the sign-in form: six digits are due, or somebody else is signed in
    form.hidden = true;
    one("#unlock_ended").hidden = false;
    one("#unlock_ended a").focus();
  }
  async function signedIn() { // who is signed in now, and the token that goes with it; asks a page that shows no citizen's file
    const answer = await fetch("/", { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { who: page.body.dataset.officerId, fresh: one('meta[name="csrf-token"]', page)?.content };
  }
  async function resume() {
    const { who, fresh } = await signedIn();
    if (who === officer) unlocked(fresh);
    else one("#unlock_fault").textContent = who ? "Cán bộ khác đang đăng nhập trên máy này. Nội dung đang nhập dở vẫn còn nguyên, chờ người đang khóa màn hình quay lại." : "Hệ thống chưa thấy phiên đăng nhập mới.";
  }
  async function renew() { // take the token of the session there is now, so that nothing typed is lost
    const { who, fresh } = await signedIn();
    if (who !== officer) return lock();
    adopt(fresh);
    say("warn", "Phiên làm việc vừa được làm mới nên chưa có gì thay đổi. Nội dung đã nhập vẫn còn nguyên. Xin bấm lại.");
  }
  dialog?.addEventListener("cancel", (event) => event.preventDefault());
  dialog?.addEventListener("keydown", (event) => { if (event.key === "Escape") event.preventDefault(); });
  one("#unlock_resume")?.addEventListener("click", () => resume().catch(() => {}));
  on("submit", (event) => {
    if (event.target.matches("[data-lock]")) { event.preventDefault(); lockHere(); }
    if (event.target.matches("#unlock")) { event.preventDefault(); unlock(event.target); }
  });
  on("session-ended", lock);
  on("token-refused", () => renew().catch(() => say("warn", "Trang đã mở quá lâu nên chưa gửi được. Nội dung đã nhập vẫn còn nguyên. Xin bấm lại.")));

  // ---- The other windows: locked and unlocked together; somebody else signed in hides what this officer had open ----
  addEventListener("storage", ({ key, newValue }) => {
    if (!dialog) return;
    if (key === "officer" && newValue !== officer) lock();
    if (key !== "locked") return;
    if (newValue) lock(); else if (isLocked() && shared("officer") === officer) open();
  });
  if (officer) share("officer", officer);
  else if (location.pathname === "/login") share("officer", "");

  // ---- Nobody there: a warning a minute before the lock falls, in all windows together ----
  const AFTER = Number(document.body.dataset.lockAfter) * 1000, WARNED = 60000, OFTEN = 2000; // milliseconds
  const note = dialog && document.body.insertBefore(Object.assign(document.createElement("p"), { id: "idle", role: "alert", popover: "manual" }), dialog);
  const isWarned = () => Boolean(note?.textContent);
  function touched() { share("touched", Date.now()); warned(false); }
  function warned(now) {
    if (!note || now === isWarned()) return;
    note.togglePopover?.(now); // above an open dialog too
    note.textContent = now ? "Trong 1 phút nữa màn hình sẽ tự khóa. Bấm phím bất kỳ để làm tiếp; nội dung đang nhập vẫn còn nguyên." : "";
  }
  const isHalf = (event) => ["Alt", "Control", "Shift", "Meta", "AltGraph"].includes(event.key); // the other key is to follow
  addEventListener("keydown", (event) => { // the key that dismisses does nothing else; a scanner's characters go on
    if (!isWarned() || isLocked() || isHalf(event)) return;
    if (event.key?.length === 1 && event.key !== " " && !event.altKey && !event.ctrlKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    touched();
  }, true);
  ["keydown", "pointerdown", "wheel"].forEach((name) => addEventListener(name, (event) => { if (!isLocked() && !(isWarned() && isHalf(event))) touched(); }, { passive: true }));
  function look() {
    const idle = Date.now() - (Number(shared("touched")) || begun);
    if (isLocked()) return;
    if (idle > AFTER) lockHere();
    else warned(idle > AFTER - WARNED);
  }
  const begun = Date.now();
  touched();
  if (dialog) setInterval(look, OFTEN);
})();
