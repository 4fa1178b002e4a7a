/* data-copy="id": a button that copies the text of that element, and says so. Shown only where a script runs. */
(() => {
  "use strict";
  function copied(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    if (navigator.clipboard) return navigator.clipboard.writeText(element.innerText);
    return document.execCommand("copy") ? Promise.resolve() : Promise.reject(new Error("not copied"));
  }
  const say = (kind, text) => document.dispatchEvent(new CustomEvent("say", { detail: { kind, text } }));

  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () =>
      copied(document.getElementById(button.dataset.copy)).then(
        () => say("good", "Đã chép. Hãy dán vào nơi cần dùng."),
        () => say("warn", "Trình duyệt không cho chép. Phần cần chép đã được chọn: xin bấm Ctrl+C."),
      ),
    );
  });
})();
