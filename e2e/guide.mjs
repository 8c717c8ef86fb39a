// The guide without network, in real Chromium at a phone's size: installed at a desk of the demo city, cut off, asked, killed, sent.
// Usage: VOUCHSAFE=path/to/vouchsafe GUIDE=dist/guide node guide.mjs [--three] [--shots DIR] [--only WORDS]
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { bigTargets, executablePath, launch, noSidewaysScroll, runAll } from "./chromium.mjs";
import { one as alone, three } from "./served.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.argv.includes("--shots") ? process.argv[process.argv.indexOf("--shots") + 1] : null;
if (shots) mkdirSync(shots, { recursive: true });
const program = process.env.VOUCHSAFE ?? "../target/debug/vouchsafe";
const guide = process.env.GUIDE ?? "../dist/guide";
const data = mkdtempSync(join(tmpdir(), "vouchsafe-guide-"));
const PHONE = { width: 360, height: 640 };
const BUDGET_BYTES = 300_000;

/** The desk, at the address that it had before, so that a phone finds it again; with --three of three processes that are killed all the while. */
const many = process.argv.includes("--three");
const demo = (module = guide) => ["--demo", "--guide", module];
const served = await (many ? three : alone)(program, data, () => {}, ...demo());
const origin = `http://127.0.0.1:${served.port}`;
await served.disturb?.();

function runs(process_id) {
  try {
    return process.kill(process_id, 0);
  } catch (error) {
    assert.equal(error.code, "ESRCH");
    return false;
  }
}

