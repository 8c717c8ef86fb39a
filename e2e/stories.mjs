// The desk's stories, told by role. Each is one promise; each fails if the promise breaks.
import { strict as assert } from "node:assert";
import { execFileSync, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 900 };

/** Somebody at a desk: a page of their own, what it asked for, what it complained of. */
async function at({ browser, origin }, agency, options = {}) {
  const context = await browser.newContext({ viewport: PHONE, ...options });
  const page = await context.newPage();
  const asked = [];
  const complaints = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
  page.on("pageerror", (error) => complaints.push(String(error)));
  let taps = 0;
  const desk = {
    page, context, asked, complaints,
    taps: () => taps,
    async tap(name) { taps += 1; await page.getByRole("button", { name }).first().click(); },
    async check(name) { taps += 1; await page.getByRole("checkbox", { name }).first().check(); },
    async heading() { return page.locator("h1").innerText(); },
    async outcomes() { return page.locator(".outcome strong").allInnerTexts(); },
    async signIn() {
      await page.goto(`${origin}/sign-in`);
      await page.getByLabel("Your name").fill("Story");
      await page.getByLabel("Your agency").selectOption(agency);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL("**/gate");
    },
    /** Answers whatever is asked until there is an answer: `answers` maps part of a question to a button. */
    async answer(answers, most = 12) {
      for (let step = 0; step < most; step += 1) {
        if ((await page.locator(".outcome").count()) > 0) return;
        const question = await desk.heading();
        const found = answers.find(([part]) => question.toLowerCase().includes(part.toLowerCase()));
        if (!found) throw new Error(`nobody knows the answer to “${question}”`);
        const [, reply] = found;
        if (typeof reply === "function") await reply(desk); else await desk.tap(reply);
      }
      throw new Error(`no answer after ${most} questions`);
    },
    async close() {
      assert.deepEqual(complaints, [], "the page complained");
      const foreign = asked.filter((url) => !url.startsWith(origin) && !url.startsWith("data:"));
      assert.deepEqual(foreign, [], "the page asked a third party");
      await context.close();
    },
  };
  await desk.signIn();
  return desk;
}

