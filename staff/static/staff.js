// Keys, the count of new rows, the seconds of an undo and the time until the lock. Every page works without this file.
"use strict";
(() => {
  const $ = (query, within = document) => within.querySelector(query);
  const links = () => [...document.querySelectorAll("#list a.open")];

  // The row under the hand: the one whose link has the focus, else the one that was left last.
  let row = null;
  const mark = (link) => {
    row?.removeAttribute("aria-current");
    row = link?.closest("tr") ?? null;
    row?.setAttribute("aria-current", "true");
  };
  document.addEventListener("focusin", (event) => {
    const link = event.target.closest?.("tr")?.querySelector("a.open");
    if (link) mark(link);
  });
  if (/^#r-[0-9a-f]{32}$/.test(location.hash)) $(`#list tr${location.hash} a.open`)?.focus();
  const step = (by) => {
    const all = links();
    const next = all[Math.min(all.length - 1, Math.max(0, all.findIndex((link) => link.closest("tr") === row) + by))];
    next?.focus();
  };
  const press = (key) => $(`[data-key="${key}"]`, $("#list") ? (row ?? document.createElement("p")) : document)?.click();

  // What a turn had no time for goes on by itself, as long as somebody looks at the page.
  const again = $("form[data-again]");
  if (again) setTimeout(() => document.visibilityState === "visible" && again.requestSubmit(), 400);

  // On a narrow screen the menu is one line that scrolls: where one is stands in it.
  const menu = $("nav .menu");
  const current = $("nav .menu [aria-current]");
  if (menu && current) menu.scrollLeft = current.offsetLeft - menu.offsetLeft - (menu.clientWidth - current.offsetWidth) / 2;

  const go = (path) => $(`nav a[href="${path}"]`)?.click();

  // A request's three verbs: on its own page by the page's own controls, in a list for the row under the hand.
  const request = () => /^\/inbox\/([0-9a-f]{32})$/.exec(row?.querySelector("a.open")?.getAttribute("href") ?? "")?.[1];
  const begin = () => {
    const chosen = $("#list") ? null : $('[data-key="n"]');
    if (chosen) return chosen.click();
    const id = request();
    if (id || $('nav a[href="/cases"]')) location.assign(id ? `/cases/new?request=${id}` : "/cases/new");
  };
  const add = () => {
    const id = request();
    if ($("#add")) $("#add").focus();
    else if (id) location.assign(`/inbox/${id}#add`);
  };
  const aside = () => {
    const box = row?.querySelector("input[name=row]");
    if (box) return box.click();
    const form = $('form[action$="/set-aside"]');
    const details = form?.closest("details");
    if (details) details.open = true;
    form?.querySelector("input[type=radio]")?.focus();
  };

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    t: () => press("t"),
    z: () => press("z"),
    d: () => press("d"),
    u: () => press("u"),
    s: () => $("#list") && press("s"), // a case saves by its own script
    r: () => press("r"),
    v: () => $("#new:not([hidden])")?.click(),
    n: () => begin(),
    a: () => add(),
    x: () => aside(),
    g: () => go("/today"),
    i: () => go("/inbox"),
    c: () => go("/cases"),
    m: () => go("/queue"),
    l: () => $("#lock")?.requestSubmit(),
    "/": () => $("#search")?.focus(),
    "?": () => $("nav a[href$='/keys']")?.click(),
  };
  const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target)) event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key !== "j" && event.key !== "k") return;
    const act = KEYS[event.key];
    if (!act || typing(event.target)) return;
    event.preventDefault();
    act();
  });

  // An undo lasts ten seconds; the server gives two more for the way.
  for (const button of document.querySelectorAll(".undo")) {
    setTimeout(() => button.dataset.after ? button.replaceChildren(button.dataset.after) : button.remove(), 10000);
  }

  // A locked session leaves no words on the screen.
  const leave = () => {
    document.dispatchEvent(new Event("utvag-locking"));
    location.replace("/login");
  };
  const left = $("#left");
  let ends = Date.now() + 1000 * Number(left?.dataset.seconds ?? 900);
  const tick = () => {
    const seconds = Math.round((ends - Date.now()) / 1000);
    if (seconds <= 0) return leave();
    left.textContent = seconds < 60 ? `Låses om ${seconds} s` : `Låses om ${Math.floor(seconds / 60)} min`;
  };
  if (left) setInterval(tick, 1000);
  // A draft that was kept is use: the page then knows how much longer it stays open.
  document.addEventListener("utvag-left", (event) => { ends = Date.now() + 1000 * event.detail; });

  // A page that nobody sees for a set time locks by itself, unless another page of this app is seen meanwhile.
  const patience = 1000 * Number(left?.dataset.hidden ?? 0);
  const others = patience && "BroadcastChannel" in window ? new BroadcastChannel("utvag") : null;
  let hiddenSince = 0;
  let waiting = 0;
  const lock = () => {
    document.dispatchEvent(new Event("utvag-locking"));
    $("#lock")?.requestSubmit();
  };
  const wait = () => {
    hiddenSince = Date.now();
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      others?.postMessage("seen?");
      waiting = setTimeout(lock, 2000); // time for an answer
    }, patience);
  };
  others?.addEventListener("message", (event) => {
    if (event.data === "seen?" && !document.hidden) others.postMessage("seen");
    if (event.data === "seen" && document.hidden) wait();
  });
  if (patience) {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return wait();
      clearTimeout(waiting);
      others?.postMessage("seen");
      if (hiddenSince && Date.now() - hiddenSince > patience + 2000) lock(); // timers may sleep while nobody looks
    });
    if (document.hidden) wait();
  }

  // The reply: how much room is left, counted as it will be sealed, and ready phrases without a turn to the server.
  const text = $("#text");
  const room = $("#room");
  const count = () => {
    const used = new TextEncoder().encode(JSON.stringify(text.value)).length - 2;
    const over = used - Number(text.dataset.limit);
    const said = over > 0 ? room.dataset.over : room.dataset.left;
    room.textContent = said.replace("{n}", String(over > 0 ? Math.ceil(over * text.value.length / used) : -over));
    room.classList.toggle("warn", over > 0);
  };
  text?.addEventListener("input", count);
  if (text?.value) count();
  for (const button of document.querySelectorAll("[data-phrase]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const typed = text.value.trimEnd();
      text.value = typed ? `${typed}\n\n${button.dataset.phrase}` : button.dataset.phrase;
      text.dispatchEvent(new Event("input", { bubbles: true })); // counted, and kept as a draft
      text.focus();
    });
  }

  // What is ticked in the list is counted on the button that sets it aside.
  const ticks = () => [...document.querySelectorAll("#list input[name=row]")];
  const chosen = $("#chosen");
  const tally = () => {
    const count = ticks().filter((box) => box.checked).length;
    chosen.textContent = count ? String(count) : "";
  };
  if (chosen) {
    $("#list")?.addEventListener("change", tally);
    tally();
  }

  // What one answer had no time for goes on by itself; without this script its button does it.
  $("form[data-on]")?.requestSubmit();

  const fresh = $("#new");
  const ask = async () => {
    if (document.hidden) return;
    const answer = await fetch(fresh.dataset.url, { credentials: "same-origin" });
    if (answer.status === 401) return leave();
    if (!answer.ok) return;
    const { new: count, left: seconds } = await answer.json();
    ends = Date.now() + 1000 * seconds;
    fresh.hidden = count === 0;
    $("b", fresh).textContent = count;
  };
  if (fresh) setInterval(() => ask().catch(() => {}), 5000);
})();
