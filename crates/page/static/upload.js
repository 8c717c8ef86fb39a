// Work, attachments and their upload (docs/report-protocol.md), with nothing but WebCrypto and fetch.
class Refused extends Error {
  constructor(status, code) { super(`${status} ${code}`); this.status = status; this.code = code; }
}

async function ask(path, options = {}) {
  const found = await fetch(path, { cache: "no-store", credentials: "omit", redirect: "error", signal: stop.signal, ...options });
  if (found.ok) return found;
  let code = "";
  try { code = String((await found.json()).error); } catch { code = ""; }
  throw new Refused(found.status, code);
}
const bytesOf = async (found) => new Uint8Array(await found.arrayBuffer());

// What may be otherwise soon: a door or a proxy that is busy or broken, and an upload of which the server still holds a part that broke off.
const isBusy = (error) => error instanceof Refused && ([408, 423, 429].includes(error.status) || error.status >= 500);

// Tries until it is done, refused for good, stopped, or was tried so many times: a line that is gone, a busy server, spent work and a
// nonce that is no longer good (once) are no reasons to give up.
async function patiently(attempt, most = Infinity) {
  for (let wait = 1000, spent = 0, tries = 1; ; wait = Math.min(wait * 2, 15000), tries += 1) {
    if (stop.signal.aborted) throw new Stopped();
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Refused && error.status === 428 && spent < 20) { spent += 1; wait = 500; continue; }
      if (error instanceof Refused && error.code === "nonce" && spent < 100) { spent += 100; continue; }
      if ((!isBusy(error) && !(error instanceof TypeError)) || tries >= most) throw error;
      tell(isBusy(error) ? "busy" : "offline");
      await pause(wait);
    }
  }
}
class Stopped extends Error {}

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

// A chain of SHA-256: what keeps machines from flooding the door. No address and no captcha is needed for it.
async function work(bytes) {
  tell("work");
  const task = await bytesOf(await ask(`/in/work?bytes=${bytes}`));
  if (task.length !== 36) throw new Refused(0, "form");
  const links = number(task.subarray(32, 34));
  const bits = number(task.subarray(34, 36));
  const solved = [task.slice(0, 32)];
  let head = solved[0];
  const zeros = (hash) => {
    for (let bit = 0; bit < bits; bit += 1) if (hash[bit >> 3] & (128 >> (bit & 7))) return false;
    return true;
  };
  for (let link = 0; link < links; link += 1) {
    // Between links a stop is heard: while hashes come, no message does.
    await pause(0);
    tell("work");
    let next = null;
    for (let at = 0; next === null; at += 256) {
      const tries = await Promise.all(Array.from({ length: 256 }, (_, add) => sha256(join(head, u64(at + add)))));
      const found = tries.findIndex(zeros);
      if (found >= 0) { next = tries[found]; solved.push(u64(at + found)); }
    }
    head = next;
  }
  return base64url(join(...solved));
}

const base64url = (bytes) => base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// C2SP chunked-encryption, AES-256-GCM with SHA-512, as in `seal::chunked`; both are held to the same vectors.
const CHUNK = 16384;
const PREFIX = 56;
const ATTACHMENT = utf8("vouchsafe/attachment/v1");
const LABEL = utf8("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0");

async function chunkedKeys(key, salt, context) {
  const mac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-512" }, false, ["sign"]);
  const block = async (...parts) => new Uint8Array(await crypto.subtle.sign("HMAC", mac, join(...parts)));
  const first = await block(LABEL, salt, context, [1]);
  const stream = join(first, await block(first, LABEL, salt, context, [2]));
  const cipher = await crypto.subtle.importKey("raw", stream.subarray(0, 32), "AES-GCM", false, ["encrypt"]);
  return { cipher, base: stream.slice(32, 44), prefix: join(salt, stream.subarray(44, 76)) };
}

function sealChunk(keys, chunk, plain) {
  const iv = keys.base.slice();
  const view = new DataView(iv.buffer);
  view.setUint32(8, (view.getUint32(8) ^ chunk) >>> 0);
  return crypto.subtle.encrypt({ name: "AES-GCM", iv }, keys.cipher, plain);
}

// A file as it is sealed: header, content, zeros (`seal::pad`), then chunks. Any part of it can be made again from the file
// and the key, so a lost line costs one piece, and no more than a piece is ever held. Never two files under one key.
class SealedFile {
  static async of(blob) {
    const self = new SealedFile();
    self.blob = blob;
    [self.header, self.zeros] = call(7, u64(blob.size));
    self.plain = self.header.length + blob.size + number(self.zeros);
    self.key = chance(32);
    self.keys = await chunkedKeys(self.key, chance(24), ATTACHMENT);
    self.size = PREFIX + self.plain + 16 * (Math.floor(self.plain / CHUNK) + 1);
    return self;
  }

