/* The form of a call shows only what belongs to its result.
     <form data-call> <input type=radio name=result> <div data-when="reached">
   Without it everything is shown, and what does not belong to the result is not read. */
(function () {
  "use strict";
  const form = document.querySelector("form[data-call]");
  if (!form) return;
  const choices = [...form.querySelectorAll("[name=result]")], parts = [...form.querySelectorAll("[data-when]")];
  const show = () => {
    const chosen = choices.find((one) => one.checked)?.value;
    parts.forEach((part) => { part.hidden = part.dataset.when !== chosen; });
  };
  choices.forEach((one) => one.addEventListener("change", show));
  addEventListener("pageshow", show);
  show();
})();
