// One story in two other engines: Firefox ESR (WebDriver BiDi, by puppeteer-core) and WebKitGTK (WebDriver, its own driver):
// a text and a photo with a box over part of it are sealed and sent, and the receipt comes.
// Usage: BUNDLE=dist/report CITY=path/to/city node others.mjs [--only firefox|webkit]
import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { launch, runAll } from "../chromium.mjs";
import { double } from "../report-double.mjs";
import { looked, onItsSide, quarters } from "../report-files.mjs";

const world = { bundle: process.env.BUNDLE ?? "../../dist/report", city: process.env.CITY ?? "../../target/debug/examples/city" };
const TEXT = "Two men in masks took a man at the corner. مرحبا";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Firefox: what a story needs of a browser. */
async function firefox() {
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr", headless: true });
  const page = await browser.newPage();
  await page.setViewport({ width: 360, height: 640 });
  return {
    go: (url) => page.goto(url),
    click: (css) => page.locator(css).click(),
    type: (css, text) => page.type(css, text),
    choose: async (css, path) => (await page.$(css)).uploadFile(path),
    seen: (script) => page.evaluate(`(() => { ${script} })()`),
    end: () => browser.close(),
  };
}

/** WebKitGTK's small browser, on a screen that nobody sees. */
async function webkit() {
  const port = await new Promise((resolve) => {
    const free = createServer().listen(0, "127.0.0.1", () => { const { port } = free.address(); free.close(() => resolve(port)); });
  });
  const screen = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", "800x1000x24", "-nolisten", "tcp"], { stdio: ["ignore", "pipe", "ignore"] });
  const display = await new Promise((resolve, reject) => { screen.stdout.once("data", (data) => resolve(String(data).trim())); screen.once("exit", () => reject(new Error("no screen"))); });
  const driver = spawn("WebKitWebDriver", [`--port=${port}`], { env: { ...process.env, DISPLAY: `:${display}` }, stdio: "ignore" });
  const call = async (path, body, method = body ? "POST" : "GET") => {
    const found = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await found.json();
    if (!found.ok) throw new Error(`${path}: ${value.error}: ${value.message}`);
    return value;
  };
  for (let tries = 0; ; tries += 1) {
    try { await call("/status"); break; } catch (error) { if (tries > 100) throw error; await pause(100); }
  }
  const { sessionId } = await call("/session", { capabilities: { alwaysMatch: {} } });
  const at = `/session/${sessionId}`;
  const element = async (css) => Object.values(await call(`${at}/element`, { using: "css selector", value: css }))[0];
  return {
    go: (url) => call(`${at}/url`, { url }),
    click: async (css) => call(`${at}/element/${await element(css)}/click`, {}),
    type: async (css, text) => call(`${at}/element/${await element(css)}/value`, { text }),
    choose: async (css, path) => call(`${at}/element/${await element(css)}/value`, { text: path }),
    seen: (script) => call(`${at}/execute/sync`, { script, args: [] }),
    end: async () => {
      await call(at, undefined, "DELETE").catch(() => {});
      driver.kill();
      screen.kill();
    },
  };
}

const story = (start) => async () => {
  const folder = mkdtempSync(join(tmpdir(), "vouchsafe-others-"));
  const chromium = await launch();
  const door = await double(world);
  const browser = await start();
  const visible = (id) => browser.seen(`return document.querySelector("#${id}").checkVisibility()`);
  const until = async (what, script) => {
    for (let tries = 0; !(await browser.seen(script)); tries += 1) {
      if (tries > 600) throw new Error(`${what}: ${await browser.seen("return document.querySelector('main').innerText")}`);
      await pause(100);
    }
  };
  const next = () => browser.click("section:not([hidden]) > .go > button[type=submit]");
  const files = (words) => until(words, `return document.querySelector("#files-list").innerText.includes("${words}")`);
  try {
    const photo = onItsSide(await quarters(chromium, 400, 300, "image/jpeg"));
    writeFileSync(join(folder, "photo.jpg"), photo);
    await browser.go(`${door.origin}/en-report.html`);
    await browser.click("input[value=crime]");
    await next();
    await browser.type("#what", TEXT);
    while (!(await visible("step-files"))) await next();
    await browser.choose("#files-input", join(folder, "photo.jpg"));
    await files("Details removed");
    await browser.click("#files-list button");
    await until("cover", "return document.querySelector('#cover').checkVisibility()");
    await browser.click("#cover-add");
    const unsent = () => assert.deepEqual([door.uploads.size, door.asked.filter(({ path }) => path.startsWith("/in/")).length], [0, 0]);
    unsent();
    await browser.click("#cover-save");
    await files("Parts are covered");
    await files("Details removed");
    while (!(await visible("step-review"))) await next();
    unsent();
    await next();
    await until("receipt", "return document.querySelector('#receipt').checkVisibility()");
    assert.equal(await browser.seen("return document.querySelectorAll('#receipt-shown li').length"), 12);
    const read = door.open(door.reports[0]);
    assert.equal(read.answers["what-happened"], TEXT);
    assert.deepEqual([door.uploads.size, read.attachments.length], [1, 1]);
    const [one] = read.attachments;
    const sent = door.content(one);
    const hash = (data) => createHash("sha256").update(data).digest("hex");
    assert.deepEqual([one.cleaned, one.original, one.sent], [true, hash(photo), hash(sent)]);
    const look = await looked(chromium, sent, [[0.5, 0.5], [0.42, 0.58], [0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9]]);
    assert.deepEqual([look.width, look.height], [300, 400]);
    const meant = [[0, 0, 0], [0, 0, 0], [0, 0, 255], [255, 0, 0], [255, 255, 0], [0, 255, 0]];
    look.colors.forEach((color, place) => color.forEach((part, which) => assert.ok(Math.abs(part - meant[place][which]) <= 12, `${place}: ${color}`)));
  } finally {
    await browser.end();
    await chromium.close();
    door.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : "";
const stories = {
  "firefox: a text and a covered photo are sent, and the receipt comes": story(firefox),
  "webkit: a text and a covered photo are sent, and the receipt comes": story(webkit),
};
const chosen = Object.fromEntries(Object.entries(stories).filter(([name]) => name.startsWith(only)));
const { line, held } = await runAll("the page in other engines", chosen, {});
console.log(line);
process.exit(held ? 0 : 1);