  async plaintext(from, to) {
    const out = new Uint8Array(to - from);
    if (from < this.header.length) out.set(this.header.subarray(from, Math.min(to, this.header.length)));
    const begins = Math.max(from - this.header.length, 0);
    const ends = Math.min(to - this.header.length, this.blob.size);
    if (begins < ends) {
      const bytes = new Uint8Array(await this.blob.slice(begins, ends).arrayBuffer());
      if (bytes.length !== ends - begins) throw new Error("the file changed");
      out.set(bytes, begins + this.header.length - from);
    }
    return out;
  }

  async bytes(from, to) {
    const out = new Uint8Array(to - from);
    if (from < PREFIX) out.set(this.keys.prefix.subarray(from, Math.min(to, PREFIX)));
    const step = CHUNK + 16;
    const first = Math.floor(Math.max(from - PREFIX, 0) / step);
    const last = Math.floor((to - 1 - PREFIX) / step);
    if (to <= PREFIX) return out;
    const plain = await this.plaintext(first * CHUNK, Math.min((last + 1) * CHUNK, this.plain));
    const chunks = [];
    for (let chunk = first; chunk <= last; chunk += 1) {
      const at = (chunk - first) * CHUNK;
      chunks.push(sealChunk(this.keys, chunk, plain.subarray(at, Math.min(at + CHUNK, plain.length))));
    }
    const sealed = join(...(await Promise.all(chunks)).map((one) => new Uint8Array(one)));
    plain.fill(0);
    const begins = PREFIX + first * step;
    const skip = Math.max(from - begins, 0);
    out.set(sealed.subarray(skip, skip + to - Math.max(from, begins)), Math.max(begins - from, 0));
    return out;
  }
}

async function hashOf(blob) {
  const [hash] = call(11);
  for (let at = 0; at < blob.size; at += 1048576) {
    const piece = new Uint8Array(await blob.slice(at, at + 1048576).arrayBuffer());
    if (piece.length === 0) throw new Error("the file changed");
    call(12, hash, piece);
    tell("files");
  }
  return call(13, hash)[0];
}

const TUS = { "Tus-Resumable": "1.0.0" };
const PIECE = 524288;

// Uploads a sealed file (tus 1.0.0). Gives the upload's id and the name of the sealed bytes.
async function upload(sealed) {
  const [hash] = call(11);
  let hashed = 0;
  let place = null;
  let offset = 0;
  let lost = false;
  const create = async () => {
    const headers = { ...TUS, "Upload-Length": String(sealed.size), "Vouchsafe-Work": await work(sealed.size) };
    const made = await ask("/in/uploads", { method: "POST", headers });
    // Only an id is taken from the answer, so that no answer can send the file elsewhere.
    const id = new URL(made.headers.get("location") ?? "", self.location.href).pathname.split("/").pop();
    if (!/^[0-9a-f]{32}$/.test(id)) throw new Refused(0, "form");
    place = id;
    offset = 0;
  };
  while (offset < sealed.size) {
    await patiently(async () => {
      try {
        if (place === null) await create();
        if (lost) {
          const asked = await ask(`/in/uploads/${place}`, { method: "HEAD", headers: TUS });
          const there = asked.headers.get("upload-offset") ?? "";
          // A server that says nonsense, or more than it was sent, must not get a name for bytes that it does not have.
          if (!/^[0-9]{1,15}$/.test(there) || Number(there) > hashed) throw new Refused(0, "form");
          offset = Number(there);
          lost = false;
        }
        const end = Math.min(offset + PIECE, sealed.size);
        const bytes = await sealed.bytes(offset, end);
        if (end > hashed) { call(12, hash, bytes.subarray(hashed - offset)); hashed = end; }
        tell("files", offset / sealed.size);
        const headers = {
          ...TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset),
          "Upload-Checksum": `sha256 ${base64(await sha256(bytes))}`,
        };
        await ask(`/in/uploads/${place}`, { method: "PATCH", headers, body: bytes });
        offset = end;
      } catch (error) {
        lost = place !== null;
        const gone = error instanceof Refused && (error.status === 404 || error.status === 410);
        if (gone) { place = null; lost = false; throw new TypeError("the upload is gone"); }
        const again = error instanceof Refused && (error.status === 409 || error.status === 460);
        if (again) throw new TypeError("another offset");
        throw error;
      }
    });
  }
  if (offset !== sealed.size || hashed !== sealed.size) throw new Error("not all was sent");
  return { id: Uint8Array.from(place.match(/../g), (two) => parseInt(two, 16)), content: call(13, hash)[0] };
}
