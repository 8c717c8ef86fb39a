// The report: one question a page, files, review, sending, receipt. All state is in the form itself and in this page's life.
const form = find("#report");
const steps = all("[data-step]", form);
const chosen = new Map();
const MAX_FILES = 20;
const MAX_FILE_BYTES = 4294967296 - 16;
const MAX_ANSWER_BYTES = 65536;
let at = 0;
// `writing`, `sending`, `failed`, `received`, `done`: nothing is sent twice, and the way back ends where sending begins.
let phase = "writing";
let engine = null;
let cleaner = null;
let lastFile = 0;

const kind = () => find("[name=kind]:checked", form)?.value ?? "";
const asked = (step) => !step.dataset.kinds || step.dataset.kinds.split(" ").includes(kind());

unsaved = () => phase !== "done" && (at > 0 || form.hidden);
// The way to another language leads out of the report: from its second step on it is not there.
const frame = () => { find("header a").hidden = unsaved(); };

function show(index, push) {
  at = index;
  frame();
  steps.forEach((step, other) => { step.hidden = other !== index; });
  if (push) history.pushState({ at: index }, "");
  if (steps[index].id === "step-review") review();
  headTo(steps[index]);
}
function neighbor(from, way) {
  let index = from + way;
  while (index >= 0 && index < steps.length && !asked(steps[index])) index += way;
  return index;
}

function wrong(step) {
  const error = find(".error", step);
  if (!error) return null;
  const field = find("input, textarea", step);
  const limit = Number(step.dataset.limit ?? MAX_ANSWER_BYTES);
  const bad = field.type === "radio" ? kind() === "" : utf8Length(field.value) > limit;
  error.hidden = !bad;
  if (field.type !== "radio") field.setAttribute("aria-invalid", String(bad));
  return bad ? field : null;
}

// The page's own form never goes anywhere: a browser is told so by the policy, and nothing here submits it.
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (phase !== "writing") return;
  const field = wrong(steps[at]);
  if (field) { field.focus(); return; }
  const waits = steps[at].id === "step-files" && [...chosen.values()].find((one) => one.state === "working" || one.state === "refused");
  if (waits) {
    status.textContent = say(waits.state === "working" ? "file-working" : TROUBLES[waits.fault] ?? "file-refused");
    status.focus();
    return;
  }
  const next = neighbor(at, 1);
  if (steps[at].id === "step-review") send(); else show(next, true);
});
all("[data-back]", form).forEach((button) => button.addEventListener("click", () => history.back()));
window.addEventListener("popstate", (event) => {
  if (phase !== "writing") { history.pushState({ at }, ""); return; }
  leaveCover();
  show(event.state?.at ?? 0, false);
});

// --- Files

const status = find("#files-status");
const keep = () => find("#files-keep").checked;

// Whether a file of the last choice was one too many, or too long, and stays here: that is said until files are chosen or taken away.
let left = false;
const TROUBLES = { 61: "file-broken", offline: "return-offline" };
function draw() {
  const items = [...chosen.entries()].map(([id, one]) => {
    const item = document.createElement("li");
    const name = document.createElement("bdi");
    name.textContent = one.file.name;
    const state = document.createElement("p");
    state.textContent = say({ working: "file-working", clean: "file-clean", kept: "file-kept",
      refused: TROUBLES[one.fault] ?? "file-refused" }[one.state]);
    item.append(name, state);
    const add = (key) => {
      const sentence = document.createElement("p");
      sentence.textContent = say(key);
      item.append(sentence);
    };
    if (one.covered) add("file-covered");
    if (one.still === "") add("cover-not");
    const button = (key, press) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "second";
      made.textContent = say(key);
      made.setAttribute("aria-label", `${say(key)}: ${one.file.name}`);
      made.addEventListener("click", press);
      item.append(made);
    };
    if (one.still && one.state !== "working") button("cover", () => cover(id));
    if (one.fault === "offline" && one.state === "refused") button("try-again", () => clean(id));
    else if (one.state === "refused") button("file-anyway", () => { one.state = "kept"; one.blob = source(one); one.anyway = true; draw(); });
    button("file-remove", () => { chosen.delete(id); left = false; draw(); status.focus(); });
    return item;
  });
  find("#files-list").replaceChildren(...items);
  const sentence = left ? say("file-limit") : "";
  if (status.textContent !== sentence) status.textContent = sentence;
}

// What is cleaned and sent: a picture with boxes in place of its original, whose hash alone goes along.
const source = (one) => one.covered ?? one.file;

