/* The dry run of an import: Enter goes to the next bad cell, a suggestion fills the field and sends it. */
(() => {
  document.addEventListener("click", (e) => {
    const take = e.target.closest("[data-take]");
    if (!take) return;
    const form = take.closest("form");
    const field = form.querySelector("input.k-in");
    field.value = take.dataset.take;
    form.requestSubmit();
  });
  document.addEventListener("htmx:afterSettle", (e) => {
    const sheet = e.target.closest?.("[data-sheet]");
    if (!sheet || document.activeElement?.closest?.("form[data-bad]")) return;
    const line = e.target.closest("tr");
    const later = [...sheet.querySelectorAll("form[data-bad] .k-in")].find(
      (field) => line && (line.contains(field) || line.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING),
    );
    (later || sheet.querySelector("form[data-bad] .k-in"))?.focus();
  });
})();
