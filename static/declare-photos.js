/*
 * The photos of the public form (templates/portal/declare/photos.html): taken or chosen, cut in a frame (Cropper.js), made
 * smaller where the browser can, sent one at a time with progress. What is sent is the very form that works without scripts,
 * and the page that comes back has the section that takes the old one's place. What a browser cannot draw (HEIC in most)
 * goes as it is. A line that dies loses nothing: the picture stays here, to be sent again.
 */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const { MOST_BYTES, EDGE, drawn, jpeg, smaller } = globalThis.Pictures;
  const SENT_NOT = "Chưa gửi được ảnh vì mất kết nối. Ảnh vẫn còn trên trang này; xin kiểm tra mạng rồi bấm “Gửi lại ảnh này”.";
  const TOO_HEAVY = "Ảnh nặng hơn 12 MB nên chưa gửi. Xin chụp lại ở cỡ ảnh nhỏ hơn, hoặc giảm dung lượng ảnh rồi chọn lại.";
  const waiting = new Map(); // kind → the picture that did not arrive
  const heard = one("[data-photo-heard]");
  const say = (text) => { heard.textContent = text; };

  // ---- Cutting: the frame stands, the picture moves beneath it ----
  const dialog = one("#cutting"), stage = one("[data-cut-stage]");
  const canCut = Boolean(globalThis.Cropper && dialog?.showModal && Array.isArray(document.adoptedStyleSheets));
  const TITLES = { face: "Đặt khuôn mặt vào khung 4×6", card: "Đặt giấy tờ vào khung" };
  const HINTS = {
    face: "Kéo ảnh cho khuôn mặt nằm giữa hình bầu dục, thấy đủ tóc và vai; chụm hai ngón hoặc bấm nút để phóng to, thu nhỏ.",
    card: "Kéo, phóng ảnh cho bốn góc giấy tờ nằm trong viền đứt, chữ nằm ngang. Thiếu góc thì xin chụp lại.",
  };
  let cutting = null;
  function frame(ratio) {
    const fit = ratio < 1 ? "cover" : "contain";
    stage.innerHTML = `<cropper-canvas background><cropper-image alt="Ảnh đang chỉnh" initial-fit="${fit}" initial-center-size="${fit}" rotatable scalable translatable></cropper-image>
      <cropper-handle action="move" plain></cropper-handle>
      <cropper-selection aspect-ratio="${ratio}" initial-coverage="0.92"><cropper-handle action="move" plain theme-color="transparent"></cropper-handle></cropper-selection>
      </cropper-canvas><div class="guide" aria-hidden="true"></div>`;
  }
  async function cut(section, picture) { // → a blob, "whole" or null
    const [across, down] = section.dataset.shape.split(":").map(Number), look = across < down ? "face" : "card";
    dialog.dataset.look = look;
    one("#cutting_title").textContent = TITLES[look];
    one("#cutting_hint").textContent = HINTS[look];
    frame(across / down);
    dialog.showModal();
    one("#cutting_title").focus();
    const image = one("cropper-image", stage), selection = one("cropper-selection", stage);
    image.src = picture.src;
    await image.$ready();
    selection.$center();
    guide(selection);
    return new Promise((done) => { cutting = { image, selection, done }; });
  }
  function guide({ x, y, width, height }) {
    Object.assign(one(".guide", stage).style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  }
  async function piece({ image, selection }) {
    const [a, b] = image.$getTransform(), scale = Math.hypot(a, b) || 1; // shown pixels for one of the picture's
    const { width, height } = selection;
    const by = Math.min(1 / scale, EDGE / Math.max(width, height));
    const canvas = await selection.$toCanvas({
      width: Math.round(width * by),
      height: Math.round(height * by),
      beforeDraw(pen, { width: w, height: h }) { pen.fillStyle = "#fff"; pen.fillRect(0, 0, w, h); },
    });
    return jpeg(canvas);
  }
  function end(outcome) {
    const { done } = cutting || {};
    cutting = null;
    dialog.close();
    stage.replaceChildren();
    done?.(outcome);
  }
  const CUTS = {
    in: () => cutting.image.$zoom(0.1),
    out: () => cutting.image.$zoom(-0.1),
    turn: () => cutting.image.$rotate("90deg"),
    use: async () => end(await piece(cutting)),
    whole: () => end("whole"),
    leave: () => end(null),
  };
  const KEYS = { "+": "in", "=": "in", "-": "out", r: "turn", R: "turn" };
  const ARROWS = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] };
  dialog?.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-cut-do]");
    if (button && cutting) CUTS[button.dataset.cutDo]();
  });
  dialog?.addEventListener("cancel", (event) => { event.preventDefault(); if (cutting) end(null); });
  stage?.addEventListener("keydown", (event) => {
    if (!cutting || event.ctrlKey || event.altKey || event.metaKey) return;
    if (ARROWS[event.key]) cutting.image.$move(...ARROWS[event.key]);
    else if (KEYS[event.key]) CUTS[KEYS[event.key]]();
    else return;
    event.preventDefault();
  });

  // ---- A computer's camera: a telephone opens its own by the file field ----
  const camera = one("#camera"), video = one("video", camera);
  const isPhone = matchMedia("(pointer: coarse)").matches;
  const WHY = {
    NotAllowedError: "Trình duyệt chưa được phép dùng máy ảnh. Xin bấm biểu tượng cạnh địa chỉ trang để cho phép rồi thử lại, hoặc chọn ảnh có sẵn.",
    NotFoundError: "Không thấy máy ảnh nối với máy này. Xin chọn ảnh có sẵn.",
    NotReadableError: "Máy ảnh đang được phần mềm khác dùng. Xin đóng phần mềm đó rồi thử lại, hoặc chọn ảnh có sẵn.",
  };
  let seen = null; // the section whose photo is being taken
  async function hasCamera() {
    try { return (await navigator.mediaDevices.enumerateDevices()).some(({ kind }) => kind === "videoinput"); } catch { return false; }
  }
  async function look(section) {
    seen = section;
    camera.dataset.look = section.dataset.shape === "2:3" ? "face" : "card";
    one("#camera_title").textContent = `Chụp ${section.dataset.name}`;
    camera.showModal();
    one('[data-camera-do="shoot"]').disabled = true;
    one("[data-camera-trouble]").hidden = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { width: { ideal: 2560 }, height: { ideal: 1440 } } });
      if (!camera.open || seen !== section) return stream.getTracks().forEach((track) => track.stop());
      video.srcObject = stream;
      await video.play();
      one('[data-camera-do="shoot"]').disabled = false;
      one('[data-camera-do="shoot"]').focus();
    } catch ({ name }) {
      one("[data-camera-trouble] p").textContent = WHY[name] || "Chưa mở được máy ảnh. Xin thử lại, hoặc chọn ảnh có sẵn.";
      one("[data-camera-trouble]").hidden = false;
    }
  }
  async function shoot() {
    const section = seen, canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    const blob = await jpeg(canvas);
    camera.close();
    await taken(section, blob);
  }
  camera.addEventListener("close", () => {
    video.srcObject?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  });
  camera.addEventListener("click", ({ target }) => {
    const act = target.closest("[data-camera-do]")?.dataset.cameraDo;
    if (act === "shoot") shoot();
    else if (act === "leave") camera.close();
  });

  // ---- Sending ----
  const fileOf = (section) => one('input[type="file"]', section);
  async function taken(section, file) {
    trouble(section, "");
    const picture = file.size ? await drawn(file) : null;
    try {
      let sent = file;
      if (picture && canCut && section.dataset.shape) {
        const outcome = await cut(section, picture);
        if (outcome === null) return one('[data-photo-do="choose"]', section).focus();
        sent = outcome === "whole" ? await smaller(file, picture) : outcome;
      } else if (picture) {
        sent = await smaller(file, picture);
      }
      if (sent.size > MOST_BYTES) return trouble(section, TOO_HEAVY);
      send(section, sent);
    } finally {
      if (picture) URL.revokeObjectURL(picture.src);
    }
  }
  async function chosen(section) {
    const input = fileOf(section), [file] = input.files;
    if (file) await taken(section, file);
    input.value = "";
  }
  function send(section, blob) {
    const form = one("[data-photo-form]", section), body = new FormData(), line = new XMLHttpRequest();
    body.set("csrf_token", form.elements.csrf_token.value);
    body.set("photo", blob, blob.name || "anh.jpg");
    waiting.set(section.dataset.photo, blob);
    trouble(section, "");
    going(section, 0);
    line.open("POST", form.action);
    line.responseType = "document";
    line.timeout = 120_000;
    line.upload.addEventListener("progress", ({ loaded, total }) => going(section, Math.round(100 * loaded / total)));
    line.addEventListener("load", () => came(section, line));
    for (const how of ["error", "timeout", "abort"]) line.addEventListener(how, () => { going(section, null); trouble(section, SENT_NOT, true); });
    line.send(body);
  }
  function came(section, { status, response, responseURL }) {
    const kind = section.dataset.photo, fresh = response && one(`[data-photo="${kind}"]`, response);
    going(section, null);
    if (status === 200 && new URL(responseURL).pathname !== location.pathname) { // sent meanwhile, in another window
      waiting.clear();
      return location.assign(responseURL);
    }
    if (status !== 200 || !fresh) {
      const text = response && one(".banner p", response)?.textContent.trim();
      const again = !text || status === 429 || status >= 500;
      if (!again) waiting.delete(kind);
      return trouble(section, text || SENT_NOT, again);
    }
    waiting.delete(kind);
    section.replaceWith(fresh);
    begin(fresh);
    const before = one(".card-page > .faults"), after = one(".card-page > .faults", response);
    if (before && after) before.replaceWith(after); else before?.remove();
    const fault = one(".fault", fresh), isRefused = Boolean(fault);
    say(isRefused ? fault.textContent.trim() : `Đã nhận ${fresh.dataset.name}.`);
    fresh.focus({ preventScroll: false });
  }
  function going(section, percent) {
    const box = one("[data-photo-progress]", section);
    box.hidden = percent === null;
    if (percent === null) return;
    one("progress", box).value = percent;
    one("[data-photo-says]", box).textContent = percent < 100 ? `Đang gửi ảnh… ${percent} %` : "Đã gửi, đang xem ảnh có rõ không…";
  }
  function trouble(section, text, again = false) {
    const box = one("[data-photo-trouble]", section);
    one("p", box).textContent = text;
    one('[data-photo-do="again"]', box).hidden = !again;
    box.hidden = !text;
  }

  // ---- Buttons ----
  const ACTS = {
    take: (section) => { if (!isPhone) return look(section); const input = fileOf(section); input.setAttribute("capture", input.dataset.camera); input.click(); },
    choose: (section) => { const input = fileOf(section); input.removeAttribute("capture"); input.click(); },
    again: (section) => { const blob = waiting.get(section.dataset.photo); if (blob) send(section, blob); },
  };
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-photo-do]");
    if (button) ACTS[button.dataset.photoDo](button.closest("[data-photo]"));
  });
  document.addEventListener("change", ({ target }) => { if (target.matches?.('[data-photo] input[type="file"]')) chosen(target.closest("[data-photo]")); });
  addEventListener("beforeunload", (event) => { if (waiting.size) event.preventDefault(); });
  function begin(section) {
    one("[data-photo-ways]", section).hidden = false;
    if (isPhone) one('[data-photo-do="take"]', section).hidden = false;
    else hasCamera().then((has) => { one('[data-photo-do="take"]', section).hidden = !has; });
  }
  document.querySelectorAll("[data-photo]").forEach(begin);
})();
