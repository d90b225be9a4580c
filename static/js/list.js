/* Lists: rows by keyboard, ticking and the bulk bar, editing a cell in place, the filter sentence.
   A table takes part with data-keys; its rows' main link is the first link, or a[data-open]. */
(function () {
  "use strict";
  const { $, $$, words, typing } = window.kam;

  /* ---------- j k o e x / ---------- */
  const rows = () => $$("[data-keys] tbody tr").filter((r) => r.offsetParent);
  function stand(at, all) {
    all.forEach((r) => r.removeAttribute("data-at"));
    at.setAttribute("data-at", "");
    at.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (e) => {
    if (typing(e.target) || e.ctrlKey || e.metaKey || e.altKey || $("dialog[open]")) return;
    const all = rows();
    if (e.key === "/") {
      const field = $("main input[type=search]");
      e.preventDefault();
      if (field?.offsetParent) field.focus(); else $("[data-palette-open]")?.click();
      return;
    }
    if (!all.length || !"jkoex".includes(e.key) || e.key.length > 1) return;
    const now = all.findIndex((r) => r.hasAttribute("data-at"));
    const row = all[now];
    e.preventDefault();
    if (e.key === "j") stand(all[Math.min(now + 1, all.length - 1)], all);
    else if (e.key === "k") stand(all[Math.max(now - 1, 0)], all);
    else if (!row) stand(all[0], all);
    else if (e.key === "o") ($("a[data-open]", row) || $("a[href]", row))?.click();
    else if (e.key === "x") $("input[type=checkbox]", row)?.click();
    else if (e.key === "e") $("[data-edit]", row)?.click();
  });

  /* ---------- ticking ---------- */
  const boxes = () => $$("[data-keys] tbody input[type=checkbox][name=ids]");
  let last = null;
  function count() {
    const all = boxes(), on = all.filter((b) => b.checked), bar = $("[data-bulk]");
    all.forEach((b) => b.closest("tr").removeAttribute("aria-selected"));
    on.forEach((b) => b.closest("tr").setAttribute("aria-selected", "true"));
    if (bar) {
      bar.hidden = !on.length;
      $("[data-bulk-said]", bar).textContent = words.selected.replace("{n}", on.length);
    }
    const whole = $("[data-tick-all]");
    if (whole) {
      whole.checked = on.length > 0 && on.length === all.length;
      whole.indeterminate = on.length > 0 && on.length < all.length;
    }
  }
  document.addEventListener("click", (e) => {
    const box = e.target.closest("[data-keys] tbody input[type=checkbox][name=ids]");
    if (box) {
      const all = boxes(), here = all.indexOf(box), there = all.indexOf(last);
      if (e.shiftKey && there >= 0) all.slice(Math.min(here, there), Math.max(here, there) + 1).forEach((b) => { b.checked = box.checked; });
      last = box;
      count();
    }
    if (e.target.closest("[data-bulk-none]")) { boxes().forEach((b) => { b.checked = false; }); count(); }
  });
  document.addEventListener("change", (e) => {
    if (e.target.matches("[data-tick-all]")) { boxes().forEach((b) => { b.checked = e.target.checked; }); count(); }
  });

  /* ---------- editing a cell ---------- */
  const before = new WeakMap();
  let then = null;
  const cells = (row) => $$("[data-edit]", row);
  function open(link) {
    const cell = link.closest("td"), row = cell.closest("tr"), place = cells(row).indexOf(link);
    if ($(".k-edit", row.closest("table"))) return;
    const copy = cell.cloneNode(true), index = cell.cellIndex;
    htmx.ajax("GET", link.dataset.edit, { source: link, target: cell, swap: "outerHTML" }).then(() => {
      const fresh = row.cells[index];
      if (!fresh?.matches(".k-edit")) return;
      before.set(fresh, { copy, place });
      const input = $("[data-edit-input]", fresh);
      input?.focus();
      input?.select?.();
    });
  }
  function restore(cell) {
    const kept = before.get(cell);
    if (!kept) return location.reload();
    cell.replaceWith(kept.copy);
    htmx.process(kept.copy);
    $("[data-edit]", kept.copy)?.focus();
  }
  document.addEventListener("click", (e) => {
    const link = e.target.closest("a[data-edit]");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey || !window.htmx) return;
    e.preventDefault();
    open(link);
  });
  document.addEventListener("keydown", (e) => {
    const cell = e.target.closest?.(".k-edit");
    if (!cell || e.isComposing) return;
    if (e.key === "Escape") { e.preventDefault(); e.stopPropagation(); restore(cell); }
    if (e.key === "Tab" || e.key === "Enter") {
      if (e.key === "Enter" && e.target.matches("button")) return;
      e.preventDefault();
      const row = cell.closest("tr"), place = before.get(cell)?.place ?? 0;
      then = e.key === "Tab" ? { row, place: place + (e.shiftKey ? -1 : 1) } : { row, place, stay: true };
      $("form", cell).requestSubmit();
    }
  });
  document.addEventListener("change", (e) => {
    if (e.target.matches(".k-edit select")) { then = null; e.target.form.requestSubmit(); }
  });
  document.addEventListener("htmx:beforeSwap", (e) => {
    /* a refused cell keeps what Esc brings back */
    const cell = e.detail.target;
    if (cell.matches?.(".k-edit") && before.has(cell)) e.detail.target.kamBefore = before.get(cell);
  });
  document.addEventListener("htmx:afterSwap", (e) => {
    const old = e.detail.target;
    if (!old?.kamBefore) return;
    const go = then;
    then = null;
    const still = $$(".k-edit").find((c) => !before.has(c));
    if (still) {
      before.set(still, old.kamBefore);
      $("[data-edit-input]", still)?.focus();
    } else if (go) {
      const next = cells(go.row)[go.place];
      if (next) { if (go.stay) next.focus(); else open(next); }
    }
  });

  /* ---------- the filter sentence ---------- */
  const send = (form) => { $$("details[data-pop][open]", form).forEach((d) => { d.open = false; }); form.requestSubmit(); };
  document.addEventListener("change", (e) => {
    const form = e.target.closest("form[data-sentence]");
    if (form && e.target.matches("input[type=radio]")) send(form);
  });
  document.addEventListener("click", (e) => {
    const clear = e.target.closest("[data-clear]");
    if (!clear) return;
    const pop = clear.closest(".k-pop");
    $$("input:not([type=checkbox], [type=radio])", pop).forEach((i) => { i.value = ""; });
    $$("input:checked", pop).forEach((i) => { i.checked = false; });
    send(clear.form);
  });
  /* empty fields stay out of the address */
  document.addEventListener("submit", (e) => {
    if (!e.target.matches("form[data-sentence]")) return;
    const empty = $$("input:not([type=checkbox], [type=hidden])", e.target).filter((i) => i.name && !i.value);
    empty.forEach((i) => { i.disabled = true; });
    setTimeout(() => empty.forEach((i) => { i.disabled = false; }));
  }, true);
  document.addEventListener("input", (e) => {
    if (!e.target.matches("[data-narrow]")) return;
    const part = e.target.value.trim().toLowerCase();
    $$(".k-options label", e.target.closest(".k-choices")).forEach((l) => { l.hidden = part && !l.textContent.toLowerCase().includes(part); });
  });
  document.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && e.target.matches("[data-narrow]")) e.preventDefault();
  });

  document.addEventListener("htmx:load", count);
  count();
})();
