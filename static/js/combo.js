/* select[data-combo] becomes a field one can search in; with data-url the options come from there:
   GET url?q= answers {"results": [{"id", "text", "hint"}]}. Without this script it stays a select. */
(function () {
  "use strict";
  const { $$, words } = window.kam;
  const line = (data, escape) => `<div>${escape(data.text)}${data.hint ? ` <span class="k-s k-3">${escape(data.hint)}</span>` : ""}</div>`;
  window.kam.combo = (from) => {
    const all = $$("select[data-combo]", from);
    if (from.matches?.("select[data-combo]")) all.push(from);
    all.filter((s) => !s.tomselect).forEach((select) => {
      const url = select.dataset.url;
      new TomSelect(select, {
        valueField: "id", labelField: "text", searchField: url ? [] : ["text"],
        create: false, maxOptions: 200,
        plugins: select.multiple ? { remove_button: { title: words.remove } } : { clear_button: { title: words.clear } },
        placeholder: select.dataset.placeholder || words.typeMore, hidePlaceholder: true,
        options: [...select.options].map((o) => ({ id: o.value, text: o.text.trim(), hint: o.dataset.hint || "" })).filter((o) => o.id),
        preload: url ? "focus" : false,
        load: url ? (q, done) => fetch(`${url}${url.includes("?") ? "&" : "?"}q=${encodeURIComponent(q)}`, { headers: { Accept: "application/json" } })
          .then((r) => (r.ok ? r.json() : { results: [] })).then((d) => done(d.results)).catch(() => done()) : undefined,
        shouldLoad: () => true,
        render: {
          option: line, item: line,
          no_results: (data, escape) => `<div class="no-results">${escape(words.noMatch)}</div>`,
          loading: (data, escape) => `<div class="no-results">${escape(words.searching)}</div>`,
        },
        onInitialize() { select.setAttribute("aria-hidden", "true"); },  /* the label speaks of the field that took its place */
        onChange: () => select.dispatchEvent(new Event("input", { bubbles: true })),
      });
    });
  };
})();
