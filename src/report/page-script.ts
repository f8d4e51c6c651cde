/** The scripts of the report: buttons, links into closed folds, the refresh of a live page. They contain no data. */

/** For every report. Without it, the page can still be read in full. */
export const pageScript: string = `"use strict";
function openTo(target) {
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
}
function goToHash() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && document.getElementById(id);
  if (!target) return;
  openTo(target);
  target.scrollIntoView();
}
function showButtons() {
  for (const buttons of document.querySelectorAll(".buttons")) buttons.hidden = false;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-open], button[data-close]");
  if (button) {
    const opens = "open" in button.dataset;
    const section = document.getElementById(opens ? button.dataset.open : button.dataset.close);
    for (const part of section.querySelectorAll(":scope > details")) part.open = opens;
  }
  const link = event.target.closest('a[href^="#"]');
  if (link && link.hash === location.hash) goToHash();
});
addEventListener("hashchange", goToHash);
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("section > details")) part.open = true;
});
showButtons();
goToHash();`;

/** For a live page: fetches a newer page from its own server and replaces the content. Open folds stay open. */
export const liveScript: string = `let tag = "";
function put(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const part of fresh.querySelectorAll("details[id]")) {
    const old = document.getElementById(part.id);
    if (old) part.open = old.open;
  }
  const focused = document.activeElement;
  const holder = focused && focused.closest("details[id]");
  const wasSummary = focused && focused.tagName === "SUMMARY";
  document.title = fresh.title;
  for (const selector of ["h1", "#state", "main"]) {
    const [old, now] = [document.querySelector(selector), fresh.querySelector(selector)];
    if (old && now && old.outerHTML !== now.outerHTML) old.replaceWith(document.adoptNode(now));
  }
  if (wasSummary && holder) {
    const again = document.getElementById(holder.id);
    if (again) again.querySelector("summary").focus({ preventScroll: true });
  }
  showButtons();
}
async function refresh() {
  try {
    if (!document.hidden) {
      const answer = await fetch("/", { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
      if (answer.status === 200) {
        if (tag !== answer.headers.get("ETag")) put(await answer.text());
        tag = answer.headers.get("ETag") || "";
      }
    }
  } catch {
    const state = document.getElementById("state");
    state.textContent = "The server of this page has stopped";
    state.className = "state bad";
    // When the server is back, even an unchanged page replaces this state.
    tag = "";
  }
  setTimeout(refresh, 1500);
}
setTimeout(refresh, 500);`;
