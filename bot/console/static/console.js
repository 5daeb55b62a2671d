// The console works without this; it adds keys, lists that keep themselves up to date, and drafts that survive.
"use strict";

const EVERY = 5000;

function one(selector) {
  return document.querySelector(selector);
}

async function fetchLive(address) {
  const answer = await fetch(address, { headers: { "X-Live": "1" }, credentials: "same-origin" });
  if (answer.status === 401) {
    location.reload();
    return null;
  }
  return answer.ok ? answer : null;
}

function keepAsking(ask) {
  const again = async () => {
    if (!document.hidden) {
      try {
        await ask();
      } catch {
        // The desk is away for a moment; the next question finds it again.
      }
    }
    setTimeout(again, EVERY);
  };
  setTimeout(again, EVERY);
}

// The work list.

function rows() {
  return [...document.querySelectorAll("[data-row]")];
}

let place = -1;

function move(step) {
  const all = rows();
  if (!all.length) return;
  place = Math.max(0, Math.min(all.length - 1, place + step));
  all.forEach((row, number) => row.classList.toggle("here-row", number === place));
  all[place].focus({ preventScroll: true });
  all[place].scrollIntoView({ block: "nearest" });
}

function showBulk() {
  const form = one("#bulk");
  if (form) form.classList.toggle("ready", Boolean(one("[name=reference]:checked")));
}

async function refreshRows(table) {
  const answer = await fetchLive(table.dataset.rows);
  if (!answer) return;
  const chosen = new Set([...document.querySelectorAll("[name=reference]:checked")].map((box) => box.value));
  const page = new DOMParser().parseFromString(trusted("<table>" + (await answer.text()) + "</table>"), "text/html");
  const body = page.querySelector("tbody");
  if (!body) return;
  one("#rows").replaceWith(document.adoptNode(body));
  document.querySelectorAll("[name=reference]").forEach((box) => (box.checked = chosen.has(box.value)));
  showBulk();
  const note = one("[data-fresh]");
  if (note) note.hidden = true;
}

// Only rows of our own page go through here, and they are escaped where they are made.
const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy("console-rows", { createHTML: (text) => text })
  : { createHTML: (text) => text };

function trusted(text) {
  return policy.createHTML(text);
}

function watchList(table) {
  let newest = one("#rows").dataset.newest;
  keepAsking(async () => {
    const answer = await fetchLive(table.dataset.live);
    const told = answer && (await answer.json());
    if (!told || told.newest === newest) return;
    newest = told.newest;
    const busy = one("[name=reference]:checked") || new URLSearchParams(location.search).has("after");
    if (busy) one("[data-fresh]").hidden = false;
    else await refreshRows(table);
  });
  const button = one("[data-refresh]");
  if (button) button.addEventListener("click", () => refreshRows(table));
  document.addEventListener("change", showBulk);
}

// A case.

function watchCase(head) {
  const others = one("[data-others]");
  keepAsking(async () => {
    const answer = await fetchLive(head.dataset.case);
    const told = answer && (await answer.json());
    if (!told) return;
    others.hidden = !told.others.length;
    others.textContent = told.others.length ? others.dataset.text + " " + told.others.join(", ") : "";
    one("[data-fresh]").hidden = told.mark === head.dataset.mark;
  });
}

function keepDrafts() {
  document.querySelectorAll("form[data-keep]").forEach((form) => {
    const field = form.querySelector("textarea[name=words]");
    const name = "draft " + form.dataset.keep;
    if (!field) return;
    const kept = sessionStorage.getItem(name);
    if (kept && field.value === field.defaultValue) field.value = kept;
    field.addEventListener("input", () => sessionStorage.setItem(name, field.value));
    form.addEventListener("submit", () => sessionStorage.removeItem(name));
  });
}

// Keys.

document.addEventListener("keydown", (event) => {
  const inField = event.target.closest("input, select, textarea, [contenteditable]");
  if (event.key === "Escape" && inField) inField.blur();
  if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
  const table = one("table[data-live]");
  const row = event.target.closest("[data-row]");
  if (event.key === "/" && one("#q")) {
    event.preventDefault();
    one("#q").focus();
  } else if (event.key === "g" && !table) location.assign("/console/cases");
  else if (table && event.key === "j") move(1);
  else if (table && event.key === "k") move(-1);
  else if (row && event.key === "Enter" && event.target === row) row.querySelector(".row-link").click();
  else if (row && event.key === "x") {
    const box = row.querySelector("[name=reference]");
    if (box) {
      box.checked = !box.checked;
      showBulk();
    }
  }
});

const narrow = window.matchMedia("(max-width: 52rem)");
const menu = one(".menu");
if (menu) {
  menu.open = !narrow.matches;
  narrow.addEventListener("change", () => (menu.open = !narrow.matches));
}
const table = one("table[data-live]");
if (table) watchList(table);
const head = one("[data-case]");
if (head) watchCase(head);
keepDrafts();
