// Two figures of the residents' page, printed and not judged: when something is first seen on a slow phone with a slow line,
// and how fast an attachment is sealed. A machine that does other work makes them worse (bench/README.md).
// Usage: BUNDLE=dist/report CITY=path/to/city node paint.mjs [--runs N]
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { launch } from "./chromium.mjs";
import { double } from "./report-double.mjs";

const option = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise);
const runs = Number(option("--runs", "9"));
const bundle = process.env.BUNDLE ?? "../dist/report";
const city = process.env.CITY ?? "../target/debug/examples/city";
const MEGABYTES = 64;

// The worker that seals, with a message more than it has: workers carry no hash, so a bundle can be made for it here.
const folder = mkdtempSync(join(tmpdir(), "vouchsafe-paint-"));
cpSync(bundle, folder, { recursive: true });
const worker = `${readFileSync(join(bundle, "crypt.js"), "utf8")}
self.onmessage = async ({ data }) => {
  await start("report", data.hashes, {});
  const timed = async (work) => { const began = performance.now(); await work(); return ${MEGABYTES * 1.048576} / ((performance.now() - began) / 1000); };
  const pieces = async (sealed, also) => { for (let at = 0; at < sealed.size; at += PIECE) await also(await sealed.bytes(at, Math.min(at + PIECE, sealed.size))); };
  const read = await timed(async () => { for (let at = 0; at < data.blob.size; at += PIECE) await data.blob.slice(at, at + PIECE).arrayBuffer(); });
  const seal = await timed(async () => pieces(await SealedFile.of(data.blob), () => {}));
  const hash = await timed(() => hashOf(data.blob));
  const whole = await timed(async () => {
    await hashOf(data.blob);
    const [hash] = call(11);
    await pieces(await SealedFile.of(data.blob), async (bytes) => { call(12, hash, bytes); await sha256(bytes); });
    call(13, hash);
  });
  self.postMessage({ read, seal, hash, whole });
};
`;
writeFileSync(join(folder, "measure.js"), worker);
writeFileSync(join(folder, "measure.js.br"), brotliCompressSync(worker));
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
const hash = createHash("sha256").update(worker).digest("hex");
manifest.files["/measure.js"] = { ...manifest.files["/crypt.js"], sha256: hash };
writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));

const door = await double({ bundle: folder, city });
const browser = await launch();
const middle = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** When something is first seen, in milliseconds; in a browser that was not there before. */
async function paint(path, latency) {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 } });
  const page = await context.newPage();
  const phone = await context.newCDPSession(page);
  await phone.send("Network.enable");
  const bytes = 400_000 / 8;
  await phone.send("Network.emulateNetworkConditions", { offline: false, latency, downloadThroughput: bytes, uploadThroughput: bytes });
  await phone.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await page.goto(door.origin + path, { waitUntil: "load" });
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  const seen = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);
  await context.close();
  return seen;
}

for (const latency of [100, 400]) {
  for (const path of ["/", "/en.html", "/ur.html"]) {
    const seen = [];
    for (let run = 0; run < runs; run += 1) seen.push(await paint(path, latency));
    const [best, median, worst] = [Math.min(...seen), middle(seen), Math.max(...seen)].map(Math.round);
    console.log(`first paint of ${path} at 400 kbit/s, ${latency} ms a request, CPU slowed four times: ${median} ms (${best} to ${worst}, ${runs} runs)`);
  }
}
const context = await browser.newContext({ bypassCSP: true });
const page = await context.newPage();
await page.goto(`${door.origin}/en-report.html`);
const speeds = [];
for (let run = 0; run < 3; run += 1) {
  speeds.push(await page.evaluate(async (megabytes) => {
    const chunk = crypto.getRandomValues(new Uint8Array(65536));
    const blob = new Blob(Array.from({ length: megabytes * 16 }, () => chunk));
    const hashes = Object.fromEntries([...document.querySelectorAll("[data-file]")].map((one) => [one.dataset.file, one.dataset.integrity]));
    const measured = new Worker("/measure.js");
    const answer = new Promise((resolve, reject) => { measured.onmessage = ({ data }) => { if (data.whole) resolve(data); }; measured.onerror = reject; });
    measured.postMessage({ blob, hashes });
    return answer;
  }, MEGABYTES));
}
const rate = (which) => middle(speeds.map((one) => one[which])).toFixed(0);
console.log(`an attachment of ${MEGABYTES} MiB in Chromium, one worker: sealed at ${rate("seal")} MB/s; hashed (module) at ${rate("hash")} MB/s; `
  + `all that is done before and while it is sent, without the line, at ${rate("whole")} MB/s; only read at ${rate("read")} MB/s (median of ${speeds.length})`);
await browser.close();
door.close();
rmSync(folder, { recursive: true, force: true });
process.exit();
