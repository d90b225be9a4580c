/* Sets the theme before the first paint: what was chosen here, else what the system asks for. */
(function () {
  "use strict";
  let chosen = null;
  try { chosen = localStorage.getItem("kam-theme"); } catch { /* storage may be forbidden */ }
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
})();
