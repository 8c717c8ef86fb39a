// The return: the receipt is typed, never sent; answers that were verified are shown, and nothing else.
const form = find("#return");
const opened = find("#opened");
let engine = null;
let busy = false;

const lists = list ? [list, ...Object.keys(hashes).filter((path) => path.startsWith("/words-") && path !== list)]
  : Object.keys(hashes).filter((path) => path.startsWith("/words-"));

function post(message) {
  if (busy) return;
  busy = true;
  all("button[type=submit]").forEach((button) => { button.setAttribute("aria-disabled", "true"); });
  engine ??= new Engine("/crypt.js", "/back-twin.js", heard);
  engine.post({ module: "back", ...message });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  find("#return-error").hidden = true;
  const code = find("#code").value.toLowerCase().replaceAll(/[\s.-]/g, "");
  const day = find("#day").value;
  // One without the other leads to no leaf, and the page would say nothing of the log.
  if ((code !== "" || day !== "") && !(/^[0-9a-f]{16}$/.test(code) && day !== "")) { complain(say("return-wrong")); return; }
  post({ call: "open", typed: find("#receipt").value, lists, day, code });
});

const FAULTS = { 10: "return-count", 11: "return-unknown", 12: "return-check", 21: "return-count", 22: "return-row" };

function complain(sentence) {
  const error = opened.hidden ? find("#return-error") : find("#more-error");
  error.textContent = sentence;
  error.hidden = false;
  error.focus();
}

function heard(data) {
  if (data.step) return;
  busy = false;
  all("button[type=submit]").forEach((button) => { button.removeAttribute("aria-disabled"); });
  if (data.opened) { draw(data.opened); return; }
  if ("log" in data) { drawLog(data.log); return; }
  if (data.added) {
    find("#more").value = "";
    find("#more-sent").hidden = false;
    find("#more-sent").focus();
    return;
  }
  if (data.withdrawn) { opened.hidden = true; find("#withdrawn").hidden = false; headTo(find("#withdrawn")); return; }
  if (data.failed === "fault" && FAULTS[data.number]) {
    const places = data.number === 11 || data.number === 22 ? ` ${data.detail.join(", ")}` : "";
    complain(say(FAULTS[data.number]) + places);
  } else if (data.failed === "engine") complain(say("no-engine"));
  else if (data.failed === "keys") complain(say("keys-failed"));
  else if (data.failed === "offline") complain(say("return-offline"));
  else if (opened.hidden) complain(say("return-wrong"));
  else complain(say("failed-text"));
}

const LOG = { in: "log-in", "not-yet": "log-not-yet", missing: "log-missing", receipt: "log-in-receipt", nothing: "log-nothing" };

function drawLog(log) {
  opened.setAttribute("aria-busy", "false");
  find("#log").hidden = log === null;
  if (log !== null) find("#log-state").textContent = say(LOG[log]);
}

function draw({ texts, refused, unchecked }) {
  form.hidden = true;
  opened.hidden = false;
  find("#receipt").value = "";
  opened.setAttribute("aria-busy", "true");
  find("#log").hidden = true;
  find("#answers-refused").hidden = refused === 0;
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

find("#more-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const written = find("#more").value.trim();
  find("#more-error").hidden = true;
  find("#more-sent").hidden = true;
  if (written === "") return;
  if (utf8Length(written) > 65536) { complain(say("text-long")); return; }
  const sent = { kind: "follow-up", language: document.documentElement.lang, answers: [["what-happened", written]], contact: "" };
  post({ call: "more", form: sent });
});
find("#withdraw-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (find("#withdraw-sure").checked) post({ call: "withdraw" });
});
window.addEventListener("vouchsafe-exit", () => engine?.end());

if (window.isSecureContext && crypto.subtle && typeof Worker === "function") form.hidden = false;
else { find("#broken").hidden = false; headTo(find("#broken")); }
