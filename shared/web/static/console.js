// What pages can't do by themselves: keys, clocks that run, copying, asking before what can't be undone.
"use strict";

const typing = (target) => target.matches("input, textarea, select");
const list = () => [...document.querySelectorAll("[data-list] > *")];

function move(step) {
  const rows = list();
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains("here"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, now + step))];
  rows.forEach((row) => row.classList.toggle("here", row === next));
  next.scrollIntoView({ block: "nearest" });
  next.querySelector("a")?.focus({ preventScroll: true });
}

function press(key) {
  const target = document.querySelector(`[data-key="${key}"]`);
  if (!target) return false;
  if (typing(target)) target.focus();
  else target.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) {
    if (event.key === "Escape") event.target.blur?.();
    return;
  }
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "?") document.getElementById("keys")?.showModal();
  else if ("rt/".includes(event.key) && event.key.length === 1) { if (!press(event.key)) return; }
  else return;
  event.preventDefault();
});

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) await navigator.clipboard?.writeText(copy.dataset.copy);
  const more = event.target.closest("[data-more]");
  if (more) {
    const box = document.querySelector(more.dataset.more);
    const clone = box.lastElementChild.cloneNode(true);
    const legend = clone.querySelector("legend");
    legend.textContent = legend.textContent.replace(/\d+/, box.children.length + 1);
    clone.querySelectorAll("input").forEach((input) => { input.value = ""; });
    box.append(clone);
  }
  const sure = event.target.closest("[data-sure]");
  if (sure && !window.confirm(sure.dataset.sure)) event.preventDefault();
}, true);

// The newest words of a talk are in sight.
const showNewest = () => document.querySelectorAll(".bubbles").forEach((box) => { box.scrollTop = box.scrollHeight; });
document.addEventListener("DOMContentLoaded", showNewest);
document.addEventListener("htmx:after:swap", showNewest);
showNewest();
window.addEventListener("load", showNewest);

// Time left runs on, also while nothing else changes.
setInterval(() => {
  document.querySelectorAll("time.chip").forEach((chip) => {
    const left = new Date(chip.dateTime) - Date.now();
    const minutes = Math.floor(Math.abs(left) / 60000);
    if (minutes >= 48 * 60) return;
    const text = chip.childNodes[1];
    const shown = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")} `;
    if (text && text.nodeType === Node.TEXT_NODE && text.data !== shown) text.data = shown;
  });
}, 15000);

// What came while one looked is marked; nothing is moved under the pointer by the mark.
document.addEventListener("cases", (event) => {
  const number = event.detail?.data && JSON.parse(event.detail.data).number;
  if (number) setTimeout(() => document.getElementById(`row-${number}`)?.classList.add("fresh"), 600);
});
