/* Ctrl-K: go anywhere, do anything. Places and actions stand in the page; what is found comes from
   data-url?q= as a piece of HTML. Arrows choose, Enter opens, Esc closes. */
(function () {
  "use strict";
  const { $, $$, words } = window.kam;
  const dialog = $("#k-palette");
  if (!dialog) return;
  const input = $("input", dialog), list = $("[role=listbox]", dialog), found = $("[data-found]", dialog), none = $(".k-palette-none", dialog);
  const options = () => $$("[role=option]", list).filter((o) => !o.hidden && !o.closest("[hidden]"));
  let chosen = null, wait = 0, asked = "";

  function choose(option) {
    chosen?.removeAttribute("aria-selected");
    chosen = option || null;
    if (!chosen) { input.removeAttribute("aria-activedescendant"); return; }
    chosen.id ||= "k-option-" + Math.random().toString(36).slice(2);
    chosen.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  }
  function narrow() {
    const part = input.value.trim().toLowerCase();
    $$("[data-group]", list).filter((g) => !found.contains(g)).forEach((group) => {
      $$("[role=option]", group).forEach((o) => { o.hidden = Boolean(part) && !o.textContent.toLowerCase().includes(part); });
      group.hidden = !$$("[role=option]", group).some((o) => !o.hidden);
    });
    none.hidden = !part || options().length > 0 || asked !== part;
    choose(options()[0]);
  }
  async function seek() {
    const part = input.value.trim();
    if (!part || !dialog.dataset.url) { found.replaceChildren(); asked = ""; return narrow(); }
    const answer = await fetch(`${dialog.dataset.url}?q=${encodeURIComponent(part)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (input.value.trim() !== part) return;
    if (answer?.redirected) return location.reload();
    const html = answer?.ok ? await answer.text() : "";
    if (input.value.trim() !== part) return;
    found.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    asked = part.toLowerCase();
    narrow();
  }
  function open() {
    if (dialog.open) return;
    dialog.showModal();
    input.value = "";
    found.replaceChildren();
    narrow();
    input.focus();
  }
  input.addEventListener("input", () => { clearTimeout(wait); narrow(); wait = setTimeout(seek, 140); });
  dialog.addEventListener("keydown", (e) => {
    const all = options(), at = all.indexOf(chosen);
    if (e.isComposing) return;
    if (e.key === "ArrowDown") { e.preventDefault(); choose(all[(at + 1) % all.length]); }
    if (e.key === "ArrowUp") { e.preventDefault(); choose(all[(at - 1 + all.length) % all.length]); }
    if (e.key === "Enter" && chosen) { e.preventDefault(); chosen.click(); if (chosen.matches("button")) dialog.close(); }
  });
  list.addEventListener("mousemove", (e) => { const o = e.target.closest("[role=option]"); if (o && o !== chosen) choose(o); });
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { e.preventDefault(); open(); }
  });
  document.addEventListener("click", (e) => {
    const opener = e.target.closest("[data-palette-open]");
    if (!opener || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    open();
  });
  input.setAttribute("aria-description", words.typeMore);
})();
