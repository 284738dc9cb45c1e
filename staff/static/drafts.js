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

  // Each save has a turn, so that the app lets no older one take a newer one's place. The newest turn that is not yet
  // known to be kept stands in a cookie of the case or request, a number and no word of it: whoever comes back at once asks for
  // the page with it, and the app waits a moment for that save. It is set while typing: a page that is left may run its
  // pagehide later than the next page's request goes out.
  const page = crypto.getRandomValues(new Uint32Array(1))[0].toString(16);
  const form = sheet.elements.form ? sheet.elements.form.value : "reply";
  const path = sheet.dataset.draft.replace(/\/draft$/, "");
  const mark = (value, age) => {
    document.cookie = `draft=${value}; Path=${path}; Max-Age=${age}; SameSite=Strict; Secure`;
  };
  let turn = 0;
  sheet.addEventListener("formdata", ({ formData }) => formData.set("turn", `${page}.${turn}`));
  const begin = () => {
    changed = true;
    turn += 1;
    mark(`${form}.${page}.${turn}`, 60);
  };
  const WHOLE = 60000; // bytes; a browser sends no more than 64 KiB for a page that is gone
  let way = new AbortController();
  const keep = async () => {
    clearTimeout(timer);
    if (!changed) return;
    changed = false;
    const sent = turn;
    const { signal } = way;
    const body = new URLSearchParams(new FormData(sheet));
    try {
      const answer = await fetch(sheet.dataset.draft, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        redirect: "manual",
        keepalive: body.toString().length < WHOLE, // a save that is under way when the page is left goes on too
        signal,
      });
      if (!answer.ok) throw new Error("refused");
      if (sent === turn) mark("", 0);
      const { saved, left } = await answer.json();
      document.dispatchEvent(new CustomEvent("utvag-left", { detail: left }));
      say(saved ? `Utkast sparat ${saved}` : "Utkastet är för långt för att sparas");
    } catch {
      if (signal.aborted) return;
      begin();
      say("Utkastet kunde inte sparas. Försöker igen.");
      timer = setTimeout(keep, 3 * PAUSE); // a page that is gone has no timers; one that was only hidden tries again
    }
  };
  sheet.addEventListener("input", () => {
    if (changed) return;
    begin();
    timer = setTimeout(keep, PAUSE);
  });
  // What is sent is no draft any more: a save that is still under way must not bring it back. One that the browser can
  // no longer stop comes to an app that knows the sending's turn, which is later.
  sheet.addEventListener("submit", () => {
    changed = false;
    turn += 1;
    clearTimeout(timer);
    way.abort();
    way = new AbortController();
    mark("", 0);
  });
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => document.hidden && keep());
  // Before the page's lock runs out, what is typed goes first.
  document.addEventListener("utvag-locking", keep);
})();
