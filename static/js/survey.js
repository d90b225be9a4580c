/* survey.js: the page behind a survey link. Keeps what is entered while it is entered, and shows the
   questions that follow from an answer. Without it everything is asked at once and sent as a plain form. */
(function () {
  "use strict";
  const form = document.getElementById("survey"), said = document.getElementById("survey-saved");
  if (!form) return;
  const asked = [...form.querySelectorAll("[data-code]")];
  let timer = 0, sent = "";

  const show = (codes) => asked.forEach((one) => { one.hidden = !codes.includes(one.dataset.code); });
  show(asked.filter((one) => !("unasked" in one.dataset)).map((one) => one.dataset.code));

  async function keep() {
    const data = new FormData(form);
    data.set("do", "keep");
    const body = new URLSearchParams(data);
    if (body.toString() === sent) return;
    try {
      const answer = await fetch(location.href, { method: "POST", body, credentials: "same-origin" });
      if (!answer.ok) throw new Error(answer.status);
      const told = await answer.json();
      sent = body.toString();
      show(told.shown);
      said.textContent = `${form.dataset.wordSaved} ${told.at}`;
    } catch {
      said.textContent = form.dataset.wordFailed;
    }
  }

  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(keep, event.target.type === "radio" || event.target.type === "checkbox" ? 200 : 1200);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
})();
