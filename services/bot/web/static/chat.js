// The chat page: one front end of the chat's API. Lines come by a stream, messages go out once, whatever the network does.

const words = JSON.parse(document.body.dataset.words);
const lines = document.getElementById("lines");
const text = document.getElementById("text");
const notice = document.getElementById("notice");
const seen = new Map();
let after = 0;
let token = localStorage.getItem("fengqiao.token");
let flushing = false;

const unsent = {
  all: () => JSON.parse(localStorage.getItem("fengqiao.unsent") || "[]"),
  keep: (messages) => localStorage.setItem("fengqiao.unsent", JSON.stringify(messages)),
  add: (message) => unsent.keep([...unsent.all(), message]),
  drop: (id) => unsent.keep(unsent.all().filter((message) => message.id !== id)),
};

function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function say(sentence, bad = false) {
  notice.textContent = sentence || "";
  notice.hidden = !sentence;
  notice.classList.toggle("bad", bad);
}

async function call(path, options = {}) {
  const headers = { ...(options.headers || {}), "Accept-Language": document.documentElement.lang };
  if (token) headers.Authorization = `Bearer ${token}`;
  return fetch(`/bot/chat/${path}`, { ...options, headers });
}

// ── what is shown ───────────────────────────────────────────────────────────

function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

const NUMBER = /\b([0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2})\b/;

function bubble(words_) {
  const made = element("div", "bubble");
  words_.split(NUMBER).forEach((part, place) => {
    if (place % 2 === 0) { made.append(part); return; }
    const number = element("button", "number", part);
    number.type = "button";
    number.title = words.copy;
    number.addEventListener("click", async () => { await navigator.clipboard?.writeText(part); say(words.copied); setTimeout(say, 2000); });
    made.append(number);
  });
  return made;
}

function choiceButton(choice) {
  const plain = choice.id.split("#").pop();
  const made = element("button", ["back", "cancel", "menu"].includes(plain) ? "way" : "", choice.label);
  made.type = "button";
  made.addEventListener("click", () => {
    made.parentElement.querySelectorAll("button").forEach((button) => { button.disabled = true; });
    setTimeout(() => made.parentElement?.querySelectorAll("button").forEach((button) => { button.disabled = false; }), 1500);
    send({ choice: choice.id }, choice.label);
    if (choice.id.startsWith("language:")) setTimeout(() => document.getElementById("language").click(), 400);
  });
  return made;
}

async function picture(attachment, box) {
  const answer = await call(`files/${attachment.sha256}`);
  if (!answer.ok) return;
  const image = element("img");
  image.alt = attachment.name;
  image.src = URL.createObjectURL(await answer.blob());
  box.replaceChildren(image);
}

function attachmentBox(attachment) {
  const box = element("div", "file", attachment.name);
  if (/^image\/(jpeg|png|webp|gif)$/.test(attachment.media_type)) picture(attachment, box);
  return box;
}

function show(line) {
  if (seen.has(line.seq)) return;
  after = Math.max(after, line.seq);
  if (line.id) document.getElementById(`m-${line.id}`)?.remove();
  const item = element("li", line.from);
  if (line.from === "caseworker") item.append(element("span", "by", line.by || words.caseworker));
  const said = bubble(line.text);
  line.attachments.forEach((attachment) => said.append(attachmentBox(attachment)));
  if (line.text || line.attachments.length) item.append(said);
  if (line.from === "me") item.append(element("span", "mark", words.stored));
  if (line.choices.length) {
    const box = element("div", "choices");
    line.choices.forEach((choice) => box.append(choiceButton(choice)));
    item.append(box);
  }
  seen.set(line.seq, { line, item });
  lines.insertBefore(item, [...lines.children].find((child) => child.dataset.pending) || null);
  text.inputMode = line.ask === "contact" ? "tel" : "text";
  tidyChoices();
  item.scrollIntoView({ block: "end" });
}

// Buttons of the question at hand stay below the last line; those about a case stay where they are.
function tidyChoices() {
  const last = Math.max(...[...seen.values()].filter(({ line }) => line.from === "bot").map(({ line }) => line.seq), 0);
  seen.forEach(({ line, item }) => {
    const box = item.querySelector(".choices");
    if (box) box.hidden = line.seq !== last && line.choices.every((choice) => choice.id.includes("#"));
    if (box && line.seq !== last) box.querySelectorAll("button").forEach((button, place) => { button.hidden = line.choices[place].id.includes("#"); });
  });
}

function showPending(id, label) {
  const item = element("li", "me");
  item.id = `m-${id}`;
  item.dataset.pending = "1";
  item.append(bubble(label), element("span", "mark", words.sending));
  lines.append(item);
  item.scrollIntoView({ block: "end" });
  return item;
}

function mark(id, sentence, failed = false) {
  const place = document.querySelector(`#m-${id} .mark`);
  if (!place) return;
  place.textContent = sentence;
  place.classList.toggle("failed", failed);
  if (failed) place.scrollIntoView({ block: "end" });
}

// ── what is sent ────────────────────────────────────────────────────────────

function send(content, label) {
  const message = { id: newId(), ...content };
  showPending(message.id, label);
  unsent.add({ ...message, label });
  flush();
}

