// A double of the residents' door for the stories of the page: docs/report-protocol.md over memory, nothing else of a server.
// What needs a key is done by the example `city` of `crates/web`, so that the double opens with Rust what the page sealed.
import { spawnSync } from "node:child_process";
import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const LINKS = 4;
const BITS = 6;
const dayAt = (ms) => new Date(ms).toISOString().slice(0, 10);
export const dayAfter = (day, days = 1) => dayAt(Date.parse(day) + days * 86_400_000);
/** The page takes no promise of another time. */
export const DAY = dayAt(Date.now());

/** What came of an upload, in its pieces, hashed as they came: a film of a gigabyte is not copied at each of them. */
class Upload {
  pieces = [];
  size = 0;
  #hash = createHash("sha256");
  constructor(length) { this.length = length; }
  take(piece) { this.pieces.push(piece); this.size += piece.length; this.#hash.update(piece); }
  hash() { return this.#hash.copy().digest(); }
  get bytes() { return Buffer.concat(this.pieces); }
}

export async function double({ bundle, city }) {
  const run = (words, input = "") => {
    const done = spawnSync(city, words, { input, maxBuffer: Infinity });
    if (done.status !== 0) throw new Error(`city ${words[0]}: ${done.stderr}`);
    return done.stdout;
  };
  const manifest = JSON.parse(readFileSync(join(bundle, "manifest.json"), "utf8"));
  const door = {
    reports: [], uploads: new Map(), mail: [], withdrawn: [], asked: [], works: new Set(), nonces: new Set(), refused: [],
    // What a story sets: a promise of another, a day of which the log is not there, answers by the number of a call.
    spoil: (note) => note, recall: (note) => note, logged: false, answer: null, day: DAY, by: null,
    // What a proxy says instead of the next promises; whether the log has leaves that only begin like the promised ones.
    proxy: [], forge: false,
    // What the door says became of a report (docs/report-protocol.md, "Return"), unless the report has its own.
    fate: 1,
    // What the log says of the keys: those of the bundle, others ("swapped"), or nothing (null).
    keys: "bundled",
    open: (report) => JSON.parse(run(["open"], report.body).toString()),
    /** Contact details, opened by one role of the city and two people of the trustee. */
    contact: (report) => run(["contact"], report.body).toString(),
    /** What the investigator finds in an attachment, opened by Rust from the bytes that were uploaded. */
    content({ content, key }) {
      const sealed = [...door.uploads.values()].find((upload) => upload.hash().toString("hex") === content);
      if (!sealed) throw new Error("no upload has this name");
      return run(["attachment", key], sealed.bytes);
    },
    rooted: (day, report) => run(["root", day], report.body).toString().split(" "),
    promised: (day, root, leaf) => run(["promise", day, dayAfter(day), root, leaf]).toString(),
    reply(report, sequence, text, ...forged) {
      const { replyTo } = door.open(report);
      door.mail.push(run(["reply", replyTo, report.mailbox, String(sequence), ...forged], text));
    },
  };
  const fail = (answer, status, error) => {
    door.refused.push(error);
    answer.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify({ error }));
  };
  const give = (answer, bytes, type = "application/octet-stream") =>
    answer.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(bytes);

  const worked = (request) => {
    const bytes = Buffer.from(request.headers["vouchsafe-work"] ?? "", "base64url");
    let head = bytes.subarray(0, 32);
    if (!door.works.delete(head.toString("hex")) || bytes.length !== 32 + LINKS * 8) return false;
    for (let link = 0; link < LINKS; link += 1) {
      head = sha256(head, bytes.subarray(32 + link * 8, 40 + link * 8));
      if (head[0] >> (8 - BITS) !== 0) return false;
    }
    return true;
  };

  function report(request, answer, body) {
    if (!worked(request)) return fail(answer, 428, "work");
    const mailbox = body.subarray(4, 36).toString("hex");
    const count = body[100];
    for (let one = 0; one < count; one += 1) {
      const at = 101 + one * 48;
      const upload = door.uploads.get(body.subarray(at, at + 16).toString("hex"));
      if (!upload || upload.size !== upload.length) return fail(answer, 409, "attachment-missing");
      if (!upload.hash().equals(body.subarray(at + 16, at + 48))) return fail(answer, 409, "attachment-differs");
    }
    let kept = door.reports.find((one) => one.body.equals(body));
    if (!kept) {
      const used = door.reports.some((one) => one.mailbox === mailbox);
      if (used && !proven(Buffer.from(request.headers["vouchsafe-return"] ?? "", "base64url"), mailbox)) return fail(answer, 409, "mailbox-used");
      const [root, leaf] = run(["root", door.day], body).toString().split(" ");
      kept = { body, mailbox, root, leaf: Buffer.from(leaf, "hex") };
      door.reports.push(kept);
    }
    const note = run(["promise", door.day, door.by ?? dayAfter(door.day), kept.root, kept.leaf.toString("hex")]).toString();
    kept.note = note;
    if (door.proxy.length > 0) return answer.writeHead(door.proxy.shift(), { "content-type": "text/html" }).end("<h1>Gateway</h1>");
    give(answer, door.spoil(note), "text/plain");
  }
  // With a follow-up the double looks only whether it is the mailbox; that the signature holds is the server's own test.
  const proven = (proof, mailbox) => proof.length === 128 && proof.subarray(0, 32).toString("hex") === mailbox;
  // Whether a proof of return holds under the key that came with the mailbox.
  const signed = (proof) => {
    const known = door.reports.find((one) => proven(proof, one.mailbox));
    if (!known) return false;
    const key = createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), known.body.subarray(36, 68)]), format: "der", type: "spki" });
    return verify(null, Buffer.concat([Buffer.from("vouchsafe/return/v1"), proof.subarray(0, 64)]), key, proof.subarray(64));
  };

  function uploads(request, answer, id, body) {
    const headers = { "tus-resumable": "1.0.0", "cache-control": "no-store" };
    if (request.method === "POST") {
      if (!worked(request)) return fail(answer, 428, "work");
      const made = randomBytes(16).toString("hex");
      door.uploads.set(made, new Upload(Number(request.headers["upload-length"])));
      if (request.headers["upload-metadata"]) return fail(answer, 400, "form");
      return answer.writeHead(201, { ...headers, location: `/in/uploads/${made}` }).end();
    }
    const upload = door.uploads.get(id);
    if (!upload) return fail(answer, 404, "not-found");
    if (request.method === "PATCH") {
      const checksum = `sha256 ${sha256(body).toString("base64")}`;
      if (Number(request.headers["upload-offset"]) !== upload.size) return fail(answer, 409, "form");
      if (request.headers["upload-checksum"] !== checksum) return fail(answer, 460, "form");
      upload.take(body);
    }
    answer.writeHead(request.method === "HEAD" ? 200 : 204, { ...headers, "upload-offset": String(upload.size) }).end();
  }

  // The log: three leaves of others, those of the day, two more. What is beside the run is hashed part by part.
  function day(answer) {
    if (!door.logged) return fail(answer, 404, "not-yet");
    const own = door.reports.map((one) => (door.forge ? Buffer.concat([one.leaf.subarray(0, 8), sha256(one.leaf).subarray(8)]) : one.leaf));
    const leaves = [...[1, 2, 3].map((n) => sha256(Buffer.from([n]))), ...own, ...[4, 5].map((n) => sha256(Buffer.from([n])))];
    const [first, end] = [3, 3 + own.length];
    const root = (from, to) => {
      if (to - from === 1) return sha256(Buffer.from([0]), leaves[from]);
      const middle = from + 2 ** Math.floor(Math.log2(to - from - 1));
      return sha256(Buffer.from([1]), root(from, middle), root(middle, to));
    };
    const [left, right] = [[], []];
    const walk = (from, to) => {
      if (to <= first) left.push(root(from, to).toString("base64"));
      else if (from >= end) right.push(root(from, to).toString("base64"));
      else if (to - from > 1) { const middle = from + 2 ** Math.floor(Math.log2(to - from - 1)); walk(from, middle); walk(middle, to); }
    };
    walk(0, leaves.length);
    const checkpoint = run(["head", String(leaves.length), root(0, leaves.length).toString("hex")]).toString();
    const found = { day: door.day, first, leaves: Buffer.concat(own).toString("base64"), left, right, checkpoint };
    give(answer, JSON.stringify(found), "application/json");
  }

  function mailbox(answer, body) {
    const known = signed(body.subarray(0, 128));
    const page = body.readUInt16BE(128);
    const size = door.mail[0]?.length ?? 18196;
    const newest = door.mail.toReversed();
    const slots = [0, 1, 2, 3].map((slot) => (known && newest[page * 4 + slot]) || randomBytes(size));
    const own = known ? door.reports.filter((one) => proven(body.subarray(0, 128), one.mailbox)) : [];
    for (let slot = page * 4; slot < page * 4 + 4; slot += 1) {
      const note = Buffer.from(own[slot] ? door.recall(own[slot].note) : "");
      slots.push(Buffer.from([note.length >> 8, note.length & 255]), note, Buffer.from([own[slot] ? own[slot].fate ?? door.fate : 0]), randomBytes(1021 - note.length));
    }
    give(answer, Buffer.concat(slots));
  }

  // The proofs are the same for every door: the keys are everybody's.
  const proofs = {};
  function keys(answer) {
    if (door.keys === null) return fail(answer, 404, "not-yet");
    proofs[door.keys] ??= run(door.keys === "bundled" ? ["keys"] : ["keys", door.keys]).toString();
    give(answer, proofs[door.keys], "text/plain; charset=utf-8");
  }

  function calls(request, answer, path, body) {
    if (path === "/in/work") {
      const challenge = randomBytes(32);
      door.works.add(challenge.toString("hex"));
      return give(answer, Buffer.concat([challenge, Buffer.from([0, LINKS, 0, BITS])]));
    }
    if (path === "/in/reports") return report(request, answer, body);
    if (path.startsWith("/in/uploads")) return uploads(request, answer, path.split("/")[3], body);
    if (path === "/in/keys") return keys(answer);
    if (path === "/in/nonce") {
      const nonce = randomBytes(32);
      door.nonces.add(nonce.toString("hex"));
      return give(answer, nonce);
    }
    // A start of the server forgets them; one is good for one proof that holds, and nobody else is told whether it was.
    const holds = ["/in/mailbox", "/in/withdraw"].includes(path) && signed(body.subarray(0, 128));
    if (holds && !door.nonces.delete(body.subarray(32, 64).toString("hex"))) return fail(answer, 409, "nonce");
    if (path === "/in/mailbox") return mailbox(answer, body);
    if (path === "/in/withdraw") { if (holds) door.withdrawn.push(body); return answer.writeHead(204).end(); }
    if (path === `/in/days/${door.day}`) return day(answer);
    return fail(answer, 404, "not-found");
  }

  const server = createServer(async (request, answer) => {
    const path = new URL(request.url, "http://door.example").pathname;
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    door.asked.push({ method: request.method, path, url: request.url, body, headers: request.headers });
    if (path.startsWith("/in/")) {
      if (door.answer?.(request, answer, path, body)) return;
      calls(request, answer, path, body);
      return;
    }
    const name = path === "/" ? "/index.html" : path;
    const file = manifest.files[name];
    if (!file) { answer.writeHead(404).end(); return; }
    const packed = (request.headers["accept-encoding"] ?? "").includes("br");
    const bytes = readFileSync(join(bundle, name + (packed ? ".br" : "")));
    answer.writeHead(200, { ...manifest.headers["/"], "content-type": file.type, "content-length": bytes.length,
      ...(packed ? { "content-encoding": "br" } : {}) }).end(bytes);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  door.origin = `http://127.0.0.1:${server.address().port}`;
  door.close = () => { server.closeAllConnections(); server.close(); };
  return door;
}
