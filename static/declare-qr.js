/*
 * The QR of a card (templates/portal/declare/_qr.html): a photo that was chosen is made smaller and sent at once with what was
 * typed, by the form's own button. Without scripts one presses the button.
 */
(() => {
  "use strict";
  const input = document.querySelector("[data-qr]"), button = document.querySelector("[data-qr-read]");
  const says = document.querySelector("[data-qr-says]");
  input?.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    says.textContent = "Đang gửi và đọc mã QR…";
    const picture = file.size ? await Pictures.drawn(file) : null;
    const sent = picture ? await Pictures.smaller(file, picture) : file;
    if (picture) URL.revokeObjectURL(picture.src);
    if (sent.size > Pictures.MOST_BYTES) {
      input.value = "";
      says.textContent = "Ảnh nặng hơn 12 MB nên chưa gửi. Xin chụp lại ở cỡ ảnh nhỏ hơn rồi chọn lại.";
      return;
    }
    if (sent !== file) {
      const files = new DataTransfer();
      files.items.add(new File([sent], "anh.jpg", { type: "image/jpeg" }));
      input.files = files.files;
    }
    input.form.requestSubmit(button);
  });
  addEventListener("pageshow", () => { if (input) { input.value = ""; says.textContent = ""; } });
})();
