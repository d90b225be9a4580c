/* The builders of forms and flows: the preview follows what is typed, and what is wrong is said
   beside its part; choosing another kind brings its inputs. Without it the buttons do the same. */
(function () {
  "use strict";
  const form = document.querySelector("form[data-build]");
  if (!form) return;
  const place = form.querySelector("[data-preview-place]");
  let timer, asked = 0;
  async function refresh() {
    const mine = ++asked;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (!answer?.ok || answer.redirected || mine !== asked) return;
    place.innerHTML = await answer.text();
    tell();
  }
  function tell() {
    const told = new Map([...place.querySelectorAll("template[data-told]")].map((t) => [t.dataset.told, t.innerHTML]));
    for (const part of form.querySelectorAll("[data-wrong]")) {
      const said = told.get(part.dataset.wrong) ?? "";
      if (part.innerHTML.trim() !== said.trim()) part.innerHTML = said;
    }
    for (const mark of form.querySelectorAll("[data-mark]")) mark.hidden = !told.has(mark.dataset.mark);
  }
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(refresh, 500); });
  form.addEventListener("change", (e) => {
    const wanted = e.target.dataset.resend;
    if (wanted === undefined || (wanted && wanted !== e.target.value)) return;
    form.requestSubmit();
  });
  /* The page comes back with what was pressed or chosen in focus, as if it had stayed. */
  const KEY = "kam:build";
  form.addEventListener("submit", (e) => {
    const at = e.submitter ?? document.activeElement;
    sessionStorage.setItem(KEY, JSON.stringify([at?.name ?? "", e.submitter ? at.value : ""]));
  });
  const [name, value] = JSON.parse(sessionStorage.getItem(KEY) ?? '["", ""]');
  sessionStorage.removeItem(KEY);
  if (name) [...form.elements].find((el) => el.name === name && (!value || el.value === value) && !el.hidden)?.focus({ preventScroll: true });
})();
