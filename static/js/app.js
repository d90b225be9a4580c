/* What every page does: notes, htmx manners, dialogs, menus, asking once, unsaved forms, the theme,
   and bringing the scripts of a feature only where the page has it. Everything here is an addition:
   links and forms work without it. */
(function () {
  "use strict";
  const json = (id) => JSON.parse(document.getElementById(id)?.textContent || "{}");
  const words = json("k-words"), assets = json("k-assets");
  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const el = (tag, attrs = {}, ...children) => {
    const e = document.createElement(tag);
    Object.entries(attrs).forEach(([k, v]) => v !== undefined && v !== false && e.setAttribute(k, v === true ? "" : v));
    e.append(...children);
    return e;
  };
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "k-i");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${assets.icons}#i-${name}`);
    svg.append(use);
    return svg;
  };
  const csrf = () => $("#k-post [name=csrfmiddlewaretoken]")?.value || $("[name=csrfmiddlewaretoken]")?.value || "";
  const typing = (t) => t instanceof Element && t.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

  /* ---------- notes ---------- */
  function toast({ text, level = "info", url, label, undo }) {
    const box = $("#k-toasts");
    if (!box || !text) return;
    const grave = level === "bad" || level === "error";
    const note = el("div", { class: "k-toast", "data-level": level, role: grave ? "alert" : "status" });
    note.append(grave || level === "watch" ? el("span", { class: "k-st", "data-s": grave ? "bad" : "watch" }, text) : el("span", {}, text));
    const does = el("span", { class: "k-toast-does" });
    if (url) does.append(el("a", { href: url }, label || url));
    if (undo) {
      const button = el("button", { type: "button" }, words.undo);
      button.addEventListener("click", async () => {
        await fetch(undo, { method: "POST", headers: { "X-CSRFToken": csrf() } });
        location.reload();
      });
      does.append(button);
    }
    note.append(does);
    box.append(note);
    settle(note);
  }
  /* A note leaves after a while; one that says no stays until it is closed, and so does one being read. */
  function settle(note) {
    const close = el("button", { type: "button", class: "k-close", "aria-label": words.close }, icon("x"));
    close.addEventListener("click", () => note.remove());
    note.append(close);
    if (note.getAttribute("role") === "alert") return;
    let timer;
    const start = () => { timer = setTimeout(() => note.remove(), 7000); };
    const stop = () => clearTimeout(timer);
    note.addEventListener("mouseenter", stop);
    note.addEventListener("focusin", stop);
    note.addEventListener("mouseleave", start);
    start();
  }

  /* ---------- features on demand ---------- */
  const loaded = {};
  const script = (src) => (loaded[src] ||= new Promise((done, fail) => {
    const s = el("script", { src });
    s.onload = done;
    s.onerror = fail;
    document.head.append(s);
  }));
  const style = (href) => (loaded[href] ||= Promise.resolve(document.head.append(el("link", { rel: "stylesheet", href }))));
  async function features(from) {
    const has = (selector) => from.matches?.(selector) || $(selector, from);
    if (has("select[data-combo]")) {
      style(assets.tomselectCss);
      await script(assets.tomselect);
      await script(assets.combo);
      window.kam.combo(from);
    }
    if (has("[data-board]")) {
      await script(assets.sortable);
      await script(assets.board);
      window.kam.board(from);
    }
    if (has("[data-chart]")) {
      if (has('[data-chart]:not([data-chart="river"])')) await script(assets.echarts);
      await script(assets.charts);
      window.kam.charts(from);
    }
  }

  /* ---------- htmx ---------- */
  document.addEventListener("htmx:configRequest", (e) => { e.detail.headers["X-CSRFToken"] = csrf(); });
  document.addEventListener("kam:toast", (e) => toast(e.detail));
  document.addEventListener("kam:close", () => $$("dialog[open]").forEach((d) => d.close()));
  document.addEventListener("htmx:beforeSwap", (e) => {
    /* A lapsed session answers with the log-in page: go there instead of drawing it into a corner. */
    const from = e.detail.xhr.responseURL;
    if (from && new URL(from).pathname === assets.login && location.pathname !== assets.login) {
      e.detail.shouldSwap = false;
      location.assign(assets.login + "?next=" + encodeURIComponent(location.pathname + location.search));
    }
  });
  const polls = (e) => e.detail.elt?.id === "k-bell-count";   /* asks by itself: says nothing when it fails */
  document.addEventListener("htmx:responseError", (e) => {
    if (polls(e)) return;
    const xhr = e.detail.xhr;
    if ((xhr.getResponseHeader("HX-Trigger") || "").includes("kam:toast")) return;
    const say = { 401: words.signedOut, 403: words.forbidden, 404: words.gone, 429: words.tooMany };
    toast({ text: say[xhr.status] || words.error, level: "bad" });
  });
  document.addEventListener("htmx:sendError", (e) => polls(e) || toast({ text: words.offline, level: "bad" }));
  document.addEventListener("htmx:confirm", (e) => {
    if (!e.detail.question) return;
    e.preventDefault();
    ask(e.detail.question).then((yes) => yes && e.detail.issueRequest(true));
  });
  document.addEventListener("htmx:load", (e) => ready(e.detail.elt));
  document.addEventListener("htmx:afterSwap", (e) => {
    const dialog = e.detail.target.closest("dialog");
    if (!dialog) return;
    if (!dialog.innerHTML.trim()) dialog.close();
    else if (!dialog.open) dialog.showModal();
    ($("[data-s=bad], [autofocus]", dialog) || $(".k-in", dialog))?.focus();
  });

  /* ---------- dialogs and menus ---------- */
  function ask(question) {
    return new Promise((answer) => {
      const yes = el("button", { class: "k-btn", "data-k": "go", type: "submit", value: "yes" }, words.confirm);
      const no = el("button", { class: "k-btn", "data-k": "bare", type: "submit", value: "" }, words.cancel);
      const form = el("form", { method: "dialog" }, el("p", {}, question), el("p", { class: "k-acts" }, yes, no));
      const dialog = el("dialog", { class: "k-dialog", "aria-label": question }, form);
      dialog.addEventListener("close", () => { answer(dialog.returnValue === "yes"); dialog.remove(); });
      document.body.append(dialog);
      dialog.showModal();
      no.focus();
    });
  }
  document.addEventListener("click", (e) => {
    const t = e.target;
    if (t.closest("[data-dialog-close]")) t.closest("dialog")?.close();
    if (t instanceof HTMLDialogElement && t.matches(".k-dialog, .k-palette")) {
      const r = t.getBoundingClientRect();
      if (e.clientX < r.left || e.clientX > r.right || e.clientY < r.top || e.clientY > r.bottom) t.close();
    }
    $$("details[data-pop][open]").forEach((d) => { if (!d.contains(t)) d.open = false; });
    if (t.closest("[data-theme-switch]")) switchTheme();
    const view = t.closest(".k-view button");
    if (view && !window.kam.show) view.closest("[data-chart]").dataset.view = view.dataset.to;
  });
  document.addEventListener("toggle", (e) => {
    const d = e.target;
    if (!(d instanceof HTMLDetailsElement) || !d.matches("[data-pop]") || !d.open) return;
    $$("details[data-pop][open]").forEach((o) => { if (o !== d && !o.contains(d) && !d.contains(o)) o.open = false; });
    const pop = $(".k-pop", d), box = pop.getBoundingClientRect();
    pop.toggleAttribute("data-left", box.right > innerWidth - 8 || pop.hasAttribute("data-left"));
    ($("[data-narrow], input:checked, input, a, button", pop))?.focus();
  }, true);
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    const open = $$("details[data-pop][open]").pop();
    if (!open) return;
    open.open = false;
    $("summary", open).focus();
    e.stopPropagation();
  });

  /* ---------- ask once, warn of what is unsaved, send once ---------- */
  document.addEventListener("submit", (e) => {
    const form = e.target, button = e.submitter;
    const question = button?.dataset.confirm || form.dataset.confirm;
    if (question && !form.dataset.sure) {
      e.preventDefault();
      e.stopImmediatePropagation();
      ask(question).then((yes) => {
        if (!yes) return;
        form.dataset.sure = "1";
        form.requestSubmit(button);
        delete form.dataset.sure;
      });
      return;
    }
    delete form.dataset.dirty;
    if (form.method === "post" && !form.hasAttribute("hx-post") && !e.defaultPrevented) {
      if (form.dataset.sent) return e.preventDefault();
      form.dataset.sent = "1";
      setTimeout(() => { delete form.dataset.sent; }, 4000);
    }
  }, true);
  document.addEventListener("input", (e) => {
    const form = e.target.form;
    if (form?.hasAttribute("data-guard")) form.dataset.dirty = "1";
  });
  addEventListener("beforeunload", (e) => { if ($("form[data-dirty]")) e.preventDefault(); });
  addEventListener("pageshow", () => $$("form[data-sent]").forEach((f) => delete f.dataset.sent));

  /* ---------- theme ---------- */
  function switchTheme() {
    const to = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.bsTheme = to;
    try { localStorage.setItem("kam-theme", to); } catch { /* storage may be forbidden */ }
    document.dispatchEvent(new CustomEvent("kam:theme"));
  }

  /* ---------- the list of shortcuts ---------- */
  function shortcuts() {
    const rows = [["j", words.keyDown], ["k", words.keyUp], ["o", words.keyOpen], ["e", words.keyEdit], ["x", words.keySelect], ["m", words.keyMove], ["/", words.keyFind], ["Ctrl K", words.keyPalette], ["?", words.keyHelp]];
    const list = el("dl", { class: "k-kv" });
    rows.forEach(([key, say]) => list.append(el("dt", {}, el("kbd", {}, key)), el("dd", {}, say)));
    const close = el("button", { class: "k-btn", autofocus: true }, words.close);
    const dialog = el("dialog", { class: "k-dialog", "aria-label": words.shortcuts }, el("h2", {}, words.shortcuts), list, el("form", { method: "dialog", class: "k-acts" }, close));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
  document.addEventListener("keydown", (e) => {
    if (typing(e.target) || e.ctrlKey || e.metaKey || e.altKey || $("dialog[open]")) return;
    if (e.key === "?") { e.preventDefault(); shortcuts(); }
  });

  /* ---------- accounts at hand: asked for once a minute, kept for this tab ---------- */
  const followed = $("#k-followed");
  async function follow(fresh) {
    if (!followed) return;
    const key = `kam-followed-${root.lang}-${$(".k-me")?.textContent}`;
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(key)); } catch { /* storage may be forbidden */ }
    if (kept) followed.innerHTML = kept.html;
    if (kept && !fresh && Date.now() - kept.at < 60000) return;
    const answer = await fetch(followed.dataset.url, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const html = await answer.text();
    followed.innerHTML = html;
    try { sessionStorage.setItem(key, JSON.stringify({ html, at: Date.now() })); } catch { /* full or forbidden */ }
  }
  document.addEventListener("htmx:afterRequest", (e) => { if (e.detail.successful && e.detail.pathInfo?.requestPath.endsWith("/star/")) follow(true); });
  document.addEventListener("submit", (e) => {
    if (e.submitter?.getAttribute("formaction") === $(".k-side-foot button")?.getAttribute("formaction")) { try { sessionStorage.clear(); } catch { /* forbidden */ } }
  });

  function ready(from) {
    $$("[data-autosend]", from).forEach((f) => f.addEventListener("change", () => f.form.requestSubmit()));
    features(from).catch(() => toast({ text: words.offline, level: "bad" }));
  }
  window.kam = { $, $$, el, icon, words, assets, csrf, typing, toast, ask, script };
  $$("#k-toasts > .k-toast").forEach(settle);
  follow(/^\/accounts\/\d+\//.test(location.pathname));
  if (!window.htmx) ready(document.body);

  /* ---------- a device that others use too: who logs out leaves no draft on it ---------- */
  document.addEventListener("submit", (e) => {
    if (!e.submitter?.matches("[data-logout]")) return;
    document.dispatchEvent(new Event("kam:logout"));
    try {
      Object.keys(localStorage).filter((key) => key.startsWith("kam-draft-")).forEach((key) => localStorage.removeItem(key));
    } catch { /* nothing is kept where nothing may be kept */ }
  });
})();
