// What the pages of report and return have in common: sentences, hashes and workers, all from the page itself.
"use strict";
const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const say = (key) => find(`[data-word="${key}"]`).textContent;
const hashes = Object.fromEntries(all("[data-file]").map((item) => [item.dataset.file, item.dataset.integrity]));
const list = find("#facts").dataset.list;

// Workers, and the one script that is fetched only when it is asked for.
const SCRIPTS = ["/crypt.js", "/report-twin.js", "/back-twin.js", "/clean.js", "/media-twin.js", "/cover.js"];
const policy = window.trustedTypes?.createPolicy("vouchsafe", {
  createScriptURL(url) { if (SCRIPTS.includes(url)) return url; throw new TypeError(url); },
});
const has = () => typeof WebAssembly === "object" && typeof WebAssembly.instantiate === "function";

// A worker for a module. Where WebAssembly is missing or fails, its twin; where that fails too, nothing: there is no other way
// to send, and none without a lock.
class Engine {
  constructor(script, twin, heard) {
    this.scripts = has() ? [script, twin] : [twin];
    this.heard = heard;
    this.begin();
  }
  begin() {
    const url = this.scripts.shift();
    this.worker = new Worker(policy ? policy.createScriptURL(url) : url);
    const failed = () => {
      this.worker.terminate();
      if (this.scripts.length === 0) { this.heard({ failed: "engine" }); return; }
      this.begin();
      if (this.message) this.worker.postMessage(this.message);
    };
    this.worker.onerror = (event) => { event.preventDefault(); failed(); };
    this.worker.onmessage = ({ data }) => { if (data.failed === "engine") failed(); else this.heard(data); };
  }
  post(message) { this.message = { ...message, hashes }; this.worker.postMessage(this.message); }
  end() { this.worker.terminate(); }
}

// Moves to a heading, so that whoever hears the page hears it from there.
function headTo(section) {
  const heading = find("h1, h2", section);
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}
const utf8Length = (value) => new TextEncoder().encode(value).length;
