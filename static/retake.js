/*
 * Taking a photo anew, and reading a QR by the camera (templates/desk/retake.html, scan_photo.html, _camera.html). A link with
 * data-retake fetches the dialog's content by htmx; this opens and closes the dialog and runs the camera. Without it the same
 * addresses are whole pages with a file upload.
 *
 * The camera's picture goes into the form's own file field, so what is sent is always the form. The camera runs while the
 * dialog is open and no longer. Closing the dialog keeps what it holds: a picture taken, a code shown; what comes from the
 * citizen's phone meanwhile is told beside the photos. An answer that empties #retake says that the work is done.
 *
 * Marks: form[data-camera] with [data-camera-live|video|trouble|which|choice|taken|picture|unseen|file] and
 * [data-camera-do="take|again|start"]; [data-retake-do="close|reopen"]; [data-retake-fault], [data-retake-says].
 */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, handler) => document.addEventListener(name, handler);
  const dialog = one("#retaking");
  const content = () => one("#retake");
  const isFilled = () => Boolean(content()?.childElementCount);
  const cameraForm = () => one("form[data-camera]");
  const part = (name) => one(`[data-camera-${name}]`, cameraForm());
  const kept = { // which camera was chosen on this computer
    get id() { try { return localStorage.getItem("camera") || ""; } catch { return ""; } },
    set id(value) { try { localStorage.setItem("camera", value); } catch { /* then the browser's first one is taken next time */ } },
  };

  // ---- The camera ----
  const QUALITY = 0.92, MOST = { width: { ideal: 2560 }, height: { ideal: 1440 } };
  const WHY = {
    NotAllowedError: "Trình duyệt chưa được phép dùng máy ảnh. Xin bấm biểu tượng cạnh địa chỉ trang, cho phép máy ảnh, rồi bấm “Mở lại máy ảnh”.",
    NotFoundError: "Không thấy máy ảnh nào nối với máy này. Xin cắm máy ảnh rồi bấm “Mở lại máy ảnh”, hoặc dùng cách khác ở dưới.",
    NotReadableError: "Máy ảnh đang được phần mềm khác dùng. Xin đóng phần mềm đó rồi bấm “Mở lại máy ảnh”.",
  };
  const INSECURE = "Trình duyệt chỉ cho dùng máy ảnh khi địa chỉ trang bắt đầu bằng https://. Xin báo người quản trị; trong khi chờ, xin dùng cách khác ở dưới.";
  let stream = null, asked = 0;

  function stop() {
    asked += 1;
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
  }
  function trouble(text) {
    part("trouble").textContent = text;
    part("trouble").hidden = !text;
    part("video").hidden = Boolean(text);
    one('[data-camera-do="take"]').disabled = Boolean(text);
    one('[data-camera-do="start"]').hidden = !text;
  }
  async function start(deviceId = kept.id) {
    const form = cameraForm();
    stop();
    const mine = asked;
    part("live").hidden = false;
    if (!navigator.mediaDevices?.getUserMedia) return trouble(INSECURE);
    try {
      const opened = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...MOST, ...(deviceId && { deviceId: { ideal: deviceId } }) } });
      if (mine !== asked || cameraForm() !== form) return opened.getTracks().forEach((track) => track.stop());
      stream = opened;
      part("video").srcObject = opened;
      await part("video").play();
      trouble("");
      await choices();
      if (document.activeElement === one("#retake_title")) one('[data-camera-do="take"]').focus();
    } catch (fault) {
      if (mine === asked && cameraForm() === form) trouble(WHY[fault.name] || "Chưa mở được máy ảnh. Xin kiểm tra dây nối rồi bấm “Mở lại máy ảnh”, hoặc dùng cách khác ở dưới.");
    }
  }
  async function choices() {
    const found = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput" && device.deviceId);
    const now = stream?.getVideoTracks()[0]?.getSettings().deviceId;
    part("choice").replaceChildren(...found.map((device, at) => new Option(device.label || `Máy ảnh ${at + 1}`, device.deviceId, false, device.deviceId === now)));
    part("which").hidden = found.length < 2;
  }
  function cut({ videoWidth: width, videoHeight: height }) { // the part of the camera's picture that the frame shows
    const [across, down] = (cameraForm().dataset.shape || `${width}:${height}`).split(":").map(Number);
    const w = Math.round(Math.min(width, height * across / down)), h = Math.round(Math.min(height, width * down / across));
    return [Math.round((width - w) / 2), Math.round((height - h) / 2), w, h];
  }
  function take() {
    const video = part("video"), form = cameraForm(), area = cut(video), canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = area.slice(2);
    canvas.getContext("2d").drawImage(video, ...area, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => {
      if (!blob || cameraForm() !== form) return;
      const files = new DataTransfer();
      files.items.add(new File([blob], "anh.jpg", { type: "image/jpeg" }));
      form.elements.photo.files = files.files;
      chosen(form);
      say("Đã chụp. Xem ảnh rồi bấm để dùng, hoặc chụp lại.");
      one('button[type="submit"]', form).focus();
    }, "image/jpeg", QUALITY);
  }

  // ---- The picture that will be sent ----
  function chosen(form) {
    const file = form.elements.photo.files[0], picture = part("picture");
    if (picture.src) URL.revokeObjectURL(picture.src);
    picture.removeAttribute("src");
    fault("");
    if (file && file.size > Number(form.dataset.most)) {
      form.elements.photo.value = "";
      fault("Ảnh nặng hơn 12 MB nên chưa gửi. Xin chụp lại ở cỡ ảnh nhỏ hơn, hoặc giảm dung lượng ảnh rồi chọn lại.");
      return show(false);
    }
    if (!file) return show(false);
    part("unseen").hidden = true;
    picture.hidden = false;
    picture.src = URL.createObjectURL(file);
    show(true);
  }
  function show(isTaken) {
    part("taken").hidden = !isTaken;
    part("live").hidden = isTaken;
    part("file").hidden = isTaken;
    one('[data-camera-do="again"]').hidden = !isTaken;
    one('button[type="submit"]', cameraForm()).hidden = !isTaken;
  }
  function again() {
    cameraForm().elements.photo.value = "";
    chosen(cameraForm());
    if (stream) one('[data-camera-do="take"]').focus(); else start();
  }

  // ---- What is said in the dialog, for the page's own banner is behind it ----
  const SENT_NOT = "Chưa gửi được ảnh, hoặc chưa nhận được trả lời. Ảnh vừa chọn vẫn còn đây. Xin kiểm tra mạng rồi bấm lại.";
  function say(text) { one("[data-retake-says]").textContent = text; }
  function fault(text) {
    const place = one("[data-retake-fault]"), box = document.createElement("div"), words = document.createElement("p");
    box.className = "banner bad";
    box.setAttribute("role", "alert");
    words.textContent = text;
    box.append(words);
    place.replaceChildren(...(text ? [box] : []));
  }
  const RENEWED = "Phiên làm việc vừa được làm mới nên ảnh chưa được gửi. Ảnh vừa chọn vẫn còn đây. Xin bấm lại.";
  const isOurs = (element) => Boolean(element?.closest?.("#retake")) && !element.matches("[data-quiet]");
  on("htmx:before:request", ({ detail: { ctx } }) => { if (isOurs(ctx.sourceElement)) fault(""); });
  on("htmx:after:request", (event) => {
    const ctx = event.detail.ctx, { status } = ctx.response;
    if (!isOurs(ctx.sourceElement) || status < 400 || status === 401) return;
    const page = new DOMParser().parseFromString(ctx.text, "text/html");
    if (status === 409 && !one("#banner", page)) return; // another's form 01: the page says so
    event.preventDefault();
    fault(status === 400 ? RENEWED : one("#banner p", page)?.textContent.trim() || SENT_NOT);
  });
  on("htmx:error", ({ detail: { ctx } }) => { if (isOurs(ctx?.sourceElement)) fault(SENT_NOT); });

  // ---- Opening, closing, and what comes meanwhile ----
  let kind = "", from = null;
  function open() {
    kind = content().dataset.kind || "";
    all('[data-retake-do="reopen"]').forEach((button) => { button.hidden = true; });
    dialog.showModal();
    one("#retake_title").focus();
    begin();
  }
  function begin() { // for a form that has come, with a picture or without
    if (!cameraForm()) return;
    const isTaken = cameraForm().elements.photo.files.length > 0;
    show(isTaken);
    if (!isTaken) start();
  }
  function done() { // the answer has emptied the dialog: on to the photo that is new
    stop();
    dialog.close();
    one(`[data-photo][data-kind="${kind}"] .stage`)?.focus({ preventScroll: true });
  }
  function arrived() {
    const state = one("#phone_state");
    if (state?.dataset.state !== "arrived" || state.dataset.told) return;
    state.dataset.told = "yes";
    say("Ảnh từ điện thoại đã đến.");
    if (!dialog.open) all('[data-retake-do="reopen"]').forEach((button) => { button.hidden = false; });
  }
  dialog?.addEventListener("close", () => {
    stop();
    if (from?.isConnected && document.activeElement === document.body) from.focus();
  });
  on("htmx:after:swap", ({ detail: { ctx } }) => {
    if (!dialog) return;
    if (ctx.sourceElement?.matches?.("[data-retake]") && isFilled()) {
      from = ctx.sourceElement;
      open();
    } else if (dialog.open && !isFilled()) {
      done();
    }
    arrived();
  });

  document.addEventListener("click", (event) => { // what is still there is shown again, not fetched anew
    const link = event.target.closest?.("a[data-retake]");
    if (!dialog || !link || !isFilled() || content().dataset.address !== link.getAttribute("href")) return;
    event.preventDefault();
    event.stopPropagation();
    from = link;
    open();
  }, true);

  const ACTS = { take, again, start: () => start(), close: () => dialog.close(), reopen: open };
  on("click", ({ target }) => {
    const button = target.closest?.("[data-camera-do], [data-retake-do]");
    if (button) ACTS[button.dataset.cameraDo || button.dataset.retakeDo]();
  });
  on("change", ({ target }) => {
    if (target.matches('form[data-camera] input[type="file"]')) chosen(target.form);
    if (!target.matches("[data-camera-choice]")) return;
    kept.id = target.value;
    start(target.value);
  });
  document.addEventListener("error", ({ target }) => { // a kind of picture this browser cannot draw
    if (!target.matches?.("[data-camera-picture]")) return;
    target.hidden = true;
    part("unseen").hidden = false;
  }, true);
  on("photo-key", ({ target, detail }) => {
    const figure = target.closest("[data-photo]") || (target.closest("[data-photos]") && one(".slot.active [data-photo]"));
    if (figure && detail.toLowerCase() === "c") one("a[data-retake]", figure)?.click();
  });
  if (!dialog) begin();
})();
