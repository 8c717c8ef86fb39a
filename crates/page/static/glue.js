// Between JavaScript and a module of `crates/web`: bytes in, bytes out. One module a worker; `twin` is there where the worker
// was built with the module as JavaScript, for browsers in which WebAssembly is switched off.
"use strict";
let module;

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

// A file of the bundle, of which the page says the hash: the server cannot give another. A browser tells a wrong hash and a line
// that is gone by the same error; who gets the file without its hash has been given another, and waiting will not help.
async function bundled(path, hashes) {
  const options = { cache: "no-store", credentials: "omit" };
  const integrity = hashes[path];
  if (!integrity) throw new Error(path);
  try {
    const found = await fetch(path, { ...options, integrity });
    if (!found.ok) throw new TypeError(path);
    return new Uint8Array(await found.arrayBuffer());
  } catch (error) {
    const other = await fetch(path, options);
    if (other.ok) throw new Error(`${path} is another file`, { cause: error });
    throw error;
  }
}

async function start(name, hashes, imports) {
  if (module) return;
  if (typeof twin === "function") module = twin(imports);
  else module = (await WebAssembly.instantiate(await bundled(`/${name}.wasm`, hashes), imports)).instance.exports;
}
