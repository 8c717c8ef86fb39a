// What the pages of report and return have in common: sentences, hashes and workers, all from the page itself.
"use strict";
const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const say = (key) => find(`[data-word="${key}"]`).textContent;
const hashes = Object.fromEntries(all("[data-file]").map((item) => [item.dataset.file, item.dataset.integrity]));
const list = find("#facts").dataset.list;

// Workers, and the one script that is fetched only when it is asked for.
const SCRIPTS = ["/crypt.js", "/report-twin.js", "/back.js", "/back-twin.js", "/clean.js", "/media-twin.js", "/cover.js", "/card.js", "/card-twin.js"];
const policy = window.trustedTypes?.createPolicy("vouchsafe", {
  createScriptURL(url) { if (SCRIPTS.includes(url)) return url; throw new TypeError(url); },
});
const has = () => typeof WebAssembly === "object" && typeof WebAssembly.instantiate === "function";

// A worker for a module. Where WebAssembly is missing or fails, its twin; where that fails too, nothing: there is no other way
// to send, and none without a lock. A script that does not come (no message goes with that) says nothing of the browser. Who is `gone`
// is begun anew at the next try; one that says nothing for long hangs: five minutes, and eleven with a body on its way, for which the
// server waits ten.
class Engine {
  constructor(script, twin, heard) {
    this.scripts = has() ? [script, twin] : [twin];
    this.heard = heard;
    this.begin();
  }
  begin() {
    const url = this.scripts.shift();
    this.worker = new Worker(policy ? policy.createScriptURL(url) : url);
    const failed = (why) => {
      this.end();
      if (why === "engine" && this.scripts.length > 0) {
        this.begin();
        if (this.message) this.post(this.message);
        return;
      }
      this.gone = true;
      this.heard({ failed: why });
    };
    this.worker.onerror = (event) => { event.preventDefault(); failed(event.message ? "engine" : "offline"); };
    this.worker.onmessage = ({ data }) => {
      this.wait(data.step || data.opened, data.part);
      if (data.failed === "engine") failed("engine"); else this.heard(data);
    };
  }
  wait(on, part) {
    clearTimeout(this.timer);
    if (on) this.timer = setTimeout(() => this.heard({ failed: "hung" }), part === undefined ? 300000 : 660000);
  }
  post(message) {
    this.message = { ...message, hashes };
    this.worker.postMessage(this.message);
    this.wait(true);
  }
  stop() { this.wait(false); this.worker.postMessage({ call: "stop" }); }
  end() { this.wait(false); this.worker.terminate(); }
}

const STEPS = { keys: "sending-keys", work: "sending-work", files: "sending-files", report: "sending-report", offline: "sending-offline", busy: "sending-busy" };
// How far it is: a sentence, said once, and a bar.
function progress({ step, part }, status, bar) {
  const words = STEPS[step];
  if (words && status.textContent !== say(words)) status.textContent = say(words);
  if (step === "files" && part) bar.value = part; else if (step !== "files") bar.removeAttribute("value");
}

// Nothing that is written and not sent, and no receipt that is not written down, goes by one gesture; the quick exit asks nothing.
let unsaved = () => false;
window.addEventListener("vouchsafe-exit", () => { unsaved = () => false; });
window.addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });

// Moves to a heading, so that whoever hears the page hears it from there.
function headTo(section) {
  const heading = find("h1, h2", section);
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}
const utf8Length = (value) => new TextEncoder().encode(value).length;
find("#slow").remove();
