// Uploads by tus-js-client, the protocol's own client: whole, in parts, broken off and gone on with, by POST alone, removed.
//
// node e2e/tus-interop.mjs VOUCHSAFE, where VOUCHSAFE is the program. Starts it with its reports' door on an empty data
// folder. Exit status 0 only if everything agreed.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tus from "tus-js-client";

const program = process.argv[2] ?? "target/debug/vouchsafe";
const data = mkdtempSync(join(tmpdir(), "vouchsafe-tus-"));
const words = ["serve", "--data", join(data, "city"), "--listen", "127.0.0.1:0", "--report", "127.0.0.1:0"];
const server = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
const origin = await new Promise((resolve, reject) => {
  let text = "";
  server.stdout.on("data", (chunk) => {
    text += chunk;
    const found = text.match(/Reports +(http:\/\/[^/]+)\//);
    if (found) resolve(found[1]);
  });
  server.on("exit", (code) => reject(new Error(`the server ended with ${code} before it listened:\n${text}`)));
});

let held = 0;
function hold(what, truth) {
  if (!truth) throw new Error(`does not agree: ${what}`);
  held += 1;
}

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const zeroBits = (hash) => {
  const whole = hash.findIndex((byte) => byte !== 0);
  return whole < 0 ? 256 : whole * 8 + Math.clz32(hash[whole]) - 24;
};

// The work of docs/report-protocol.md, written a second time.
async function work(bytes) {
  const challenge = Buffer.from(await (await fetch(`${origin}/in/work?bytes=${bytes}`)).arrayBuffer());
  const [links, bits] = [challenge.readUInt16BE(32), challenge.readUInt16BE(34)];
  const parts = [challenge.subarray(0, 32)];
  let hash = parts[0];
  for (let link = 0; link < links; link += 1) {
    const number = Buffer.alloc(8);
    for (let n = 0; ; n += 1) {
      number.writeUInt32BE(n, 4);
      const next = sha256(hash, number);
      if (zeroBits(next) >= bits) {
        parts.push(Buffer.from(number));
        hash = next;
        break;
      }
    }
  }
  return Buffer.concat(parts).toString("base64url");
}

// Uploads bytes; `stopAt` breaks off after so many and goes on with a new client, as a page does.
async function upload(bytes, options = {}, stopAt = Infinity) {
  const headers = { "Vouchsafe-Work": await work(bytes.length) };
  let url;
  const once = (more, until) =>
    new Promise((resolve, reject) => {
      const client = new tus.Upload(bytes, {
        endpoint: `${origin}/in/uploads`,
        uploadUrl: url,
        headers,
        retryDelays: [0, 200, 1000],
        storeFingerprintForResuming: false,
        ...options,
        ...more,
        onError: reject,
        onSuccess: () => resolve(true),
        onChunkComplete: (_, sent) => {
          if (sent >= until) client.abort().then(() => { url = client.url; resolve(false); }, reject);
        },
      });
      client.start();
    });
  if (!(await once({}, stopAt))) {
    hold("the place is known after it broke off", Boolean(url));
    await once({}, Infinity);
  }
  return url;
}

const code = async (answer) => `${answer.status} ${(await answer.json()).error}`;
const heads = { "Tus-Resumable": "1.0.0" };
try {
  const bytes = randomBytes(3_000_000);
  await upload(Buffer.alloc(0));
  await upload(bytes);
  await upload(bytes, { chunkSize: 400_000 });
  const place = await upload(bytes, { chunkSize: 400_000 }, 1_000_000);
  const asked = await fetch(place, { method: "HEAD", headers: heads });
  hold("all of it came", asked.headers.get("upload-offset") === "3000000");
  await upload(bytes, { overridePatchMethod: true, chunkSize: 1_000_000 });
  await tus.Upload.terminate(place, { headers: {}, retryDelays: [] });
  const gone = await fetch(place, { method: "HEAD", headers: heads });
  hold("it was removed", gone.status === 404);
  const named = await upload(bytes, { metadata: { filename: "IMG.jpg" } }).catch((error) => error);
  hold("no names are taken", named.originalResponse?.getStatus() === 400);
  const idle = await fetch(`${origin}/in/uploads`, { method: "POST", headers: { ...heads, "Upload-Length": "1" } });
  hold("without work there is none", (await code(idle)) === "428 work");
  held += 5;
  console.log(`tus-js-client: ${held} passed, 0 failed, 0 skipped`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  server.kill("SIGTERM");
  server.on("exit", () => rmSync(data, { recursive: true, force: true }));
}
