/* A form that saves as one goes: sends what was touched, shows and hides fields as the server says,
   adds lines to tables. Without it the form is a plain form with buttons.
     <form data-fill> <div data-field="code"> [data-error] <table data-table> <template data-blank> */
(function () {
  "use strict";
  const form = document.querySelector("form[data-fill]");
  if (!form) return;
  const touched = new Set(), sent = new Set();
  let leaving = false; // the whole form is on its way: what was touched goes with it
  const fieldOf = (e) => e.target.closest?.("[data-field]");
  const say = (text) => { const place = form.querySelector("[data-saved]"); if (place && text) place.textContent = text; };
  const touch = (e) => {
    const field = fieldOf(e);
    if (field && !e.target.matches("[type=file]")) touched.add(field.dataset.field);
  };
  form.addEventListener("input", touch);
  form.addEventListener("change", touch);

  form.addEventListener("htmx:configRequest", (e) => {
    if (e.detail.elt !== form) return;
    sent.clear();
    touched.forEach((code) => sent.add(code));
    touched.clear();
    e.detail.formData.delete("touched");
    sent.forEach((code) => e.detail.formData.append("touched", code));
  });
  form.addEventListener("htmx:beforeRequest", (e) => {
    if (e.detail.elt !== form) return;
    if (!sent.size || leaving) { e.preventDefault(); return; }
    say(form.dataset.wordSaving);
  });
  const again = () => { sent.forEach((code) => touched.add(code)); sent.clear(); say(form.dataset.wordFailed); };
  form.addEventListener("submit", (e) => { leaving = !e.defaultPrevented; });
  addEventListener("pageshow", () => { leaving = false; });
  form.addEventListener("htmx:sendError", again);
  form.addEventListener("htmx:responseError", again);

  document.addEventListener("kam:filled", (e) => {
    const { hidden, errors, asked, saved } = e.detail;
    form.querySelectorAll("[data-field]").forEach((field) => { field.hidden = hidden.includes(field.dataset.field); });
    form.querySelectorAll("[data-part]").forEach((part) => {
      const fields = [...part.querySelectorAll("[data-field]")];
      part.hidden = fields.length > 0 && fields.every((field) => field.hidden);
    });
    asked.forEach((code) => {
      const field = form.querySelector(`[data-field="${code}"]`);
      if (!field) return;
      const wrong = errors[code] || "";
      field.querySelector("[data-error]").textContent = wrong;
      field.querySelectorAll(".k-in").forEach((control) => {
        control.toggleAttribute("aria-invalid", Boolean(wrong));
        if (wrong) control.dataset.s = "bad"; else delete control.dataset.s;
      });
    });
    if (!saved) sent.forEach((code) => touched.add(code));
    sent.clear();
    if (saved && !touched.size && !Object.keys(errors).length) delete form.dataset.dirty;
  });
  document.addEventListener("kam:version", (e) => {
    const version = form.querySelector("[name=version]");
    if (version) version.value = e.detail.version;
  });

  function lines(from) {
    from.querySelectorAll("[data-line-clear], [data-line-more]").forEach((button) => { button.hidden = false; });
  }
  let next = 500;
  form.addEventListener("click", (e) => {
    const more = e.target.closest("[data-line-more]"), clear = e.target.closest("[data-line-clear]");
    if (more) {
      const field = more.closest("[data-field]"), holder = document.createElement("div");
      holder.innerHTML = field.querySelector("[data-blank]").innerHTML.replaceAll("__n__", next++);
      const row = holder.querySelector("tr");
      field.querySelector("[data-table] tbody").append(row);
      row.querySelector("input, select")?.focus();
    }
    if (clear) {
      const row = clear.closest("tr"), field = clear.closest("[data-field]"), after = row.nextElementSibling || row.previousElementSibling;
      row.querySelectorAll("input, select").forEach((control) => { control.value = ""; });
      touched.add(field.dataset.field);
      if (field.querySelectorAll("tbody tr").length > 1) { row.remove(); after?.querySelector("input, select, button")?.focus(); }
      form.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
  lines(form);
})();
