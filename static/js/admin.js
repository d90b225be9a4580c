/* The administration: pickers speak the reader's language and have a name for screen readers,
   scrolling regions are named after the page instead of in English. */
(() => {
  const named = (selection) => {
    const select = selection.closest(".select2-container")?.previousElementSibling;
    const label = select?.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    const name = label?.textContent.trim() || select?.getAttribute("aria-label") || select?.name;
    if (name && !selection.hasAttribute("aria-label")) selection.setAttribute("aria-label", name.replace(/\s*\*$/, ""));
  };
  const region = (box) => {
    const name = document.querySelector("h1")?.textContent.trim() || document.title;
    if (box.getAttribute("aria-label") !== name) box.setAttribute("aria-label", name);
  };
  const look = (root) => {
    root.querySelectorAll?.(".select2-selection, .select2-selection__rendered[role]").forEach(named);
    root.querySelectorAll?.(".simplebar-content-wrapper").forEach(region);
  };
  // Runs before the theme's own handlers: this file stands above jQuery in the page.
  document.addEventListener("DOMContentLoaded", () => {
    const amd = window.django?.jQuery?.fn.select2?.amd;
    if (amd) amd.define("select2/i18n/zh-hans", ["select2/i18n/zh-CN"], (words) => words);
    look(document);
    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => {
      if (node.nodeType === 1) look(node.parentElement || node);
    }))).observe(document.body, { childList: true, subtree: true });
  });
})();
