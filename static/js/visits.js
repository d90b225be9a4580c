/* Visits on a phone.
     form[data-locate]       asks the device where one is and fills latitude, longitude, accuracy
     form[data-draft=key]    keeps what is typed on this device until it is saved
     [data-draft-clear=key]  the record is saved: what was kept is dropped
   Who logs out leaves nothing behind (app.js drops it and says kam:logout).
   Without it the place is typed, and nothing is kept. */
(function () {
  "use strict";
  const shelf = (() => { try { return window.localStorage; } catch { return null; } })();
  const nameOf = (key) => `kam-draft-${key}`;

  document.querySelectorAll("[data-draft-clear]").forEach((mark) => shelf?.removeItem(nameOf(mark.dataset.draftClear)));

  const draft = document.querySelector("form[data-draft]");
  if (draft && shelf) {
    const key = nameOf(draft.dataset.draft), said = draft.querySelector("[data-draft-said]");
    const say = (text, state) => { said.textContent = text; said.hidden = !text; said.dataset.s = state || ""; };
    const kept = (e) => e.name && !["csrfmiddlewaretoken", "version"].includes(e.name) && !["file", "submit", "button"].includes(e.type) && !/_FORMS$/.test(e.name);
    const read = () => [...draft.elements].filter(kept).map((e) => {
      if (e.type === "checkbox" || e.type === "radio") return [e.name, e.value, e.checked];
      if (e.multiple) return [e.name, [...e.selectedOptions].map((o) => [o.value, o.text])];
      return [e.name, e.value, e.tagName === "SELECT" ? (e.selectedOptions[0]?.text || "") : null];
    });
    const put = ([name, value, more]) => {
      const found = [...draft.elements].filter((e) => e.name === name);
      const tick = found.find((e) => (e.type === "checkbox" || e.type === "radio") && e.value === value);
      if (tick) { tick.checked = more; return; }
      const field = found[0];
      if (!field || field.type === "checkbox" || field.type === "radio") return;
      if (field.tagName !== "SELECT") { field.value = value; return; }
      const chosen = (Array.isArray(value) ? value : [[value, more]]).filter(([v]) => v);
      chosen.forEach(([v, text]) => {
        if (![...field.options].some((o) => o.value === v)) field.add(new Option(text, v));
        field.tomselect?.addOption({ id: v, text });
      });
      const values = chosen.map(([v]) => v);
      if (field.tomselect) field.tomselect.setValue(field.multiple ? values : values[0] || "", true);
      else [...field.options].forEach((o) => { o.selected = values.includes(o.value); });
    };
    let timer = 0, gone = false;
    document.addEventListener("kam:logout", () => { gone = true; clearTimeout(timer); timer = 0; });
    const keep = () => { if (gone) return; clearTimeout(timer); timer = 0; try { shelf.setItem(key, JSON.stringify(read())); } catch { return; } say(navigator.onLine ? draft.dataset.wordKept : draft.dataset.wordOffline, navigator.onLine ? "" : "watch"); };
    const later = () => { clearTimeout(timer); timer = setTimeout(keep, 400); };
    const held = shelf.getItem(key);
    if (held && !("bound" in draft.dataset)) {
      try { JSON.parse(held).forEach(put); say(draft.dataset.wordBack); } catch { shelf.removeItem(key); }
    }
    draft.addEventListener("input", later);
    draft.addEventListener("change", later);
    window.addEventListener("pagehide", () => { if (timer) keep(); });
    window.addEventListener("offline", () => { keep(); say(draft.dataset.wordOffline, "watch"); });
    window.addEventListener("online", () => say(draft.dataset.wordOnline, "good"));
    if (!navigator.onLine) say(draft.dataset.wordOffline, "watch");
    draft.addEventListener("submit", (e) => {
      keep();
      if (!navigator.onLine) { e.preventDefault(); say(draft.dataset.wordOffline, "watch"); said.scrollIntoView({ block: "center" }); }
    });
  }

  const form = document.querySelector("form[data-locate]");
  if (!form) return;
  const place = form.querySelector("[data-located]"), again = form.querySelector("[data-again]");
  const field = (name) => form.elements[name];
  const say = (word, state, more) => { place.textContent = form.dataset[word] + (more || ""); place.dataset.s = state; };
  const missing = (why) => {
    ["latitude", "longitude", "accuracy"].forEach((name) => { field(name).value = ""; });
    field("no_location").value = why;
    say(`word${why[0].toUpperCase()}${why.slice(1)}`, "watch");
    again.hidden = why === "unsupported";
    field("place").focus();
  };
  const ask = () => {
    if (!navigator.geolocation) { missing("unsupported"); return; }
    say("wordAsking", "");
    again.hidden = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        field("latitude").value = coords.latitude.toFixed(6);
        field("longitude").value = coords.longitude.toFixed(6);
        field("accuracy").value = Math.round(coords.accuracy);
        field("no_location").value = "";
        say("wordFound", "good", ` (±${Math.round(coords.accuracy)} m)`);
      },
      (error) => missing({ 1: "denied", 2: "unavailable", 3: "timeout" }[error.code] || "unavailable"),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  };
  again.addEventListener("click", ask);
  ask();
})();
