// The whole way of a report with nothing doubled: a phone in Chromium, `vouchsafe serve --report`, the end of the day, officials
// with `vouchsafe inbox`, and the phone again.
// With ONION (`cargo xtask`'s own program) the phone reaches the server as an onion service and in no other way, through a Tor network
// on this machine alone. Chromium is told what Tor Browser knows by itself: that such an address needs no certificate.
// Usage: VOUCHSAFE=path PAGE=path MODULES=dir [ONION=path] node report-real.mjs [--shots DIR]
import { strict as assert } from "node:assert";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "./chromium.mjs";
import { photoWithPlace } from "./report-files.mjs";

const need = (name) => process.env[name] ?? (console.error(`${name} is not set`), process.exit(1));
const [vouchsafe, makePage, modules] = [need("VOUCHSAFE"), need("PAGE"), need("MODULES")];
const shots = process.argv.includes("--shots") ? process.argv[process.argv.indexOf("--shots") + 1] : null;
const folder = mkdtempSync(join(tmpdir(), "vouchsafe-report-"));
const at = (...names) => join(folder, ...names);
const data = ["--data", at("city")];
const TEXT = "Two men in masks took a man at the corner. مرحبا";
const ANSWER = "Thank you. Can you tell us the street?";

const run = (...words) => execFileSync(vouchsafe, words, { encoding: "utf8" });

/** A Tor network whose service leads to an address; it ends when its input does. */
async function tor(to) {
  const child = spawn(process.env.ONION, ["onion", to], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const line = await Promise.race([new Promise((resolve) => child.stdout.once("data", resolve)), ended]);
  assert.ok(Buffer.isBuffer(line), "the network did not come about");
  const { socks, onion } = JSON.parse(line);
  writeFileSync(at("city.toml"), `data = "city"\n[report]\nonion = "${onion}"\n`);
  const ways = [`--proxy-server=socks5://${socks}`, `--unsafely-treat-insecure-origin-as-secure=${onion}`];
  return { onion, ways, stop: () => { child.stdin.end(); return ended; } };
}

const freePort = () => new Promise((resolve) => {
  const held = createServer().listen(0, "127.0.0.1", () => { const { port } = held.address(); held.close(() => resolve(port)); });
});

/** Starts the server, waits until it has told its addresses, and gives the residents' door and the key of its promises. */
async function serve(...more) {
  const words = ["serve", "--listen", "127.0.0.1:0", "--report", address, ...more, ...data];
  if (network) words.push("--config", at("city.toml"));
  const child = spawn(vouchsafe, words, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  running = async () => { child.kill("SIGTERM"); await ended; };
  let said = "";
  await new Promise((resolve, reject) => {
    child.stdout.on("data", (bytes) => { said += bytes; if (/^Health.*\n/m.test(said)) resolve(); });
    child.once("exit", () => reject(new Error(`the server ended: ${said}`)));
    setTimeout(() => reject(new Error(`the server did not say where it is: ${said}`)), 120_000).unref();
  });
  const ready = !said.includes("NOT READY");
  const [, here, key] = /^Reports +(\S+?)\/? +\(promises are signed by (\S+)\)/m.exec(said);
  return { here, origin: network?.onion ?? here, key, ready, stop: running };
}

function official(name) {
  const keys = JSON.parse(run("inbox", "keys", "--key", at(name), "--json"));
  return { file: at(name), recipient: keys.recipient, signing: keys.signing_key };
}

function pages(name, promise, officials, others, signing = officials) {
  const list = (people) => JSON.stringify(people.map((one) => one.recipient));
  // The log signs with two keys; phones check the one of Ed25519 (kind 1).
  const kind = (key) => Buffer.from(key.split("+").slice(2).join("+"), "base64")[0];
  const log = readFileSync(at("city", "log", "log.vkey"), "utf8").split("\n").find((key) => kind(key) === 1);
  const config = `example = true
exit = "https://www.weather.gov/"
[reach]
phone = "311"
address = "Example Building (invented)"
[intake]
recipients = ${list(officials)}
[contact]
city = ${list(others.slice(0, 2))}
trustee = ${list(others.slice(2))}
[keys]
promise = "${promise}"
log = "${log}"
officials = ${JSON.stringify(signing.map((one) => one.signing))}
`;
  writeFileSync(at("intake.toml"), config);
  execFileSync(makePage, [at("intake.toml"), modules, at(name)], { stdio: ["ignore", "ignore", "inherit"] });
}

let browser;
let running;
let network;
let address = "127.0.0.1:0";
let passed = 0;
async function step(name, what) {
  const got = await what();
  passed += 1;
  console.log(`ok      ${name}`);
  return got;
}

async function phone(origin) {
  browser ??= await launch(...(network?.ways ?? []));
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, reducedMotion: "reduce" });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => { throw error; });
  return { context, page, go: (name) => page.goto(`${origin}/${name}.html`) };
}

