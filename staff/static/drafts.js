// What is being written is kept as a draft, for its writer alone. Every page works without this file.
"use strict";
(() => {
  const sheet = document.querySelector("form[data-draft]");
  if (!sheet) return;

  // A draft is sent a few seconds after a change, however long one types, and at once when the page is left or hidden.
  const PAUSE = 3000;
  let timer = 0;
  let changed = false;
  const kept = sheet.querySelector(".kept");
  const say = (words) => { if (kept) kept.textContent = words; };
  const keep = async (leaving) => {
    clearTimeout(timer);
    if (!changed) return;
    changed = false;
    try {
      const answer = await fetch(sheet.dataset.draft, {
        method: "POST",
        body: new URLSearchParams(new FormData(sheet)),
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        redirect: "manual",
        keepalive: leaving,
      });
      if (!answer.ok) throw new Error("refused");
      const { saved, left } = await answer.json();
      document.dispatchEvent(new CustomEvent("utvag-left", { detail: left }));
      say(saved ? `Utkast sparat ${saved}` : "Utkastet är för långt för att sparas");
    } catch {
      changed = true;
      say("Utkastet kunde inte sparas. Försöker igen.");
      if (!leaving) timer = setTimeout(() => keep(false), 3 * PAUSE);
    }
  };
  sheet.addEventListener("input", () => {
    if (!changed) timer = setTimeout(() => keep(false), PAUSE);
    changed = true;
  });
  sheet.addEventListener("submit", () => {
    changed = false;
    clearTimeout(timer);
  });
  addEventListener("pagehide", () => keep(true));
  document.addEventListener("visibilitychange", () => document.hidden && keep(true));
  // Before the page's lock runs out, what is typed goes first.
  document.addEventListener("utvag-locking", () => keep(true));
})();
