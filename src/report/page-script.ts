/**
 * The scripts of the report: buttons that open and close, links into closed parts, and the refresh of a live page. They
 * hold no data.
 */

/** Of every report. The page can be read in full without it. */
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

/** Of a live page: asks its own server for a newer page, and puts it in place with open parts left open. */
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
  for (const place of ["h1", "#state", "main"]) {
    const [old, now] = [document.querySelector(place), fresh.querySelector(place)];
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
    document.getElementById("state").textContent = "The server of this page has stopped";
  }
  setTimeout(refresh, 1500);
}
setTimeout(refresh, 500);`;
