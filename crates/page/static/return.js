// The return: the receipt is typed, never sent; answers that were verified are shown, and nothing else.
const form = find("#return");
const opened = find("#opened");
let engine = null;
let busy = false;

const lists = list ? [list, ...Object.keys(hashes).filter((path) => path.startsWith("/words-") && path !== list)]
  : Object.keys(hashes).filter((path) => path.startsWith("/words-"));

// One thing at a time, with its progress below the button that was pressed.
let asked = "";
const wait = find("#wait");
function post(message, button) {
  if (busy) return;
  busy = true;
  asked = message.call;
  buttons().forEach((one) => one.setAttribute("aria-disabled", "true"));
  button.after(wait);
  find("#state").textContent = "";
  wait.hidden = false;
  engine ??= new Engine("/back.js", "/back-twin.js", heard);
  engine.post({ module: "back", ...message });
}
const buttons = () => all("button[type=submit], #older");
const pressed = (event) => find(".go", event.target);
unsaved = () => busy || find("#more").value !== "";

form.addEventListener("submit", (event) => {
  event.preventDefault();
  find("#return-error").hidden = true;
  const code = find("#code").value.toLowerCase().replaceAll(/[\s.-]/g, "");
  const day = find("#day").value;
  // One without the other leads to no leaf, and the page would say nothing of the log.
  if ((code !== "" || day !== "") && !(/^[0-9a-f]{16}$/.test(code) && day !== "")) { complain(say("return-wrong")); return; }
  post({ call: "open", typed: find("#receipt").value, lists, day, code }, pressed(event));
});

const FAULTS = { 10: "return-count", 11: "return-unknown", 12: "return-check", 21: "return-count", 22: "return-row" };

function complain(sentence) {
  const error = find(opened.hidden ? "#return-error" : asked === "withdraw" ? "#withdraw-error" : "#more-error");
  error.textContent = sentence;
  error.hidden = false;
  error.focus();
}

function heard(data) {
  if (data.step) { progress(data, find("#state"), find("progress")); return; }
  // What becomes of the log comes behind it.
  if (data.opened) { draw(data.opened); find("#log").before(wait); return; }
  busy = false;
  wait.hidden = true;
  buttons().forEach((one) => one.removeAttribute("aria-disabled"));
  if ("log" in data) { engine.message.typed = ""; drawLog(data.log); return; }
  if (data.added) {
    find("#more").value = "";
    find("#more-sent").hidden = false;
    find("#more-sent").focus();
    return;
  }
  if (data.withdrawn) { engine.end(); opened.hidden = true; find("#answers").replaceChildren(); find("#more").value = ""; find("#withdrawn").hidden = false; headTo(find("#withdrawn")); return; }
  // A worker that opened the receipt is kept, since it alone has it.
  if (data.failed === "hung") { if (opened.hidden) engine.end(); else engine.stop(); }
  if (engine.gone || (data.failed === "hung" && opened.hidden)) engine = null;
  const { failed, number, detail } = data;
  if (failed === "fault" && opened.hidden) complain(say(FAULTS[number] ?? "return-wrong") + (number === 11 || number === 22 ? ` ${detail.join(", ")}` : ""));
  else complain(say({ engine: "no-engine", keys: "keys-failed", offline: "return-offline" }[failed]
    ?? { withdraw: "withdraw-failed", more: "failed-text" }[asked] ?? "busy"));
}

const LOG = { in: "log-in", "not-yet": "log-not-yet", missing: "log-missing", receipt: "log-in-receipt", nothing: "log-nothing" };

function drawLog(log) {
  opened.setAttribute("aria-busy", "false");
  find("#log").hidden = log === null;
  if (log !== null) find("#log-state").textContent = say(LOG[log]);
}

function draw({ texts, refused, unchecked, older, fates }) {
  form.hidden = true;
  opened.hidden = false;
  find("#receipt").value = "";
  opened.setAttribute("aria-busy", "true");
  find("#log").hidden = true;
  find("#answers-refused").hidden = !refused;
  find("#older").hidden = !older;
  find("#fates").hidden = fates.length === 0;
  find("#fates ul").replaceChildren(...fates.map(([day, fate]) => {
    const item = document.createElement("li");
    item.textContent = `${day}: ${say(`fate-${fate <= 5 ? fate : 0}`)}`;
    return item;
  }));
  find("#answers-unchecked").hidden = !unchecked;
  find("#answers-keys").hidden = Boolean(unchecked);
  find("#answers-none").hidden = texts.length > 0 || Boolean(unchecked);
  find("#answers").replaceChildren(...texts.map((one) => {
    const item = document.createElement("li");
    item.dir = "auto";
    item.textContent = one;
    return item;
  }));
  headTo(opened);
}

find("#older").addEventListener("click", () => post({ call: "older" }, find("#older")));
find("#more-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const written = find("#more").value.trim();
  find("#more-error").hidden = true;
  find("#more-sent").hidden = true;
  if (written === "" || busy) return;
  if (utf8Length(written) > 65536) { asked = "more"; complain(say("text-long")); return; }
  const sent = { kind: "follow-up", language: document.documentElement.lang, answers: [["what-happened", written]], contact: "" };
  post({ call: "more", form: sent }, pressed(event));
});
find("#withdraw-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (busy) return;
  find("#withdraw-error").hidden = true;
  if (find("#withdraw-sure").checked) post({ call: "withdraw" }, pressed(event));
  else { asked = "withdraw"; complain(say("withdraw-tick")); }
});
window.addEventListener("vouchsafe-exit", () => engine?.end());

if (window.isSecureContext && crypto.subtle && typeof Worker === "function") form.hidden = false;
else { find("#broken").hidden = false; headTo(find("#broken")); }
