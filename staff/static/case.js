// The case page: drafts that save themselves, steps through the history. Every page works without this file.
"use strict";
(() => {
  const $ = (query, within = document) => within.querySelector(query);
  const sheet = $("form.sheet");

  // What was refused is read first. After the load, since going to a fragment takes the focus away.
  const begin = () => {
    const refused = sheet && $(".note.bad", sheet);
    if (refused) refused.focus();
    else if (location.hash === "#write") $("textarea, input:not([type=hidden]), select", sheet ?? document)?.focus({ preventScroll: true });
  };
  addEventListener("load", () => requestAnimationFrame(begin));

  // j and k step through the history, as through the rows of a list; s saves; n is for a note, as staff.js has it.
  const events = [...document.querySelectorAll(".event")];
  let at = -1;
  const step = (by) => {
    if (!events.length) return;
    at = Math.min(events.length - 1, Math.max(0, at + by));
    events[at].focus();
    events[at].scrollIntoView({ block: "nearest" });
  };
  const typing = (target) => target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select") !== null;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target.closest("form.sheet")) return sheet.requestSubmit();
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const act = {
      j: () => step(1),
      k: () => step(-1),
      f: () => $('[data-key="f"]')?.click(),
      s: () => sheet?.requestSubmit($(".main", sheet)),
      Enter: () => document.activeElement === events[at] && $("summary, .ask", events[at])?.click(),
    }[event.key];
    if (!act || (event.key === "Enter" && document.activeElement !== events[at])) return;
    event.preventDefault();
    act();
  });
})();
