/*
 * Dropping files on the form of the lists (templates/batches/list.html, data-drop): they are put into its field, and the form
 * is sent as it is without scripts.
 */
(() => {
  "use strict";
  const form = document.querySelector("[data-drop]");
  const field = form?.querySelector('input[type="file"]');
  if (!field) return;
  const brings = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let depth = 0; // entering a child comes before leaving its parent
  const mark = (now) => { depth = Math.max(0, now); form.classList.toggle("over", depth > 0); };

  form.addEventListener("dragenter", (event) => { if (brings(event)) { event.preventDefault(); mark(depth + 1); } });
  form.addEventListener("dragleave", (event) => { if (brings(event)) mark(depth - 1); });
  // Dropped beside the form, a file would be opened in place of the page.
  document.addEventListener("dragover", (event) => { if (brings(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    mark(0);
    if (form.contains(event.target) && event.dataTransfer.files.length) {
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
      field.focus();
    }
  });
})();
