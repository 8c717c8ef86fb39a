// Envelopes against typage (npm `age-encryption`), and attachments against WebCrypto, both ways.
//
// node e2e/age-interop.mjs FOLDER, where FOLDER has the examples `age` and `chunked` of the crate `seal`, as
// `cargo build -p seal --examples` leaves them in target/debug/examples. Exit status 0 only if everything agreed.
import { spawnSync } from "node:child_process";
import { webcrypto } from "node:crypto";
import { join } from "node:path";
import * as age from "age-encryption";

const folder = process.argv[2] ?? "target/debug/examples";
const { subtle } = webcrypto;

function run(program, args, input = new Uint8Array()) {
  const done = spawnSync(join(folder, program), args, { input, maxBuffer: 1 << 28 });
  if (done.error) throw done.error;
  return { ok: done.status === 0, bytes: new Uint8Array(done.stdout), why: done.stderr.toString().trim() };
}

let held = 0;
function hold(what, truth) {
  if (!truth) throw new Error(`does not agree: ${what}`);
  held += 1;
}
const same = (a, b) => a.length === b.length && Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

function content(bytes) {
  const out = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) out[i] = (i * i + 7 * i) % 251;
  return out;
}

// --- Envelopes. Keys of both makers, for both readers.

const [ourSecret, ourPublic] = new TextDecoder().decode(run("age", ["new"]).bytes).trim().split("\n");
const theirSecret = await age.generateHybridIdentity();
const theirPublic = await age.identityToRecipient(theirSecret);
hold("a recipient follows from an identity", (await age.identityToRecipient(ourSecret)) === ourPublic);

async function opensTheirs(secret, file) {
  const reader = new age.Decrypter();
  reader.addIdentity(secret);
  return reader.decrypt(file);
}

for (const bytes of [0, 1, 1000, 65535, 65536, 65537, 200000]) {
  const plain = content(bytes);
  const ours = run("age", ["seal", ourPublic, theirPublic], plain);
  hold(`sealing ${bytes} bytes here: ${ours.why}`, ours.ok);
  const writer = new age.Encrypter();
  writer.addRecipient(ourPublic);
  writer.addRecipient(theirPublic);
  const theirs = await writer.encrypt(plain);
  hold(`the length of ${bytes} bytes sealed`, ours.bytes.length === theirs.length);
  for (const secret of [ourSecret, theirSecret]) {
    hold(`ours of ${bytes} bytes opened there`, same(await opensTheirs(secret, ours.bytes), plain));
    hold(`theirs of ${bytes} bytes opened here`, same(run("age", ["open", secret], theirs).bytes, plain));
    const armored = new TextEncoder().encode(age.armor.encode(theirs));
    hold(`theirs of ${bytes} bytes in armor`, same(run("age", ["open", secret], armored).bytes, plain));
  }
  const stranger = await age.generateHybridIdentity();
  hold("a stranger opens nothing here", !run("age", ["open", stranger], theirs).ok);
  const changed = theirs.slice();
  changed[changed.length - 1] ^= 1;
  hold("a changed file is refused here", !run("age", ["open", ourSecret], changed).ok);
}

// --- Attachments, by the specification and with WebCrypto alone, as the page does it.

const CHUNK = 16384;
const CONTEXT = new TextEncoder().encode("vouchsafe/attachment/v1");
const LABEL = new TextEncoder().encode("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0");
const join2 = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));

async function keys(input, salt) {
  const mac = await subtle.importKey("raw", input, { name: "HMAC", hash: "SHA-512" }, false, ["sign"]);
  const block = async (...parts) => new Uint8Array(await subtle.sign("HMAC", mac, join2(...parts)));
  const first = await block(LABEL, salt, CONTEXT, [1]);
  const okm = join2(first, await block(first, LABEL, salt, CONTEXT, [2]));
  const cipher = await subtle.importKey("raw", okm.slice(0, 32), "AES-GCM", false, ["encrypt", "decrypt"]);
  return { cipher, nonce: okm.slice(32, 44), commitment: okm.slice(44, 76) };
}

function nonceOf(base, chunk) {
  const nonce = base.slice();
  const view = new DataView(nonce.buffer);
  view.setUint32(8, (view.getUint32(8) ^ chunk) >>> 0);
  return { name: "AES-GCM", iv: nonce };
}

async function sealByWebCrypto(input, plain) {
  const salt = webcrypto.getRandomValues(new Uint8Array(24));
  const { cipher, nonce, commitment } = await keys(input, salt);
  const parts = [salt, commitment];
  for (let chunk = 0; chunk <= Math.floor(plain.length / CHUNK); chunk++) {
    const piece = plain.slice(chunk * CHUNK, (chunk + 1) * CHUNK);
    parts.push(new Uint8Array(await subtle.encrypt(nonceOf(nonce, chunk), cipher, piece)));
  }
  return join2(...parts);
}

async function openByWebCrypto(input, sealed) {
  const { cipher, nonce, commitment } = await keys(input, sealed.slice(0, 24));
  hold("the commitment is the key's", same(commitment, sealed.slice(24, 56)));
  const parts = [];
  for (let at = 56, chunk = 0; at < sealed.length; at += CHUNK + 16, chunk++) {
    const piece = sealed.slice(at, at + CHUNK + 16);
    parts.push(new Uint8Array(await subtle.decrypt(nonceOf(nonce, chunk), cipher, piece)));
  }
  return join2(...parts);
}

for (const bytes of [0, 1, 16383, 16384, 16385, 100000]) {
  const plain = content(bytes);
  const key = webcrypto.getRandomValues(new Uint8Array(32));
  const digits = Buffer.from(key).toString("hex");
  const ours = run("chunked", ["seal", digits], plain);
  hold(`ours of ${bytes} bytes opened by WebCrypto`, ours.ok && same(await openByWebCrypto(key, ours.bytes), plain));
  const theirs = await sealByWebCrypto(key, plain);
  hold(`WebCrypto's of ${bytes} bytes opened here`, same(run("chunked", ["open", digits], theirs).bytes, plain));
  hold("a file cut short is refused here", !run("chunked", ["open", digits], theirs.slice(0, -1)).ok);
}

console.log(`age-interop: ${held} things agree with typage and WebCrypto`);
