// The pictures of docs/screens, made from the invented city with fixed names and sizes. Nobody in them is real, and each page says so.
// Usage: VOUCHSAFE=path/to/vouchsafe node screens.mjs [--guide DIR] [--out DIR]
import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executablePath, launch } from "./chromium.mjs";
import { one } from "./served.mjs";
import { CIVIL, ICE, PAPERS, at } from "./stories.mjs";

const given = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise);
const program = process.env.VOUCHSAFE ?? "../target/debug/vouchsafe";
const out = given("--out", "../docs/screens");
const guide = given("--guide", "../dist/guide");
if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}: apt-get install -y chromium`);
if (!existsSync(join(guide, "guide.wasm"))) throw new Error(`no module of the guide in ${guide}: cargo xtask guide`);
mkdirSync(out, { recursive: true });
/** The whole folder, in bytes: it is cloned with the source. */
const ALL_MAX = 1_500_000;
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 };
const DESK = { viewport: { width: 960, height: 900 } };

const data = mkdtempSync(join(tmpdir(), "vouchsafe-screens-"));
const served = await one(program, data, () => {}, "--demo", "--guide", guide);
process.on("exit", () => served.kill?.());
const world = { browser: await launch(), origin: `http://127.0.0.1:${served.port}` };

/** Keeps what is seen from this element on, at most so high, without letting the browser's frame in. */
async function keep(desk, name, { from = "body", high } = {}) {
  const { page } = desk;
  page.setDefaultTimeout(120_000);
  await page.waitForLoadState("load");
  await page.evaluate(() => document.activeElement?.blur());
  const { width, height } = page.viewportSize();
  const [top, all] = await page.locator(from).first().evaluate((one) => [one.getBoundingClientRect().top + scrollY, document.documentElement.scrollHeight]);
  const y = from === "body" ? 0 : Math.max(0, top - 12);
  const debug = await page.context().newCDPSession(page);
  const { data: taken } = await debug.send("Page.captureScreenshot", {
    format: "webp", quality: 82, captureBeyondViewport: true,
    clip: { x: 0, y, width, height: Math.min(high ?? height, all - y), scale: 1 },
  });
  await debug.detach();
  writeFileSync(join(out, `${name}.webp`), Buffer.from(taken, "base64"));
}

// The gate, its question and its answers.
const door = await at(world, "DSS", { ...PHONE, name: "D. Desk" });
await door.tap("Officers want to come in");
await door.answer([["danger", "No"], ["papers", async () => {}]], 2).catch(() => {});
await keep(door, "gate-question", { from: "h1", high: 900 });
await door.answer([["danger", "No"], ["papers", PAPERS("I-200")], ICE, CIVIL, ["", "No"]]);
await keep(door, "answer-at-a-door", { from: "h1", high: 1100 });
await door.close();

const desk = await at(world, "DOC", { ...PHONE, name: "D. Desk" });
await desk.tap("An immigration detainer came");
await desk.answer([["papers", PAPERS("I-200")], ICE, CIVIL, ["", "I cannot know"]]);
await keep(desk, "answer-to-a-detainer", { from: "h1", high: 1100 });
await desk.record();
const request = new URL(desk.page.url()).pathname;
await desk.done("We told them of the release");
await desk.close();

// A hand-over, of another request.
const officer = await at(world, "DOC", { ...DESK, name: "O. Officer" });
await officer.tap("Somebody asks when a person is released");
await officer.answer([ICE, CIVIL, ["search show", "Neither"]]);
await officer.record();
await officer.page.getByRole("radio", { name: "The person was handed over" }).check();
await officer.page.getByLabel("Who decided").fill("Captain B");
await officer.page.getByLabel("Written basis", { exact: true }).selectOption("judicial_arrest_warrant");
await officer.page.getByLabel("Number on the paper").fill("26-MJ-101");
await officer.page.getByLabel("Second official").fill("Captain C");
await officer.page.getByLabel("Where the person was handed over").fill("Central Booking");
await officer.tap("Record what was done");
await officer.page.goto(`${world.origin}/hand-overs`);
await keep(officer, "hand-overs", { from: "h1" });
await officer.page.goto(`${world.origin}/duties`);
await keep(officer, "duties", { from: "h1" });
await officer.close();

// The page of a request: what was done, and the tree of reasons.
const counsel = await at(world, "DOC", { ...DESK, role: "counsel", name: "L. Counsel" });
await counsel.page.goto(world.origin + request);
await keep(counsel, "request", { high: 1150 });
const why = counsel.page.locator("summary", { hasText: /^Why/ }).first();
await why.click();
await keep(counsel, "request-reasons", { from: "summary:has-text('Why')", high: 1000 });
const entries = counsel.page.locator("summary", { hasText: "Entries and their place in the log" });
await entries.click();
await keep(counsel, "request-proofs", { from: "summary:has-text('Entries and their place')", high: 700 });
// The list, searched.
await counsel.page.goto(`${world.origin}/requests`);
await counsel.page.getByRole("searchbox", { name: "Search" }).fill("ICE hold");
await counsel.press(counsel.page.getByRole("button", { name: "Show", exact: true }));
await keep(counsel, "list", { from: "h1", high: 1300 });
await counsel.press(counsel.page.getByRole("link", { name: "Filings", exact: true }));
await counsel.press(counsel.page.locator('a[href^="/statements/"]').first());
await keep(counsel, "statement", { from: "h1", high: 1000 });
await counsel.close();

// A disclosure that waits for the privacy officer.
const clerk = await at(world, "DOC", { ...PHONE, name: "C. Clerk" });
await clerk.tap("Somebody asks for a screenshot");
await clerk.answer([["who is asking", "Federal Bureau of Investigation"], ["which law", "firearms"], ["", async ({ tap, page }) => {
  await tap((await page.getByRole("button", { name: "Answer with what is known" }).count()) > 0 ? "Answer with what is known" : "I cannot know");
}]]);
await clerk.record();
await clerk.press(clerk.page.getByRole("link", { name: "Propose a disclosure" }));
await keep(clerk, "disclosure", { from: "h1", high: 1100 });
await clerk.close();

const reader = await at(world, "DOC", { ...DESK, role: "law-department", name: "R. Reader" });
await reader.page.goto(`${world.origin}/figures?year=2024`);
await keep(reader, "figures", { from: "h1", high: 1300 });
await reader.close();

// The guide without network.
const offline = await at(world, "DOC", { ...PHONE, name: "D. Desk" });
const open = async () => { await offline.page.goto(`${world.origin}/guide/`); await offline.page.waitForSelector("body[data-guide=ready]"); };
await open();
await offline.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
await open();
await offline.context.setOffline(true);
await open();
await keep(offline, "guide-without-network");
await offline.context.close();

await world.browser.close();
await served.end();
rmSync(data, { recursive: true, force: true });
const pictures = readdirSync(out).filter((name) => name.endsWith(".webp"));
const bytes = pictures.reduce((sum, name) => sum + statSync(join(out, name)).size, 0);
assert.ok(bytes < ALL_MAX, `${bytes} bytes are too many to be cloned with the source`);
console.log(`${pictures.length} pictures, ${bytes} bytes, in ${out}`);