/** Waits until a phone finds the service, and sees that the pages tell of it. */
async function found({ go }, { here, origin }) {
  for (const until = Date.now() + 300_000; ;) {
    try {
      const told = await go("en-report");
      assert.equal(await told.headerValue("onion-location"), `${origin}/en-report.html`);
      break;
    } catch (error) {
      if (error.code === "ERR_ASSERTION" || Date.now() > until) throw error;
    }
  }
  assert.equal((await fetch(`${here}/en-report.html`)).headers.get("onion-location"), `${origin}/en-report.html`);
}

try {
  if (process.env.ONION) {
    await step("a Tor network stands, with an onion service", async () => {
      address = `127.0.0.1:${await freePort()}`;
      network = await tor(address);
    });
  }
  const officials = [official("one.key"), official("two.key")];
  const others = ["c1", "c2", "t1", "t2", "t3"].map(official);
  const publish = (name) => {
    const by = ["--by", "A. Privacy", "--by", "B. Counsel"];
    return JSON.parse(run("pages", "publish", "--report-pages", at(name), ...by, "--json", ...data));
  };
  // A first start makes the keys; the bundle is made of them.
  await step("a city begins, its keys go into the bundle, and pages that nobody has published are not served", async () => {
    const first = await serve();
    await first.stop();
    pages("before", first.key, officials, others, [...officials, others[0]]);
    pages("pages", first.key, officials, others);
    const refused = spawnSync(vouchsafe, ["serve", "--report", "127.0.0.1:0", "--report-pages", at("pages"), ...data], { encoding: "utf8" });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /are not published: two people do it with `vouchsafe pages publish`/);
  });
  let door = await step("two people publish the pages, and the log takes in their keys and their hash", async () => {
    assert.equal(publish("before").log_size, 2);
    const published = publish("pages");
    assert.equal(published.log_size, 4);
    assert.equal(published.keys.from, published.pages.from, "a key was only taken away, so they hold at once");
    const listed = JSON.parse(run("pages", "list", "--json", ...data));
    for (const what of ["keys", "pages"]) assert.deepEqual(listed[what].map((one) => one.standing), ["replaced", "in_force"]);
    return serve("--report-pages", at("before"));
  });
  await step("where the log has other keys a phone sends nothing, and the server says so", async () => {
    assert.equal(door.ready, false);
    const early = await phone(door.origin);
    if (network) await found(early, door);
    await early.go("en-report");
    await early.page.locator("input[value=other]").check();
    while (!(await early.page.locator("#step-review").isVisible())) await early.page.locator("section:visible button[type=submit]").click();
    await early.page.locator("#step-review button[type=submit]").click();
    await early.page.locator("#failed").waitFor({ state: "visible" });
    assert.match(await early.page.locator("#failed").innerText(), /could not check its keys[\s\S]*nothing was sent[\s\S]*311/);
    await early.context.close();
    await door.stop();
    assert.deepEqual(JSON.parse(run("inbox", "list", "--json", ...data)), []);
  });
  door = await step("anybody sees that the pages that are served now are the ones that the city has published", async () => {
    const opened = await serve("--report-pages", at("pages"));
    assert.equal(opened.ready, true);
    const seen = JSON.parse(run("pages", "check", opened.here, "--key", at("city", "log", "log.vkey"), "--json"));
    assert.deepEqual([seen.faults, seen.order.approved_by], [[], "B. Counsel"]);
    assert.ok(seen.files > 50, `${seen.files} files`);
    const proof = await (await fetch(`${opened.here}/in/keys`)).text();
    console.log(`        the proof of the keys: ${proof.length} bytes`);
    writeFileSync(at("keys.proof"), proof);
    return opened;
  });
  const { page, context, go } = await phone(door.origin);
  const next = () => page.locator("section:visible button[type=submit]").click();
  const kept = await step("a phone sends a text and a photo, and holds a promise that it verified", async () => {
    await go("en");
    await page.locator(".start a").first().click();
    await page.locator("input[value=officer-conduct]").check();
    await next();
    await page.locator("#what").fill(TEXT);
    while (!(await page.locator("input[type=file]").first().isVisible())) await next();
    await page.locator("input[type=file]").first().setInputFiles({ name: "photo.jpg", mimeType: "image/jpeg", buffer: photoWithPlace() });
    while (!(await page.locator("#step-review").isVisible())) await next();
    await next();
    await page.locator("#receipt").waitFor({ state: "visible", timeout: 120_000 });
    const receipt = (await page.locator("#receipt-shown li").allInnerTexts()).join(" ");
    const code = (await page.locator("#receipt-code").innerText()).trim();
    const day = (await page.locator("#receipt-day").innerText()).trim();
    assert.equal(receipt.split(/\s+/).length, 12);
    if (shots) await page.screenshot({ path: join(shots, "real-receipt.png") });
    await context.close();
    return { receipt, code, day };
  });
  await step("the server holds nothing that was typed", async () => {
    await door.stop();
    assert.equal(spawnSync("grep", ["-rqa", "masks took a man", at("city")]).status, 1);
    assert.equal(spawnSync("grep", ["-rqa", kept.receipt.split(/\s+/).slice(0, 3).join(" "), at("city")]).status, 1);
  });
  const tomorrow = new Date(Date.parse(kept.day) + 86_400_000).toISOString().slice(0, 10);
  await step("the day ends, the leaf joins the log, and everything verifies", async () => {
    run("close", "--today", tomorrow, ...data);
    const report = JSON.parse(run("verify", at("city"), "--proof", at("keys.proof"), "--json"));
    assert.equal(report.sound, true);
    const counted = [report.size, report.record.recomputed];
    assert.deepEqual(counted, [5, 5], "two sets of keys, two bundles of pages, and the report");
  });
  await step("an official opens the report and the clean photo, and answers", async () => {
    const reports = JSON.parse(run("inbox", "list", "--json", ...data));
    assert.equal(reports.length, 1);
    const [{ id }] = reports;
    const told = run("inbox", "open", id, "--key", officials[1].file, "--out", at("opened"), ...data);
    assert.ok(told.includes(TEXT), told);
    const photo = readFileSync(at("opened", "attachment-01.jpg"));
    assert.ok(photo.length > 100 && !photo.includes("Exif"), "the photo came without its place");
    writeFileSync(at("answer.txt"), ANSWER);
    run("inbox", "reply", id, "--key", officials[0].file, "--text", at("answer.txt"), ...data);
  });
  await step("the phone comes back: its report is in the signed log, and the answer is there", async () => {
    door = await serve("--report-pages", at("pages"));
    const again = await phone(door.origin);
    await again.go("en-return");
    await again.page.locator("#receipt").fill(kept.receipt);
    await again.page.locator("#day").fill(kept.day);
    await again.page.locator("#code").fill(kept.code);
    await again.page.locator("#return button[type=submit]").click();
    await again.page.locator("#opened").waitFor({ state: "visible" });
    await again.page.getByText(ANSWER).waitFor({ state: "visible" });
    await again.page.locator("#log").waitFor({ state: "visible" });
    if (shots) await again.page.screenshot({ path: join(shots, "real-return.png"), fullPage: true });
    const says = await again.page.locator("main").innerText();
    assert.ok(says.includes("Your report is in the public log.") && !/not (in the log|received)/i.test(says), says);
    // The receipt alone is enough: the mailbox has the promise.
    await again.go("en-return");
    await again.page.locator("#receipt").fill(kept.receipt);
    await again.page.locator("#return button[type=submit]").click();
    await again.page.locator("#log-state", { hasText: "The public log has a report under your receipt." }).waitFor({ state: "visible" });
    await again.context.close();
  });
  await door.stop();
  console.log(`the whole way of a report: ${passed} passed, 0 failed, 0 skipped`);
} catch (error) {
  console.log(`FAILED  ${error.stack ?? error}`);
  console.log(`the whole way of a report: ${passed} passed, 1 failed, 0 skipped`);
  process.exitCode = 1;
} finally {
  await running?.();
  await browser?.close();
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
