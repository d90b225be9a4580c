/* A board: drag a card to another lane, or press m on it and choose. The move is posted to the
   card's data-move (fields lane, version); the answer replaces the board, a refusal puts the card back
   and says why in the lane. On a phone a select jumps from lane to lane.
     <div id="board" data-board data-lanes> <section data-lane="code" aria-label="…"><ul data-cards>
       <li data-card data-move="/…/" data-version="3" tabindex="0"> */
(function () {
  "use strict";
  const { $, $$, el, words, csrf, toast } = window.kam;

  async function move(card, lane, back) {
    const board = card.closest("[data-board]");
    const body = new FormData();
    body.append("lane", lane.dataset.lane);
    body.append("version", card.dataset.version || "");
    const answer = await fetch(card.dataset.move, { method: "POST", body, headers: { "X-CSRFToken": csrf(), "HX-Request": "true" } }).catch(() => null);
    const said = answer && JSON.parse(answer.headers.get("HX-Trigger") || "{}")["kam:toast"];
    if (!answer) { back(); return toast({ text: words.offline, level: "bad" }); }
    const form = answer.ok && JSON.parse(answer.headers.get("HX-Trigger") || "{}")["kam:dialog"];
    if (form) { back(); return htmx.ajax("GET", form, { target: "#k-dialog", swap: "innerHTML" }); }  /* the move needs words first */
    if (!answer.ok) {
      back();
      const text = said?.text || (answer.status === 403 ? words.forbidden : words.error);
      refuse(lane, text, said);
      return undefined;
    }
    if (answer.redirected || !answer.headers.get("Content-Type")?.includes("html")) return location.reload();
    const html = await answer.text();
    if (html.trim()) {
      const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
      const at = board.scrollLeft;
      board.replaceWith(fresh);
      htmx.process(fresh);
      window.kam.board(fresh);
      fresh.scrollLeft = at;
      $(`[data-move="${CSS.escape(card.dataset.move)}"]`, fresh)?.focus();
    }
    toast(said || { text: words.moved.replace("{lane}", lane.getAttribute("aria-label")) });
  }
  function refuse(lane, text, said) {
    $$(".k-slot", lane).forEach((s) => s.remove());
    const slot = el("p", { class: "k-slot", role: "alert" }, text);
    if (said?.url) slot.append(" ", el("a", { href: said.url }, said.label || said.url));
    $("[data-cards]", lane).before(slot);
    setTimeout(() => slot.remove(), 12000);
  }

  function menu(card) {
    const board = card.closest("[data-board]"), here = card.closest("[data-lane]");
    const list = el("ul", { class: "k-moves" });
    const dialog = el("dialog", { class: "k-dialog", "aria-label": words.moveTo }, el("h2", {}, words.moveTo), list, el("form", { method: "dialog", class: "k-acts" }, el("button", { class: "k-btn", "data-k": "bare" }, words.cancel)));
    $$("[data-lane]", board).filter((l) => l !== here).forEach((lane) => {
      const button = el("button", { type: "button", class: "k-btn" }, lane.getAttribute("aria-label"));
      button.addEventListener("click", () => { dialog.close(); move(card, lane, () => card.focus()); });
      list.append(el("li", {}, button));
    });
    dialog.addEventListener("close", () => { dialog.remove(); card.focus(); });
    document.body.append(dialog);
    dialog.showModal();
    $("button", list)?.focus();
  }
  document.addEventListener("keydown", (e) => {
    const card = e.target.closest?.("[data-card]");
    if (e.key === "m" && card?.dataset.move && !e.ctrlKey && !e.metaKey && !$("dialog[open]")) { e.preventDefault(); menu(card); }
    if (["ArrowDown", "ArrowUp", "j", "k"].includes(e.key) && card && e.target === card) {
      const all = $$("[data-card]", card.closest("[data-board]"));
      const next = all[all.indexOf(card) + (e.key === "ArrowDown" || e.key === "j" ? 1 : -1)];
      if (next) { e.preventDefault(); next.focus(); }
    }
    if (["ArrowRight", "ArrowLeft"].includes(e.key) && card && e.target === card) {
      const lanes = $$("[data-lane]", card.closest("[data-board]")), step = e.key === "ArrowRight" ? 1 : -1;
      for (let n = lanes.indexOf(card.closest("[data-lane]")) + step; lanes[n]; n += step) {
        const first = $("[data-card]", lanes[n]);
        if (first) { e.preventDefault(); first.focus(); break; }
      }
    }
    if (["o", "Enter"].includes(e.key) && card && e.target === card) { e.preventDefault(); $("h3 a, a[href]", card)?.click(); }
  });
  document.addEventListener("click", (e) => {
    const button = e.target.closest("[data-card-move]");
    if (button) menu(button.closest("[data-card]"));
  });

  function picker(board) {
    const lanes = $$("[data-lane]", board);
    if (lanes.length < 2 || board.previousElementSibling?.matches(".k-lane-pick")) return;
    const select = el("select", { class: "k-in k-lane-pick", "aria-label": words.step });
    lanes.forEach((l, n) => select.append(el("option", { value: n }, l.dataset.said || l.getAttribute("aria-label"))));
    select.addEventListener("change", () => board.scrollTo({ left: lanes[select.value].offsetLeft - board.offsetLeft - 16, behavior: "auto" }));
    let wait;
    board.addEventListener("scroll", () => {
      clearTimeout(wait);
      wait = setTimeout(() => {
        const at = lanes.reduce((best, l, n) => (Math.abs(l.getBoundingClientRect().left - 16) < Math.abs(lanes[best].getBoundingClientRect().left - 16) ? n : best), 0);
        select.value = at;
      }, 80);
    }, { passive: true });
    board.before(select);
  }

  window.kam.board = (from) => {
    const boards = $$("[data-board]", from);
    if (from.matches?.("[data-board]")) boards.push(from);
    boards.filter((b) => !b.dataset.live).forEach((board) => {
      board.dataset.live = "1";
      board.previousElementSibling?.matches(".k-lane-pick") && board.previousElementSibling.remove();
      picker(board);
      $$("[data-card] a", board).forEach((a) => { a.draggable = false; });  /* a card is mostly links: pulling one pulls the card */
      $$("[data-cards]", board).forEach((cards) => new Sortable(cards, {
        group: board.id || "board", draggable: "[data-move]", animation: 0, delay: 180, delayOnTouchOnly: true, sort: false,
        filter: "button", preventOnFilter: false, ghostClass: "k-ghost", chosenClass: "k-held", forceFallback: false,
        onStart: () => $$(".k-slot", board).forEach((s) => s.remove()),
        onEnd: ({ item, from: home, to, oldIndex }) => {
          if (home === to) return;
          move(item, to.closest("[data-lane]"), () => home.insertBefore(item, home.children[oldIndex] || null));
        },
      }));
    });
  };
})();
