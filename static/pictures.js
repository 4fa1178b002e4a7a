/*
 * Pictures before they are sent: drawn if this browser can, made smaller when they are heavy. What it cannot draw (HEIC in
 * most) goes as it is. `Pictures.drawn(file)` → an image or null (its src is to be revoked); `Pictures.smaller(file, image)`
 * → a JPEG of at most EDGE pixels, upright, or the file itself; `Pictures.jpeg(canvas)` → a blob.
 */
globalThis.Pictures = (() => {
  "use strict";
  const MOST_BYTES = 12 * 1024 * 1024, LIGHT = 1.5 * 1024 * 1024, EDGE = 2400, QUALITY = 0.9;
  async function drawn(file) {
    const picture = new Image();
    picture.src = URL.createObjectURL(file);
    try { await picture.decode(); } catch { URL.revokeObjectURL(picture.src); return null; }
    return picture.naturalWidth ? picture : null;
  }
  const jpeg = (canvas) => new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  async function smaller(file, picture) {
    const longest = Math.max(picture.naturalWidth, picture.naturalHeight), by = Math.min(1, EDGE / longest);
    if (file.size <= LIGHT || (by === 1 && file.size <= MOST_BYTES)) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.naturalWidth * by);
    canvas.height = Math.round(picture.naturalHeight * by);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height); // turned upright as the file says
    const blob = await jpeg(canvas);
    return blob && blob.size < file.size ? blob : file;
  }
  return { MOST_BYTES, EDGE, drawn, jpeg, smaller };
})();