function clean(id) {
  const one = chosen.get(id);
  // A new picture with boxes has no details that could be kept.
  if (keep() && !one.covered) { Object.assign(one, { state: "kept", blob: one.file, cleaned: false }); draw(); return; }
  Object.assign(one, { state: "working", blob: null, cleaned: false });
  draw();
  waiting.push(id);
  feed();
}
// One file at a time goes to the cleaner.
const waiting = [];
let busy = null;
let cleaning = null;
function feed() {
  if (busy !== null || waiting.length === 0) return;
  busy = waiting.shift();
  const one = chosen.get(busy);
  if (!one || one.state !== "working") { busy = null; feed(); return; }
  cleaning = source(one);
  cleaner ??= new Engine("/clean.js", "/media-twin.js", (heard) => {
    if (heard.step) return;
    if (heard.failed === "hung") cleaner.end();
    if (heard.failed === "hung" || cleaner.gone) cleaner = null;
    const done = chosen.get(busy);
    busy = null;
    // An answer about the original is none about the picture that has boxes since.
    if (done && done.state === "working" && source(done) === cleaning) {
      if (heard.blob) Object.assign(done, { state: "clean", blob: heard.blob, cleaned: true });
      else Object.assign(done, { state: "refused", fault: heard.fault ?? heard.failed });
    }
    draw();
    feed();
  });
  cleaner.post({ id: busy, file: cleaning });
}
find("#files-input").addEventListener("change", (event) => {
  left = false;
  for (const file of event.target.files) {
    if (chosen.size >= MAX_FILES || file.size > MAX_FILE_BYTES) { left = true; continue; }
    lastFile += 1;
    const one = { file, state: "working", cleaned: false, covered: null, boxes: [] };
    chosen.set(lastFile, one);
    clean(lastFile);
    stillOf(file).then((type) => { one.still = type; draw(); }, () => {});
  }
  event.target.value = "";
  draw();
});
find("#files-keep").addEventListener("change", () => { for (const [id, one] of chosen) if (!one.anyway) clean(id); });

// --- Covers

// What a picture with boxes becomes, if it is one that every browser shows and that stands still; nothing is said of sound.
async function stillOf(file) {
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, 12).arrayBuffer()));
  if (head.startsWith("\xff\xd8\xff") || /^RIFF[^]{4}WEBP/.test(head)) return "image/jpeg";
  if (head.startsWith("\x89PNG")) return "image/png";
  return file.type.startsWith("audio/") ? null : "";
}

let script = null;
let covering = null;
function coverScript() {
  script ??= new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.crossOrigin = "anonymous";
    element.integrity = hashes["/cover.js"];
    element.src = policy ? policy.createScriptURL("/cover.js") : "/cover.js";
    element.onload = resolve;
    element.onerror = () => { script = null; element.remove(); reject(new TypeError("/cover.js")); };
    document.head.append(element);
  });
  return script;
}

async function cover(id) {
  const one = chosen.get(id);
  if (covering !== null) return;
  covering = "opening";
  const saved = ({ boxes, blob }) => {
    Object.assign(one, { boxes, covered: blob, anyway: false });
    clean(id);
    history.back();
  };
  let trouble = null;
  try {
    await coverScript();
    await openCover({ file: one.file, type: one.still, boxes: one.boxes, saved });
  } catch (error) {
    trouble = error instanceof TypeError ? "return-offline" : "cover-not";
  }
  covering = null;
  const there = chosen.get(id) === one && !form.hidden && steps[at].id === "step-files";
  if (trouble !== null && there) { status.textContent = say(trouble); status.focus(); }
  if (trouble === null && !there) closeCover();
  if (trouble !== null || !there) return;
  covering = "open";
  history.pushState({ at }, "");
  view("cover");
}
// The way back, of the phone or of the page, leads to the files; what was not saved is gone.
function leaveCover() {
  if (covering !== "open") return;
  covering = null;
  closeCover();
  view("report");
}
find("#cover-back").addEventListener("click", () => history.back());

// --- Review

const questions = () => all("[data-question]", form).filter((field) => asked(field.closest("[data-step]")));
const value = (field) => (field.type === "radio" ? find(`[name="${field.name}"]:checked`, form)?.value ?? "" : field.value.trim());
const shown = (field) => (field.type === "radio" ? find(`[name="${field.name}"]:checked`, form)?.parentElement.textContent ?? "" : field.value.trim());
const label = (field) => find(`#${field.dataset.label}`).textContent;

function review() {
  const rows = questions().map((field) => [label(field), shown(field), field.closest("[data-step]")]);
  rows.unshift([find("#kind-label").textContent, find("[name=kind]:checked", form).parentElement.textContent, steps[0]]);
  const names = [...chosen.values()].map((one) => one.file.name).join(", ");
  rows.push([find("#files-label").textContent, names, find("#step-files")]);
  const contact = find("#contact");
  if (contact) rows.push([find("#contact-title").textContent, contact.value.trim(), find("#step-contact")]);
  find("#review-list").replaceChildren(...rows.flatMap(([question, reply, step]) => {
    const term = document.createElement("dt");
    term.textContent = question;
    const description = document.createElement("dd");
    const written = document.createElement("bdi");
    written.textContent = reply || say("review-empty");
    const change = document.createElement("button");
    change.type = "button";
    change.className = "second";
    change.textContent = say("review-change");
    change.setAttribute("aria-label", `${say("review-change")}: ${question}`);
    change.addEventListener("click", () => show(steps.indexOf(step), true));
    description.append(written, change);
    return [term, description];
  }));
}

// --- Sending

