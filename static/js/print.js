/* button[data-print] prints the page. */
document.addEventListener("click", (e) => { if (e.target.closest("[data-print]")) window.print(); });
const offer = () => document.querySelectorAll("[data-print]").forEach((b) => { b.hidden = false; });
document.addEventListener("htmx:load", offer);
offer();