/** axe-core's rules for WCAG 2.2 AA, on the page as it stands. */
async function accessible(page, where) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  const found = result.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(", ")}`);
  assert.deepEqual(found, [], `${where}: accessibility`);
}

async function noSidewaysScroll(page, where) {
  const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(wide <= seen, `${where}: the page is ${wide} px wide in a window of ${seen}`);
}

const PAPERS = (...names) => async (desk) => {
  for (const name of names) await desk.check(name);
  await desk.tap("Continue");
};

/** A common case: at most five taps to its answer. */
function common(agency, situation, answers, expected) {
  return async (world) => {
    const desk = await at(world, agency);
    await desk.tap(situation);
    await desk.answer(answers);
    const outcomes = await desk.outcomes();
    assert.ok(outcomes.length > 0 && outcomes.every((text) => expected.test(text)), `answered ${outcomes.join(" | ")}`);
    assert.ok(desk.taps() <= 5, `${desk.taps()} taps`);
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, `${agency}-${situation.slice(0, 20).replaceAll(/\W+/g, "-")}.png`), fullPage: true });
    await desk.close();
  };
}

const NO = /^No/;
const COUNSEL = /^Stop/;
const ICE = ["who is asking", "Enforcement and Removal"];
const CIVIL = ["which law", "civil"];

export const stories = {
  "a detainer with an administrative warrant is refused in at most five taps":
    common("DOC", "An immigration detainer came", [["papers", PAPERS("I-200")], ICE, CIVIL, ["", "I cannot know"]], NO),
  "a release date is not given to those who enforce immigration law":
    common("DOC", "Somebody asks when a person is released", [ICE, CIVIL, ["search show", "No"]], NO),
  "a screenshot is a disclosure":
    common("DOC", "Somebody asks for a screenshot", [ICE, CIVIL, ["search show", "No"]], NO),
  "agents at the door with an administrative warrant stay outside":
    common("DSS", "Officers want to come in", [["papers", PAPERS("I-200")], ICE, CIVIL, ["", "No"]], NO),
  "agents at the door with what may be a judge's warrant: counsel at once":
    common("DSS", "Officers want to come in", [["papers", PAPERS("arrest warrant")], ICE, CIVIL, ["who signed", "federal judge"], ["", "Yes"]], COUNSEL),
  "no alert on a name":
    common("NYPD", "Somebody asks for an alert", [ICE, CIVIL, ["", "No"]], NO),
  "no staging in a city lot":
    common("DOT", "Somebody asks to use a lot", [ICE, CIVIL, ["", "No"]], NO),
  "no plate-reader data for a civil case":
    common("NYPD", "Somebody asks for plate-reader", [ICE, CIVIL, ["", "No"]], NO),
  "a student's file stays closed":
    common("DOE", "Somebody asks about a student", [ICE, CIVIL, ["papers", PAPERS("Administrative subpoena")], ["", "No"]], /^(No|Stop)/),
  "an administrative subpoena goes to counsel or is refused":
    common("DSS", "A subpoena or another paper", [["papers", PAPERS("Administrative subpoena")], ICE, CIVIL, ["", "No"]], /^(No|Stop)/),
  "a question about status alone goes to counsel":
    common("DOC", "Somebody asks only about citizenship", [ICE, CIVIL, ["", "I cannot know"]], COUNSEL),

  "a recorded request says what was done, and a deed against the answer is shown as a possible violation": async (world) => {
    const desk = await at(world, "DOC");
    await desk.tap("An immigration detainer came");
    await desk.answer([["papers", PAPERS("I-200")], ICE, CIVIL, ["", "I cannot know"]]);
    await desk.tap("Record this request");
    await desk.page.waitForURL("**/requests/rq-*");
    assert.match(await desk.page.locator("main").innerText(), /Recorded/);
    assert.equal(await desk.page.getByText("Possible violation").count(), 0);
    await desk.page.getByRole("radio", { name: "We told them of the release" }).check();
    await desk.page.getByLabel("Who decided").fill("A supervisor");
    await desk.tap("Record what was done");
    assert.ok((await desk.page.getByText("Possible violation").count()) > 0);
    await accessible(desk.page, "request");
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "request.png"), fullPage: true });
    // Another agency does not find it.
    const other = await at(world, "DSS");
    const answer = await other.page.goto(desk.page.url());
    assert.equal(answer.status(), 404);
    await other.context.close();
    await desk.close();
  },

  "everything works without script": async (world) => {
    const desk = await at(world, "DOC", { javaScriptEnabled: false });
    await desk.tap("An immigration detainer came");
    await desk.answer([["papers", PAPERS("I-200")], ICE, CIVIL, ["", "I cannot know"]]);
    await desk.tap("Record this request");
    await desk.page.waitForURL("**/requests/rq-*");
    await desk.close();
  },

  "every page meets WCAG 2.2 AA, light and dark, on a phone and a desk, and fits its window": async (world) => {
    for (const [viewport, colorScheme] of [[PHONE, "light"], [PHONE, "dark"], [DESK, "light"], [{ width: 320, height: 640 }, "light"]]) {
      const desk = await at(world, "NYPD", { viewport, colorScheme });
      const where = (name) => `${name} at ${viewport.width} px, ${colorScheme}`;
      for (const path of ["/gate", "/requests", "/filings", "/log"]) {
        const answer = await desk.page.goto(world.origin + path);
        assert.equal(answer.status(), 200, path);
        await accessible(desk.page, where(path));
        await noSidewaysScroll(desk.page, where(path));
        if (world.shots) await desk.page.screenshot({ path: join(world.shots, `${path.slice(1)}-${viewport.width}-${colorScheme}.png`), fullPage: true });
      }
      await desk.page.goto(`${world.origin}/gate`);
      await desk.tap("Officers want to come in");
      await accessible(desk.page, where("a question"));
      await noSidewaysScroll(desk.page, where("a question"));
      if (world.shots) await desk.page.screenshot({ path: join(world.shots, `question-${viewport.width}-${colorScheme}.png`), fullPage: true });
      await desk.answer([["papers", PAPERS("I-200")], ICE, CIVIL, ["", "No"]]);
      for (const summary of await desk.page.locator("summary").all()) await summary.click();
      await accessible(desk.page, where("an answer"));
      await noSidewaysScroll(desk.page, where("an answer"));
      await desk.page.goto(`${world.origin}/sign-out`);
      await accessible(desk.page, where("sign-in"));
      await desk.close();
    }
  },

  "the layout holds from right to left and with text twice as large": async (world) => {
    const desk = await at(world, "DSS");
    for (const path of ["/gate", "/requests", "/filings", "/log"]) {
      await desk.page.goto(world.origin + path);
      await desk.page.evaluate(() => { document.documentElement.dir = "rtl"; });
      await noSidewaysScroll(desk.page, `${path} rtl`);
      if (world.shots) await desk.page.screenshot({ path: join(world.shots, `${path.slice(1)}-rtl.png`), fullPage: true });
      await desk.page.evaluate(() => { document.documentElement.dir = "ltr"; document.documentElement.style.fontSize = "200%"; });
      await noSidewaysScroll(desk.page, `${path} at 200 %`);
    }
    await desk.context.close();
  },

  "every page forbids script and third parties, and a form from another site is refused": async ({ origin }) => {
    for (const path of ["/sign-in", "/healthz", "/log/checkpoint"]) {
      const policy = (await fetch(origin + path)).headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'none'/, path);
      assert.doesNotMatch(policy, /unsafe|script-src/, path);
    }
    const foreign = await fetch(`${origin}/sign-in`, {
      method: "POST", headers: { origin: "https://elsewhere.example", "content-type": "application/x-www-form-urlencoded" },
      body: "name=x&agency=DOC&role=desk", redirect: "manual",
    });
    assert.equal(foreign.status, 403);
    const closed = await fetch(`${origin}/gate`, { redirect: "manual" });
    assert.equal(closed.headers.get("location"), "/sign-in");
  },

  "operators see counts and health, and nothing of a case": async ({ origin }) => {
    const health = await fetch(`${origin}/healthz`);
    assert.equal(health.status, 200);
    assert.equal((await health.json()).status, "ok");
    const text = await (await fetch(`${origin}/metrics`)).text();
    assert.match(text, /vouchsafe_/);
    assert.doesNotMatch(text, /rq-|en-|Story/);
  },

  "anybody can check the log over the network": async ({ origin, program, data }) => {
    const checkpoint = await (await fetch(`${origin}/log/checkpoint`)).text();
    assert.ok(Number(checkpoint.split("\n")[1]) > 0, checkpoint);
    const key = join(data, "city", "log", "log.vkey");
    execFileSync(program, ["verify", `${origin}/log`, "--key", key], { stdio: "pipe" });
    const wrong = spawnSync(program, ["verify", `${origin}/log`, "--key", "example.org/other+00000000+AAAA"], { stdio: "pipe" });
    assert.notEqual(wrong.status, 0);
  },

  "each entry of a request has a proof that it is in the log": async (world) => {
    const desk = await at(world, "NYPD");
    await desk.page.goto(`${world.origin}/requests`);
    await desk.page.locator("tbody a").first().click();
    await desk.page.locator("summary").last().click();
    const link = await desk.page.getByRole("link", { name: "Proof" }).first().getAttribute("href");
    const proof = await desk.page.request.get(world.origin + link);
    assert.equal(proof.status(), 200);
    assert.match(await proof.text(), /^c2sp\.org\/tlog-proof@v1/);
    // A link by the leaf's index tells nothing and can be passed on; an id answers to nobody but the agency that was asked.
    assert.match(link, /^\/log\/proof\/\d+$/);
    assert.equal((await fetch(world.origin + link)).status, 200);
    const id = await desk.page.locator("details code").filter({ hasText: /^en-/ }).first().innerText();
    assert.equal((await desk.page.request.get(`${world.origin}/log/proof/${id}`)).status(), 200);
    assert.equal((await fetch(`${world.origin}/log/proof/${id}`)).status, 404);
    const other = await at(world, "DOC");
    assert.equal((await other.page.request.get(`${world.origin}/log/proof/${id}`)).status(), 404);
    await other.close();
    await desk.close();
  },
};