const views = all("[data-view]");
function view(id) {
  form.hidden = id !== "report";
  views.forEach((one) => { one.hidden = one.id !== id; });
  frame();
  if (id !== "report") headTo(find(`#${id}`));
}

let message = null;
// Whether the promise may be under way.
let late = false;

function send() {
  if (phase !== "writing") return;
  phase = "sending";
  const answers = questions().map((field) => [field.dataset.question, value(field)]).filter(([, reply]) => reply !== "");
  // A file's name can tell when and with what it was made: of what was cleaned only its ending is kept.
  const files = [...chosen.values()].map(({ file, blob, cleaned, covered }, index) => {
    const { type } = covered ?? file;
    const ending = covered ? `.${type.slice(6)}` : (/\.\w{1,4}$/.exec(file.name) ?? [""])[0].toLowerCase();
    return { original: file, blob, cleaned, covered: covered !== null, name: cleaned ? `file-${index + 1}${ending}` : file.name, type };
  });
  const contact = find("#contact")?.value.trim() ?? "";
  const sent = { kind: kind(), language: document.documentElement.lang, answers, contact };
  message = { call: "send", module: "report", form: sent, files, list };
  late = false;
  begin();
}
function begin() {
  find("#sending-status").textContent = "";
  view("sending");
  engine ??= new Engine("/crypt.js", "/report-twin.js", heard);
  engine.post(message);
}

function failed(why) {
  phase = "failed";
  find("#failed-text").textContent = say(why);
  view("failed");
}
// Stopped by the person, or after long silence. Once the promise may be under way the same worker keeps the receipt for another try.
function halt() {
  if (phase !== "sending") return;
  if (late) engine.stop(); else { engine.end(); engine = null; }
  failed(late ? "cancel-late" : "cancelled");
}
find("#cancel").addEventListener("click", halt);

function heard(data) {
  if (data.received) { if (message) received(data.received); return; }
  if (phase !== "sending") return;
  if (data.step === "checked") { find("#sending-keys").hidden = false; return; }
  if (data.step) {
    if (data.step === "report" && data.part) late = true;
    progress(data, find("#sending-status"), find("#sending-bar"));
    return;
  }
  if (data.failed === "hung") { halt(); return; }
  if (engine.gone) engine = null;
  const promise = data.failed === "fault" && data.number >= 40 && data.number < 50;
  failed({ engine: "no-engine", keys: "keys-failed", offline: "return-offline", unclear: late && "cancel-late" }[data.failed]
    || (promise ? (data.number === 43 ? "failed-date" : "failed-promise") : "failed-text"));
}
find("#again").addEventListener("click", () => {
  if (phase !== "failed") return;
  phase = "sending";
  begin();
});
find("#change").addEventListener("click", () => {
  if (phase !== "failed") return;
  // A new worker makes a new receipt and new keys: what was changed is another report.
  engine?.end();
  engine = null;
  phase = "writing";
  view("report");
  show(steps.length - 1, false);
});

function received(data) {
  phase = "received";
  form.reset();
  chosen.clear();
  message = null;
  for (const id of ["#review-list", "#files-list"]) find(id).replaceChildren();
  const rows = data.shown.map((row) => {
    const item = document.createElement("li");
    item.textContent = row;
    return item;
  });
  const written = find("#receipt-shown");
  written.classList.toggle("digits", data.shown.length === 3);
  written.replaceChildren(...rows);
  find("#receipt-day").textContent = data.day;
  find("#receipt-code").textContent = data.code;
  find("#receipt-promise").textContent = data.promise;
  find("#done-day").textContent = data.by;
  // With what was sent, which each of them was given.
  for (const one of [engine, cleaner]) one?.end();
  engine = cleaner = null;
  view("receipt");
  drawCode(data.promise);
}
// The promise as a code for a camera, on the card. Without it the text says the same.
function drawCode(promise) {
  const drawer = new Engine("/card.js", "/card-twin.js", ({ side, path }) => {
    drawer.end();
    if (!path || phase !== "received") return;
    const svg = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);
    const [picture, squares] = [svg("svg"), svg("path")];
    picture.setAttribute("viewBox", `0 0 ${side} ${side}`);
    squares.setAttribute("d", path);
    picture.append(squares);
    find("#receipt-qr").replaceChildren(picture);
  });
  drawer.post({ text: promise });
}
find("#print").addEventListener("click", () => { find("#receipt details").open = true; window.print(); });
find("#written").addEventListener("click", () => {
  for (const id of ["#receipt-shown", "#receipt-code", "#receipt-qr", "#receipt-promise"]) find(id).replaceChildren();
  phase = "done";
  view("done");
});
window.addEventListener("vouchsafe-exit", () => { engine?.end(); cleaner?.end(); });

if (!window.isSecureContext || !crypto.subtle || typeof Worker !== "function") {
  failed("no-engine");
  phase = "done";
  all("#failed button").forEach((button) => { button.hidden = true; });
} else {
  history.replaceState({ at: 0 }, "");
  view("report");
  show(0, false);
}
