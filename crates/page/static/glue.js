// Between JavaScript and a module of `crates/web`: bytes in, bytes out. One module a worker; `twin` is there where the worker
// was built with the module as JavaScript, for browsers in which WebAssembly is switched off.
"use strict";
let module;
// What a stop ends: all that waits for a line. In the workers of sending and return there is a new one for each call.
let stop = new AbortController();

const utf8 = (text) => new TextEncoder().encode(text);
const text = (bytes) => new TextDecoder().decode(bytes);

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
}

// Numbers are exact up to 2^53, far beyond any file.
function u64(number) {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(number / 4294967296));
  view.setUint32(4, number % 4294967296);
  return bytes;
}
const number = (bytes) => bytes.reduce((sum, byte) => sum * 256 + byte, 0);

// The form of `web::fields`: each field with its length before it.
function fields(...values) {
  const parts = [];
  for (const value of values) {
    const bytes = typeof value === "string" ? utf8(value) : value;
    parts.push(u64(bytes.length).subarray(4), bytes);
  }
  return join(...parts);
}
function split(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + number(bytes.subarray(at, at + 4));
    found.push(bytes.slice(at + 4, end));
    at = end;
  }
  return found;
}

// Numbers as in `web::fault`.
class Fault extends Error {
  constructor(number, detail) { super(`fault ${number}`); this.number = number; this.detail = detail; }
}

function answer(status) {
  const at = module.out_ptr();
  const out = new Uint8Array(module.memory.buffer).slice(at, at + module.out_len());
  if (status !== 0) throw new Fault(status, out);
  return out;
}
// Calls are numbered as in `web::calls`. The module zeroes its copy of the input.
function call(number, ...values) {
  const input = fields(...values);
  const at = module.alloc(input.length);
  new Uint8Array(module.memory.buffer).set(input, at);
  input.fill(0);
  return split(answer(module.call(number, at, input.length)));
}

const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

const pause = (ms) => new Promise((resolve) => {
  const done = () => { self.removeEventListener("online", done); clearTimeout(timer); resolve(); };
  const timer = setTimeout(done, ms);
  self.addEventListener("online", done);
  stop.signal.addEventListener("abort", done);
});

// A file of the bundle, of which the page says the hash: the server cannot give another. It is compared here and not by `fetch`, which
// tells a wrong hash and a line that is gone by the same error. Of a line that is gone (`TypeError`) the browser is not to blame: it is
// tried four times.
async function bundled(path, hashes) {
  for (let wait = 1000; ; wait *= 2) {
    try {
      const found = await fetch(path, { cache: "no-store", credentials: "omit", signal: stop.signal });
      if (!found.ok) throw new TypeError(path);
      const bytes = new Uint8Array(await found.arrayBuffer());
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-384", bytes));
      if (hashes[path] !== `sha384-${base64(hash)}`) throw new Error(path);
      return bytes;
    } catch (error) {
      if (!(error instanceof TypeError) || wait > 4000) throw error;
      self.postMessage({ step: "offline" });
      await pause(wait);
    }
  }
}

async function start(name, hashes, imports) {
  if (module) return;
  if (typeof twin === "function") { module = twin(imports); return; }
  const bytes = await bundled(`/${name}.wasm`, hashes);
  try {
    module = (await WebAssembly.instantiate(bytes, imports)).instance.exports;
  } catch (error) {
    throw new Error(name, { cause: error });
  }
}
// Why a worker has no module: a line that is gone is no reason for a twin.
const unready = (error) => ({ failed: error instanceof TypeError ? "offline" : "engine" });
