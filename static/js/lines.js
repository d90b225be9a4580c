/* Rows of a form, products or expenses: "another" adds an empty row.
     <section data-lines data-prefix="lines"> <tbody data-rows> <template data-row> <button data-line-add> */
(function () {
  "use strict";
  document.querySelectorAll("[data-lines]").forEach((section) => {
    const rows = section.querySelector("[data-rows]"), blank = section.querySelector("template[data-row]");
    const total = section.querySelector(`[name="${section.dataset.prefix}-TOTAL_FORMS"]`), add = section.querySelector("[data-line-add]");
    add.hidden = false;
    add.addEventListener("click", () => {
      const holder = document.createElement("template");
      holder.innerHTML = blank.innerHTML.replaceAll("__prefix__", total.value);
      const row = holder.content.firstElementChild;
      rows.append(row);
      total.value = Number(total.value) + 1;
      window.kam.combo?.(row);
      (row.querySelector(".ts-control input") || row.querySelector("select, input"))?.focus();
    });
  });
})();