async function flush() {
  if (flushing || !token) return;
  flushing = true;
  try {
    for (let message = unsent.all()[0]; message; message = unsent.all()[0]) {
      if (!(await post(message))) break;
      unsent.drop(message.id);
    }
  } finally { flushing = false; }
}

async function post({ label, ...message }) {
  let answer;
  try {
    answer = await call("messages", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) });
  } catch {
    mark(message.id, words.kept, true);
    setTimeout(flush, 3000);
    return false;
  }
  if (answer.ok) { mark(message.id, words.stored); return true; }
  if (answer.status >= 500 || answer.status === 429) { mark(message.id, words.kept, true); setTimeout(flush, 3000); return false; }
  if (answer.status === 401) { startAnew(); return false; }
  document.getElementById(`m-${message.id}`)?.remove();
  if (message.text && !text.value) text.value = message.text.slice(0, text.maxLength);
  say(await reason(answer), true);
  setTimeout(say, 8000);
  return true;
}

async function reason(answer) {
  try { return (await answer.json()).detail; } catch { return words.refused; }
}

async function sendFiles(chosen) {
  const limit = Number(document.body.dataset.uploadMb);
  const id = newId();
  const label = chosen.map((file) => file.name).join("\n");
  showPending(id, label);
  if (chosen.some((file) => file.size > limit * 1024 * 1024)) { mark(id, words.large.replace("{limit}", limit), true); return; }
  const form = new FormData();
  form.append("id", id);
  chosen.forEach((file) => form.append("file", file, file.name));
  for (let pause = 1000; ; pause = Math.min(pause * 2, 15000)) {
    try {
      const answer = await call("messages", { method: "POST", body: form });
      if (answer.ok) { mark(id, words.stored); return; }
      if (answer.status < 500 && answer.status !== 429) { mark(id, await reason(answer), true); return; }
    } catch { /* the network is away */ }
    mark(id, words.kept, true);
    await new Promise((done) => setTimeout(done, pause));
  }
}

// ── what comes ──────────────────────────────────────────────────────────────

async function begin() {
  if (token) return;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const answer = await call("sessions", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ language: document.body.dataset.language, zone }),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  ({ token } = await answer.json());
  localStorage.setItem("fengqiao.token", token);
}

function startAnew() {
  localStorage.removeItem("fengqiao.token");
  localStorage.removeItem("fengqiao.unsent");
  location.reload();
}

async function listen() {
  for (let pause = 500; ; pause = Math.min(pause * 2, 10000)) {
    try {
      await begin();
      const answer = await call("stream", { headers: { "Last-Event-ID": String(after) } });
      if (answer.status === 401) { startAnew(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      say("");
      pause = 500;
      flush();
      await read(answer.body.getReader());
    } catch { say(words.offline); }
    await new Promise((done) => setTimeout(done, pause));
  }
}

async function read(reader) {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    const events = rest.split("\n\n");
    rest = events.pop();
    events.forEach((event) => {
      const data = event.split("\n").find((row) => row.startsWith("data: "));
      if (data) show(JSON.parse(data.slice(6)));
    });
  }
}

// ── the page ────────────────────────────────────────────────────────────────

document.getElementById("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const said = text.value;
  if (!said.trim()) return;
  text.value = "";
  text.style.height = "";
  send({ text: said }, said);
  text.focus();
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); document.getElementById("composer").requestSubmit(); }
});
text.addEventListener("input", () => { text.rows = Math.min(5, text.value.split("\n").length); });
document.getElementById("files").addEventListener("change", (event) => {
  const chosen = [...event.target.files];
  event.target.value = "";
  if (chosen.length) sendFiles(chosen);
});
document.getElementById("language").addEventListener("click", (event) => {
  event.preventDefault();
  send({ choice: `language:${event.target.value}` }, event.target.textContent);
  const chosen = document.createElement("input");
  Object.assign(chosen, { type: "hidden", name: "language", value: event.target.value });
  event.target.form.append(chosen);
  setTimeout(() => event.target.form.submit(), 400);
});
const bigger = document.getElementById("bigger");
function setBig(on) { document.body.classList.toggle("big", on); bigger.setAttribute("aria-pressed", String(on)); localStorage.setItem("fengqiao.big", on ? "1" : ""); }
bigger.addEventListener("click", () => setBig(!document.body.classList.contains("big")));
setBig(Boolean(localStorage.getItem("fengqiao.big")));
document.getElementById("key").addEventListener("click", () => window.prompt(words.key_hint, token || ""));
document.getElementById("restore").addEventListener("click", async () => {
  const key = (window.prompt(words.restore_hint) || "").trim();
  if (!key) return;
  const answer = await fetch("/bot/chat/messages", { headers: { Authorization: `Bearer ${key}` } });
  if (!answer.ok) { say(words.restore_wrong, true); setTimeout(say, 6000); return; }
  localStorage.setItem("fengqiao.token", key);
  localStorage.removeItem("fengqiao.unsent");
  location.reload();
});
document.getElementById("leave").addEventListener("click", () => { if (window.confirm(words.leave_sure)) startAnew(); });
window.addEventListener("online", flush);
window.addEventListener("storage", (event) => { if (event.key === "fengqiao.token" && event.newValue !== token) location.reload(); });
unsent.all().forEach((message) => showPending(message.id, message.label));
listen();