/** A phone that keeps what it has when its browser is killed. */
async function phone(name) {
  const folder = join(data, name);
  const complaints = [];
  const begin = async () => {
    const context = await chromium.launchPersistentContext(folder, {
      executablePath, viewport: PHONE, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
    });
    context.setDefaultTimeout(30_000);
    const page = context.pages()[0] ?? await context.newPage();
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of [45]\d\d|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|ERR_FAILED/.test(message.text())) complaints.push(message.text());
    });
    return { context, page };
  };
  const one = {
    ...await begin(),
    complaints,
    async signIn(who, agency = "DOC", role = "desk") {
      await one.page.goto(`${origin}/sign-in`);
      await one.page.fill("#name", who);
      await one.page.selectOption("#agency", agency);
      await one.page.selectOption("#role", role);
      await one.page.click("main form button.main");
      await one.page.waitForURL(/gate|requests/);
    },
    async open() {
      await one.page.goto(`${origin}/guide/`);
      await one.page.waitForSelector("body[data-guide=ready]");
    },
    /** The guide's page, controlled by its worker. */
    async install() {
      await one.open();
      await one.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
      await one.open();
    },
    async cut() { await one.context.setOffline(true); },
    async restore() { await one.context.setOffline(false); },
    /** The browser dies as when the battery is empty: it is killed with no warning, and started again. */
    async die() {
      const cdp = await one.context.browser().newBrowserCDPSession();
      const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
      const { id } = processInfo.find((process) => process.type === "browser");
      const gone = one.context.waitForEvent("close");
      process.kill(id, "SIGKILL");
      await gone;
      // Its connection ends before the operating system has cleared it away.
      for (let tries = 0; runs(id); tries += 1) {
        assert.ok(tries < 200, "the browser lives");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      Object.assign(one, await begin());
    },
    text: () => one.page.locator("main").innerText(),
    tap: (name) => one.page.getByRole("button", { name }).first().click(),
    async shot(name) { if (shots) await one.page.screenshot({ path: join(shots, `guide-${name}.png`), fullPage: true }); },
    async accessible() {
      // Through the debugger, not the page, whose policy runs no other script.
      await one.page.evaluate(axe);
      const { violations } = await one.page.evaluate(() => globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
      assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`), []);
      await bigTargets(one.page, one.page.url());
      await noSidewaysScroll(one.page, one.page.url());
    },
    /** What the page answers, asked again where a guide that takes another version loads itself anew meanwhile. */
    async answers(question) {
      for (let tries = 0; ; tries += 1) {
        try {
          return await one.page.evaluate(question);
        } catch (error) {
          if (tries === 5 || !/Execution context was destroyed/.test(error.message)) throw error;
          await one.page.waitForSelector("body[data-guide=ready]");
        }
      }
    },
    /** What stands in the queue, as whoever finds the phone reads it. */
    queue: () => one.answers(() => new Promise((done) => {
      const asked = indexedDB.open("vouchsafe-guide", 1);
      asked.onsuccess = () => {
        const got = asked.result.transaction("queue").objectStore("queue").getAll();
        got.onsuccess = () => { asked.result.close(); done(got.result.map((item) => ({ ...item, iv: null, sealed: new TextDecoder().decode(item.sealed) }))); };
      };
    })),
    /** That a paper and "no paper" are never ticked together; what was ticked is ticked again. */
    async eitherPaperOrNone() {
      const box = (value) => one.page.locator(`input[name=document][value=${value}]`);
      const ticked = () => one.page.locator("input[name=document]:checked").evaluateAll((all) => all.map((it) => it.value));
      const before = await ticked();
      await box("none").check();
      assert.deepEqual(await ticked(), ["none"]);
      await box("i200").check();
      assert.deepEqual(await ticked(), ["i200"]);
      await box("i200").uncheck();
      for (const value of before) await box(value).check();
      assert.deepEqual(await ticked(), before);
    },
    /** Answers a detainer to its end and keeps it; what was said of each act. */
    async detainer() {
      const screen = one.page.locator("#screen");
      let before = await screen.innerHTML();
      await one.tap("immigration detainer");
      for (let taps = 0; taps < 12; taps += 1) {
        // The module answers beside the page: the next question is there when the screen is another one.
        await one.page.waitForFunction((old) => document.querySelector("#screen").innerHTML !== old && document.querySelector("#screen button") !== null, before);
        before = await screen.innerHTML();
        if (await one.page.locator("[data-said]").count() > 0) break;
        if (await one.page.locator("input[name=document]").count() > 0) { await one.eitherPaperOrNone(); await one.tap("Continue"); }
        else if (await one.page.locator("#screen .row").count() > 0) await one.page.locator("#screen .row button[value=no]").click();
        else if (await one.page.locator("#screen .choices button[value=ice_ero]").count() > 0) await one.page.locator(".choices button[value=ice_ero]").click();
        else await one.page.locator("#screen .choices button").first().click();
      }
      const said = await one.page.locator("[data-said]").evaluateAll((all) => all.map((it) => [it.dataset.act, it.dataset.said]));
      return said;
    },
    async keepIt() {
      if (await one.page.locator("#requester").inputValue() === "") await one.page.selectOption("#requester", "ice_ero");
      await one.page.locator("#keep details summary").click();
      await one.page.fill("#note", "the paper was left on the counter");
      await one.tap("Keep it on this device");
      await one.page.waitForSelector("h1:has-text('What')");
    },
  };
  return one;
}

/** The requests of DOC that the desk shows. */
async function requests(phone) {
  const page = await phone.context.newPage();
  await page.goto(`${origin}/requests`);
  const links = await page.locator("a[href^='/requests/rq-']").evaluateAll((all) => all.map((it) => it.getAttribute("href")));
  await page.close();
  return links;
}

const stories = {
  "all that the guide needs is at most 300 kB on the way, and can be installed": async () => {
    const one = await phone("light");
    await one.signIn("L. Light");
    const cdp = await one.context.newCDPSession(one.page);
    await cdp.send("Network.enable");
    const sizes = new Map();
    const paths = new Map();
    cdp.on("Network.responseReceived", ({ requestId, response }) => paths.set(requestId, new URL(response.url).pathname));
    cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const path = paths.get(requestId);
      if (path) sizes.set(path, Math.max(sizes.get(path) ?? 0, encodedDataLength));
    });
    await one.open();
    const worker = await one.page.evaluate(async () => (await fetch("/guide/worker.js")).text());
    const files = Object.keys(JSON.parse(/const FILES = (\{[^]*?\});/.exec(worker)[1]));
    for (const path of ["/guide/", "/guide/guide.js", "/guide/guide.wasm", "/guide/pack.json", "/guide/guide.webmanifest"]) assert.ok(files.includes(path), path);
    await one.page.evaluate((all) => Promise.all(all.map((path) => fetch(path, { cache: "no-store" }).then((it) => it.arrayBuffer()))), files);
    const weighed = [...files, "/guide/worker.js"].map((path) => [path, sizes.get(path) ?? 0]);
    const total = weighed.reduce((sum, [, size]) => sum + size, 0);
    console.log(`        ${total} bytes: ${weighed.map(([path, size]) => `${path} ${size}`).join(", ")}`);
    assert.ok(weighed.every(([, size]) => size > 0), JSON.stringify(weighed));
    assert.ok(total <= BUDGET_BYTES, `${total} bytes are more than ${BUDGET_BYTES}`);
    const { errors, data: manifest } = await cdp.send("Page.getAppManifest");
    assert.deepEqual(errors, []);
    assert.equal(JSON.parse(manifest).scope, "/guide/");
    const { installabilityErrors } = await cdp.send("Page.getInstallabilityErrors");
    const serious = installabilityErrors.map((it) => it.errorId).filter((id) => id !== "in-incognito");
    assert.deepEqual(serious, []);
    const policy = (await one.context.request.get(`${origin}/guide/`)).headers()["content-security-policy"];
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval';/);
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*|https?:/);
    assert.doesNotMatch((await one.context.request.get(`${origin}/gate`)).headers()["content-security-policy"], /wasm|script-src/);
    await one.context.close();
  },

  "every decided case is answered by the module in the browser as the server answers it: barred, or ask counsel": async () => {
    const [pack, cases] = [join(data, "pack.json"), join(data, "cases.jsonl")];
    await promisify(execFile)(program, ["law", "compile", "--out", pack, "--cases", cases]);
    const browser = await launch();
    const page = await browser.newPage();
    const lines = readFileSync(cases, "utf8").trim().split("\n").map((line) => JSON.parse(line));
    assert.ok(lines.length > 1_200, `only ${lines.length} cases`);
    const module = readFileSync(join(guide, "guide.wasm")).toString("base64");
    const answers = await page.evaluate(async ({ module, pack, lines }) => {
      const bytes = Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0));
      const wasm = (await WebAssembly.instantiate(bytes, {})).instance.exports;
      const ask = (number, text) => {
        const input = new TextEncoder().encode(text);
        const at = wasm.alloc(input.length);
        new Uint8Array(wasm.memory.buffer, at, input.length).set(input);
        const fault = wasm.call(number, at, input.length);
        return [fault, new TextDecoder().decode(new Uint8Array(wasm.memory.buffer, wasm.out_ptr(), wasm.out_len()))];
      };
      const loaded = ask(17, pack);
      if (loaded[0] !== 0) return [loaded];
      const exported = Object.keys(wasm).filter((name) => !name.startsWith("__")).sort();
      return [exported, lines.map(({ question, facts, on }) => ask(20, JSON.stringify({ question, facts, on })))];
    }, { module, pack: readFileSync(pack, "utf8"), lines });
    assert.deepEqual(answers[0], ["alloc", "call", "memory", "out_len", "out_ptr"]);
    const differ = lines.filter((line, place) => {
      const [fault, said] = answers[1][place];
      return fault !== 0 || said !== JSON.stringify(line.outcome === "barred" ? "barred" : "escalate") || JSON.parse(said) !== line.said;
    });
    assert.deepEqual(differ.map((line) => line.case), []);
    assert.ok(new Set(lines.map((line) => line.outcome)).size >= 5, "cases of every outcome");
    await browser.close();
  },

  "cut off, the guide asks what the gate asks, bars or sends to counsel, keeps it sealed, survives a killed browser and sends it once": async () => {
    const one = await phone("clerk");
    await one.signIn("C. Clerk");
    await one.install();
    const before = await requests(one);
    await one.shot("begin");
    await one.accessible();
    await one.cut();
    await one.open();
    assert.match(await one.text(), /Offline: barred or ask counsel only; not recorded yet\./);
    await one.tap("immigration detainer");
    await one.shot("question");
    await one.accessible();
    await one.page.goBack();
    await one.page.waitForSelector("#screen button[value=detainer]");
    const said = await one.detainer();
    assert.ok(said.length === 2 && said.every(([, what]) => ["barred", "escalate"].includes(what)), JSON.stringify(said));
    assert.match(await one.text(), /Say this[^]*Do this[^]*Do not do this[^]*212-555-01\d\d \(invented number of the demo city\)/);
    assert.doesNotMatch(await one.page.locator("#screen").innerText(), /May be done|Permitted|Allowed/i);
    await one.shot("answer");
    await one.accessible();
    await one.keepIt();
    // A browser that takes itself for online tries to send at once, and says besides that there is no network.
    const told = one.page.locator("#told", { hasText: "Kept on this device. It is not recorded yet." });
    await told.waitFor({ timeout: 10_000 });
    await one.page.getByText("Kept on this device, encrypted, and not recorded yet:").waitFor({ timeout: 10_000 });
    const [item] = await one.queue();
    assert.deepEqual(Object.keys(item).sort(), ["day", "id", "iv", "member", "refused", "sealed"]);
    assert.doesNotMatch(JSON.stringify(item), /detainer|hold|counter|ice_ero/);
    await one.shot("kept");
    await one.accessible();
    await one.die();
    await one.cut();
    await one.open();
    assert.equal((await one.queue()).length, 1, "what was kept outlives the browser");
    assert.match(await one.text(), /not recorded yet:\s*\d{4}-\d\d-\d\d: 1/);
    // The desk dies too, and is there again before the network is.
    await served.again("SIGKILL", ...demo());
    await one.restore();
    // Signed out, it stays.
    await one.context.clearCookies();
    await one.open();
    assert.match(await one.text(), /You are signed out/);
    assert.equal((await one.queue()).length, 1);
    await one.signIn("C. Clerk");
    // The first answer is lost on the way: the guide sends again, and the record has it once.
    let lost = 0;
    await one.context.route("**/guide/queue", async (route) => {
      if (lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      return route.abort();
    });
    await one.open();
    await one.page.waitForSelector("text=Send now");
    assert.equal((await one.queue()).length, 1, "what was not acknowledged stays");
    assert.equal(lost, 1);
    await one.tap("Send now");
    await one.page.waitForSelector("text=Everything of yours that was kept here is recorded.");
    assert.deepEqual(await one.queue(), []);
    const after = await requests(one);
    assert.equal(after.filter((link) => !before.includes(link)).length, 1);
    await one.page.goto(`${origin}${after.find((link) => !before.includes(link))}`);
    assert.match(await one.text(), /Decided offline[^]*the guide said/);
    assert.doesNotMatch(await one.text(), /recorded as a fault/);
    await one.shot("recorded");
    await one.accessible();
    assert.deepEqual(one.complaints, []);
    await one.context.close();
  },

  "what somebody kept is neither read nor sent by whoever signs in next": async () => {
    const one = await phone("shared");
    await one.signIn("A. First");
    await one.install();
    await one.cut();
    await one.open();
    await one.detainer();
    await one.keepIt();
    await one.restore();
    await one.signIn("B. Second");
    await one.open();
    assert.match(await one.text(), /Kept here by somebody else[^]*: 1/);
    assert.equal((await one.queue()).length, 1);
    assert.equal(await one.page.getByRole("button", { name: "Open and mend" }).count(), 0);
    await one.signIn("A. First");
    await one.open();
    await one.page.waitForSelector("text=Everything of yours that was kept here is recorded.");
    assert.deepEqual(await one.queue(), []);
    await one.context.close();
  },

  "what the record does not take stays on the device as needing a person, who mends it": async () => {
    const one = await phone("forged");
    await one.signIn("F. Forger");
    await one.install();
    await one.cut();
    await one.open();
    await one.detainer();
    await one.keepIt();
    // Three more, forged with the member's own key: an act that nobody knows, a megabyte, another agency.
    await one.page.evaluate(async () => {
      const opened = await new Promise((done) => { const asked = indexedDB.open("vouchsafe-guide", 1); asked.onsuccess = () => done(asked.result); });
      const get = (store) => new Promise((done) => { const got = opened.transaction(store).objectStore(store).getAll(); got.onsuccess = () => done(got.result); });
      const [[item], [key]] = [await get("queue"), await get("keys")];
      const bound = (id) => new TextEncoder().encode(`vouchsafe guide queue v1\n${item.member}\n${id}`);
      const form = JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv: item.iv, additionalData: bound(item.id) }, key, item.sealed)));
      let exported = "no";
      await crypto.subtle.exportKey("raw", key).then(() => { exported = "yes"; }, () => {});
      if (exported === "yes") throw new Error("the key can be taken out");
      const forged = [
        { ...form, fields: [["act", "dance"], ["requester", "ice_ero"]] },
        { ...form, fields: [...form.fields, ["note", "x".repeat(1024 * 1024)]] },
        { ...form, agency: "NYPD" },
      ];
      for (const [place, one] of forged.entries()) {
        const id = String(place).repeat(32);
        const iv = crypto.getRandomValues(new Uint8Array(12));
        const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound(id) }, key, new TextEncoder().encode(JSON.stringify({ ...one, id })));
        await new Promise((done) => {
          const change = opened.transaction("queue", "readwrite");
          change.objectStore("queue").put({ id, member: item.member, day: item.day, iv, sealed, refused: false }, id);
          change.oncomplete = done;
        });
      }
    });
    await one.restore();
    await one.open();
    await one.page.waitForSelector("[data-refused]");
    assert.deepEqual((await one.queue()).map((item) => [item.id[0], item.refused]).sort(), [["0", true], ["1", true], ["2", true]]);
    const text = await one.text();
    assert.match(text, /Needs a person[^]*dance/);
    assert.match(text, /It is longer than anything that a desk records/);
    assert.match(text, /This was taken down for NYPD/);
    await one.shot("needs-a-person");
    await one.accessible();
    await one.page.locator(`[data-refused="${"1".repeat(32)}"] button`).click();
    await one.page.waitForSelector("#keep");
    await one.page.locator("#keep details summary").click();
    await one.page.fill("#note", "shorter");
    await one.tap("Keep it on this device");
    for (let waits = 0; waits < 100 && (await one.queue()).length > 2; waits += 1) await one.page.waitForTimeout(100);
    assert.deepEqual((await one.queue()).map((item) => item.id[0]).sort(), ["0", "2"]);
    // What was taken down for another agency is not mended into one of this agency.
    await one.page.locator(`[data-refused="${"2".repeat(32)}"] button`).click();
    await one.page.waitForSelector("#told:has-text('You took this down for another agency or site')");
    assert.equal(await one.page.locator("#keep").count(), 0);
    assert.deepEqual(one.complaints, []);
    await one.context.close();
  },

  "a new version is taken whole when there is network, and what waits is still there": async () => {
    const one = await phone("update");
    await one.signIn("U. Update");
    await one.install();
    const before = await requests(one);
    await one.open();
    const kept = () => one.answers(() => caches.keys());
    const [old] = await kept();
    await one.cut();
    await one.open();
    await one.detainer();
    await one.keepIt();
    // Another tab, in the middle of a question.
    const two = await one.context.newPage();
    await two.goto(`${origin}/guide/`);
    await two.waitForSelector("body[data-guide=ready]");
    await two.locator("#screen button[value=detainer]").click();
    await two.waitForFunction(() => document.querySelector("#screen button[value=detainer]") === null);
    await two.evaluate(() => { globalThis.same = true; });
    // The same module with a remark at its end: another version.
    const newer = join(data, "newer");
    mkdirSync(newer, { recursive: true });
    writeFileSync(join(newer, "guide.wasm"), Buffer.concat([readFileSync(join(guide, "guide.wasm")), Buffer.from([0, 2, 1, 120])]));
    // Nobody is signed in: nothing can be installed, and the old version stays whole. Signed out before the new one is there: a browser's
    // own look for another worker is not cut off with its pages.
    await one.context.clearCookies();
    await served.again("SIGTERM", ...demo(newer));
    await one.restore();
    await one.open();
    await one.page.waitForTimeout(2_000);
    assert.deepEqual(await kept(), [old]);
    await one.signIn("U. Update");
    // What waits cannot be sent before the new version was seen to leave it where it is.
    await one.context.route("**/guide/queue", (route) => route.abort());
    await one.open();
    await one.page.waitForFunction(async (before) => { const now = await caches.keys(); return now.length === 1 && now[0] !== before; }, old);
    assert.equal((await one.queue()).length, 1, "a new version takes nothing that waits");
    await one.context.unroute("**/guide/queue");
    // The other tab stays where it was until its question is done.
    await two.waitForTimeout(1_000);
    assert.equal(await two.evaluate(() => globalThis.same), true, "a question was cut off by a new version");
    await two.goBack();
    await two.waitForFunction(() => globalThis.same === undefined && document.body.dataset.guide === "ready");
    await two.close();
    await one.open();
    for (let waits = 0; waits < 100 && (await one.queue()).length > 0; waits += 1) await one.page.waitForTimeout(100);
    assert.deepEqual(await one.queue(), []);
    assert.equal((await requests(one)).filter((link) => !before.includes(link)).length, 1, "it is recorded once");
    await one.open();
    await one.cut();
    await one.open();
    assert.match(await one.text(), /The desk last confirmed this law on/);
    await one.restore();
    if (many) {
      // Processes of both versions beside each other, one after the other killed and back with the older one: a phone that asks all of them
      // has one version or the other and never a mixture, and at last the one that all of them have.
      const [now] = await kept();
      const length = readFileSync(join(guide, "guide.wasm")).length;
      const modules = () => one.page.evaluate(async () => {
        const all = await Promise.all((await caches.keys()).map(async (name) => [name, await (await caches.open(name)).match("/guide/guide.wasm")]));
        return Promise.all(all.filter(([, module]) => module).map(async ([name, module]) => [name, (await module.arrayBuffer()).byteLength]));
      });
      // A guide that takes another version loads itself anew: what is kept is read from a page that does not.
      await one.page.goto(`${origin}/gate`);
      const look = async () => {
        const tab = await one.context.newPage();
        await tab.goto(`${origin}/guide/`, { waitUntil: "commit" });
        await tab.waitForSelector("body[data-guide=ready]");
        await tab.waitForTimeout(500);
        for (const [name, bytes] of await modules()) assert.equal(bytes, { [old]: length, [now]: length + 4 }[name], "a mixture of two versions");
        await tab.close();
      };
      let turning = true;
      const turned = served.turn(...demo()).then(() => { turning = false; });
      let opened = 0;
      for (; turning; opened += 1) await look();
      await turned;
      for (let tries = 0; tries < 50 && (await kept()).join() !== old; tries += 1) await look();
      assert.deepEqual(await kept(), [old]);
      console.log(`        opened ${opened} times while processes of two versions answered`);
    } else {
      await served.again("SIGTERM", ...demo());
    }
    await one.context.close();
  },

  "a guide whose pack nobody has confirmed for weeks says so and bars nothing": async () => {
    const one = await phone("old");
    await one.signIn("O. Old");
    await one.install();
    await one.cut();
    await one.page.evaluate(() => new Promise((done) => {
      const asked = indexedDB.open("vouchsafe-guide", 1);
      asked.onsuccess = () => {
        const store = asked.result.transaction("about", "readwrite").objectStore("about");
        store.get("me").onsuccess = (event) => { store.put({ ...event.target.result, day: "2026-01-02" }, "me").onsuccess = done; };
      };
    }));
    await one.open();
    assert.ok((await one.detainer()).every(([, what]) => what === "escalate"));
    assert.match(await one.text(), /Nobody has confirmed for more than two weeks/);
    await one.shot("old");
    await one.accessible();
    await one.context.close();
  },

  "a guide whose clock was set back to a day before one that it has seen bars nothing until a desk tells it the day": async () => {
    const one = await phone("back");
    await one.signIn("B. Back");
    await one.install();
    const barred = (said) => said.some(([, what]) => what === "barred");
    assert.ok(barred(await one.detainer()));
    await one.cut();
    // The clock goes forward beyond the fortnight, the guide is used, and the clock is set back to where it was.
    await one.context.clock.setFixedTime(Date.now() + 40 * 86_400_000);
    await one.open();
    assert.ok(!barred(await one.detainer()));
    await one.context.clock.setFixedTime(Date.now());
    await one.open();
    assert.ok(!barred(await one.detainer()), "it bars by a clock that was set back");
    assert.match(await one.text(), /Nobody has confirmed for more than two weeks/);
    await one.restore();
    await one.open();
    assert.ok(barred(await one.detainer()));
    await one.context.close();
  },
};

const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : "";
const chosen = Object.fromEntries(Object.entries(stories).filter(([title]) => title.includes(only)));
const { line, held } = await runAll(many ? "guide of three processes" : "guide", chosen, {}, () => served.end());
rmSync(data, { recursive: true, force: true });
console.log(line);
process.exit(held ? 0 : 1);
