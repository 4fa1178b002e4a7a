/*
 * The little that a citizen's page does with scripts; without them everything works but this: a password can be shown while
 * it is typed, a form is sent once, and the focus goes to what was wrong also in browsers that do not know autofocus there.
 */
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  for (const input of all("input[data-secret]")) {
    const box = document.createElement("div"), show = document.createElement("button");
    box.className = "secret";
    show.className = "show";
    show.type = "button";
    const tell = (shown) => {
      input.type = shown ? "text" : "password";
      show.textContent = shown ? "Ẩn" : "Hiện";
      show.setAttribute("aria-label", `${shown ? "Ẩn" : "Hiện"} ${input.labels[0].textContent.toLowerCase()}`);
    };
    input.before(box);
    box.append(input, show);
    tell(false);
    show.addEventListener("click", () => tell(input.type === "password"));
    input.form.addEventListener("submit", () => tell(false)); // shown, the browser would keep it among what was typed before
  }

  let sent = false;
  document.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    setTimeout(() => { sent = false; }, 20000);
  });
  addEventListener("pageshow", () => { sent = false; });

  document.querySelector(".faults")?.focus();
})();
