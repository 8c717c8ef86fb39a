// The desk's stories, told by role. Each is one promise; each fails if the promise breaks.
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { accessible, noSidewaysScroll } from "./chromium.mjs";

export { accessible, noSidewaysScroll };

const command = promisify(execFile);
export const PHONE = { width: 360, height: 740 };
export const DESK = { width: 1280, height: 900 };

/** Somebody at a desk: a page of their own, what it asked for, what it complained of. */
export async function at({ browser, origin }, agency, { role = "desk", name = "Story", ...options } = {}) {
  const context = await browser.newContext({ viewport: PHONE, ...options });
  // The first look at a filing reads the whole record, which a debug build on a busy machine does slowly.
  context.setDefaultNavigationTimeout(300_000);
  context.setDefaultTimeout(300_000);
  const page = await context.newPage();
  const asked = [];
  const complaints = [];
  page.on("request", (request) => asked.push(request.url()));
  // A browser also reports that a form was refused (422), which some stories want.
  page.on("console", (message) => { if (message.type() === "error" && !message.text().includes("status of 422")) complaints.push(message.text()); });
  page.on("pageerror", (error) => complaints.push(String(error)));
  let taps = 0;
  const desk = {
    page, context, asked, complaints,
    taps: () => taps,
    /** Presses a button and waits until the page that it leads to is there with its style; what is counted before is not there. */
    async press(button) { await button.click(); await page.waitForLoadState("load"); },
    async tap(name) { taps += 1; await desk.press(page.getByRole("button", { name }).first()); },
    async check(name) { taps += 1; await page.getByRole("checkbox", { name }).first().check(); },
    async heading() { return page.locator("h1").innerText(); },
    async outcomes() { return page.locator(".outcome strong").allInnerTexts(); },
    async signIn() {
      await page.goto(`${origin}/sign-in`);
      await page.getByLabel("Your name").fill(name);
      await page.getByLabel("Your agency").selectOption(agency);
      await page.getByLabel("Your role").selectOption(role);
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
    /** Records what was asked, with who asked if that is still open. */
    async record(who = "ice_ero") {
      const requester = page.getByLabel("Who asked?");
      if ((await requester.inputValue()) === "") await requester.selectOption(who);
      await desk.tap("Record this request");
      await page.waitForURL("**/requests/rq-*");
    },
    /** Records one deed; `more` fills in what is behind “More, if you have it”. */
    async done(deed, more = async () => {}) {
      await page.getByRole("radio", { name: deed }).check();
      await page.getByLabel("Who decided").fill("A supervisor");
      await more();
      await desk.tap("Record what was done");
    },
    async text() { return page.locator("main").innerText(); },
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

export const PAPERS = (...names) => async (desk) => {
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
export const ICE = ["who is asking", "Enforcement and Removal"];
export const CIVIL = ["which law", "civil"];

/** What is refused to a desk of the police, by its address and status; of a form with what is sent. */
const REFUSED = [
  ["/requests?before=yesterday", 400], ["/people", 403], ["/requests/rq-none", 404], ["/nothing-here", 404], ["/sign-out", 405],
  ["/filings/funding", 403, "1"], ["/requests", 413, "x".repeat(70_000)], ["/gate", 422, "1"],
];

/** Opens a page that is refused, as a browser does. */
async function refused({ page, complaints }, origin, [path, status, sent]) {
  const form = ([to, dollars]) => {
    const form = Object.assign(document.createElement("form"), { method: "post", action: to });
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "dollars", value: dollars }));
    document.body.append(form);
    form.submit();
  };
  const [answer] = sent ? await Promise.all([page.waitForNavigation(), page.evaluate(form, [path, sent])]) : [await page.goto(origin + path)];
  assert.equal(answer.status(), status, path);
  assert.equal(await page.getByRole("alert").count(), 1, `${path} says why`);
  // That it was refused a browser reports, too.
  assert.deepEqual(complaints.splice(0).filter((told) => !told.includes(`status of ${status}`)), [], path);
}

export const stories = {
  "a detainer with an administrative warrant is refused in at most five taps":
    common("DOC", "An immigration detainer came", [["papers", PAPERS("I-200")], ICE, CIVIL, ["", "I cannot know"]], NO),
  "a release date is not given to those who enforce immigration law":
    common("DOC", "Somebody asks when a person is released", [ICE, CIVIL, ["search show", "Neither"]], NO),
  "a screenshot is a disclosure":
    common("DOC", "Somebody asks for a screenshot", [ICE, CIVIL, ["search show", "Neither"]], NO),
  "agents at the door with an administrative warrant stay outside":
    common("DSS", "Officers want to come in", [["papers", PAPERS("I-200")], ICE, CIVIL, ["", "No"]], NO),
  "agents at the door with what may be a judge's warrant: counsel at once":
    common("DSS", "Officers want to come in", [["danger", "No"], ["papers", PAPERS("arrest warrant")]], COUNSEL),
  "at a door the page shows which areas of the site are public, and whom to call": async (world) => {
    const desk = await at(world, "DSS");
    await desk.tap("Officers want to come in");
    await desk.answer([["papers", PAPERS("I-200")], ICE, CIVIL, ["", "No"]]);
    assert.match(await desk.text(), /Designated to be called\s+General Counsel, duty attorney, 212-555-01\d\d \(invented number of the demo city\)/);
    assert.match(await desk.text(), /At any hour\s+212-555-01\d\d/);
    await desk.page.locator("summary", { hasText: "Shelter" }).click();
    assert.match(await desk.text(), /Not open to the public\s+Residents' rooms and corridors[^]*Your agency has not confirmed this list[^]*An area that is on neither list is not public/);
    await accessible(desk.page, "door");
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "door.png"), fullPage: true });
    await desk.page.locator("summary", { hasText: "More, if you have it" }).click();
    await desk.page.getByLabel("Your site").selectOption({ label: "Shelter" });
    await desk.record();
    assert.match(await desk.text(), /Your site:?\s+Shelter/);
    await desk.close();
  },
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
    await desk.record();
    assert.match(await desk.page.locator("main").innerText(), /Recorded/);
    assert.equal(await desk.page.locator("[role=note] strong", { hasText: "Possible violation" }).count(), 0);
    await desk.done("We told them of the release");
    assert.ok((await desk.page.locator("[role=note] strong", { hasText: "Possible violation" }).count()) > 0);
    await accessible(desk.page, "request");
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "request.png"), fullPage: true });
    // Another agency does not find it.
    const other = await at(world, "DSS");
    const answer = await other.page.goto(desk.page.url());
    assert.equal(answer.status(), 404);
    await other.context.close();
    await desk.close();
  },

  "a filing opens, a running period says that it is a draft, and a figure leads to the request that it counts": async (world) => {
    const desk = await at(world, "DOC");
    await desk.tap("Somebody asks when a person is released");
    await desk.answer([ICE, CIVIL, ["search show", "Neither"]]);
    await desk.record();
    const request = desk.page.url();
    await desk.page.goto(`${world.origin}/filings`);
    await desk.press(desk.page.getByRole("link", { name: /^9-131 FY/ }).first());
    assert.match(await desk.text(), /Draft: the period has not ended/);
    const table = desk.page.getByRole("region", { name: /Requests for information about a person/ });
    const [size, face] = await table.evaluate((one) => [getComputedStyle(one).overflowX, getComputedStyle(one.querySelector("tr.total th")).fontWeight]);
    assert.deepEqual([size, face], ["auto", "600"], "the page has its style");
    await accessible(desk.page, "filing");
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "filing.png"), fullPage: true });
    const row = table.getByRole("row", { name: /All, each once/ });
    await desk.press(row.getByRole("link").first());
    assert.equal(await desk.heading(), "What this figure counts");
    await accessible(desk.page, "figure");
    await noSidewaysScroll(desk.page, "figure");
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "figure.png"), fullPage: true });
    const leads = await desk.page.locator("tbody a").evaluateAll((all) => all.map((one) => one.href));
    assert.ok(leads.includes(request), "the figure leads to the request");
    await desk.page.goto(request);
    assert.equal(await desk.heading(), "One request");
    await desk.close();
    // The demo's older years and quarters can be reached from the list; nothing that is no period is a fault of ours.
    const police = await at(world, "NYPD");
    await police.page.goto(`${world.origin}/filings`);
    const periods = await police.page.locator("main tbody a").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
    for (const path of ["/filings/9-131/FY2014", "/filings/10-178/2018Q1", "/filings/14-154/FY2019"]) {
      assert.ok(periods.includes(path), path);
      assert.equal((await police.page.goto(world.origin + path)).status(), 200, path);
    }
    for (const path of ["/filings/9-131/2019Q1", "/filings/1-1/FY2019", "/filings/9-131/FY2019/0/0/99", "/filings/9-131/FY2019/x/y/z"]) {
      const answer = await police.page.request.get(world.origin + path);
      assert.equal(answer.status(), 404, path);
      assert.match(await answer.text(), /<html lang/, path);
    }
    await police.close();
  },

  "possible violations are listed and counted, and each leads to its request": async (world) => {
    const desk = await at(world, "DOC");
    await desk.tap("An immigration detainer came");
    await desk.answer([["papers", PAPERS("I-200")], ICE, CIVIL, ["", "I cannot know"]]);
    await desk.record();
    await desk.done("We told them of the release");
    const request = desk.page.url().split("?")[0];
    const text = await desk.text();
    assert.match(text, /Entry that says so: en-\w+; entry that it differs from: en-\w+/);
    assert.match(text, /This is not a finding/);
    await desk.page.goto(`${world.origin}/requests`);
    await desk.press(desk.page.getByRole("link", { name: "Possible violations in the record" }));
    assert.equal(await desk.heading(), "Possible violations");
    assert.match(await desk.text(), /These bounds are this product’s own practice, not a statute’s/);
    const counted = desk.page.getByRole("region", { name: "How many, by kind" }).getByRole("row");
    const figures = await counted.evaluateAll((rows) => rows.slice(1).map((row) => Number(row.querySelector("td").textContent)));
    assert.equal(figures.slice(0, -1).reduce((one, two) => one + two, 0), figures.at(-1), "the kinds add up");
    const leads = await desk.page.locator("tbody a").evaluateAll((all) => all.map((one) => one.href));
    assert.ok(leads.includes(request), "the list leads to the request");
    await accessible(desk.page, "possible violations");
    await noSidewaysScroll(desk.page, "possible violations");
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "findings.png") });
    // Another agency's list does not have it.
    const other = await at(world, "DSS");
    await other.page.goto(`${world.origin}/findings`);
    const others = await other.page.locator("tbody a").evaluateAll((all) => all.map((one) => one.href));
    assert.ok(!others.includes(request));
    await other.close();
    await desk.close();
  },

  "an agency's quarterly statement opens beside the filings, says whose practice it is, and a figure leads to what it counts": async (world) => {
    const desk = await at(world, "DOC");
    await desk.tap("Somebody asks when a person is released");
    await desk.answer([ICE, CIVIL, ["search show", "Neither"]]);
    await desk.record();
    const request = desk.page.url();
    await desk.page.goto(`${world.origin}/filings`);
    assert.match(await desk.text(), /Quarterly statement: .*Correction/);
    await desk.press(desk.page.getByRole("link", { name: /^Statement \d{4}Q\d$/ }).first());
    const text = await desk.text();
    assert.match(text, /No law asks for this statement. It is this product’s own practice/);
    assert.match(text, /Draft: the period has not ended/);
    assert.match(text, /nobody recorded\s+not compared/);
    assert.match(text, new RegExp(request.split("/").at(-1)), "what is open is listed by its id");
    await accessible(desk.page, "statement");
    await noSidewaysScroll(desk.page, "statement");
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "statement.png"), fullPage: true });
    const open = desk.page.getByRole("region", { name: "Open at the end of the quarter" });
    await desk.press(open.getByRole("row", { name: /no action is on record/ }).getByRole("link"));
    assert.equal(await desk.heading(), "What this figure counts");
    const leads = await desk.page.locator("tbody a").evaluateAll((all) => all.map((one) => one.href));
    assert.ok(leads.includes(request), "the figure leads to the request");
    await accessible(desk.page, "figure of a statement");
    await desk.press(desk.page.locator("main a").first());
    assert.match(await desk.text(), /Possible violations that the record shows/);
    for (const path of ["/statements/FY2026", "/statements/2999Q1", "/statements/2026Q3/0/0/99", "/statements/2026Q3/pdf", "/filings/statement/2026Q3"]) {
      const answer = await desk.page.request.get(world.origin + path);
      assert.equal(answer.status(), 404, path);
      assert.match(await answer.text(), /<html lang/, path);
    }
    await desk.close();
  },

  "who asked is asked before it is recorded, and not known is a choice": async (world) => {
    const desk = await at(world, "DOC");
    await desk.tap("An immigration detainer came");
    await desk.tap("Answer with what is known");
    assert.equal(await desk.page.getByLabel("Who asked?").inputValue(), "");
    await desk.tap("Record this request");
    assert.equal(await desk.heading(), "The answer", "a request without who asked is not recorded");
    await desk.page.getByLabel("Who asked?").selectOption({ label: "Not known. They did not say, or it cannot be made out." });
    await desk.record();
    assert.match(await desk.text(), /Who asked\s+Not known/);
    await desk.page.goto(`${world.origin}/gate`);
    await desk.tap("Somebody asks for an alert");
    await desk.tap("Answer with what is known");
    await desk.record("ice_hsi");
    assert.match(await desk.text(), /Who asked\s+Immigration and Customs Enforcement, Homeland/);
    await desk.close();
  },

  "which information was asked for is filled in, must be said, and stands in the form of what was done": async (world) => {
    const desk = await at(world, "DOC");
    await desk.tap("Somebody asks when a person is released");
    await desk.answer([ICE, CIVIL, ["search show", "Neither"]]);
    const asked = desk.page.getByRole("group", { name: "Which information did they ask for?" });
    assert.ok(await asked.getByRole("checkbox", { name: "A release date" }).isChecked());
    await asked.getByRole("checkbox", { name: "A release date" }).uncheck();
    await desk.page.getByLabel("Who asked?").selectOption("ice_ero");
    await desk.tap("Record this request");
    assert.match(await desk.page.getByRole("alert").innerText(), /which information/);
    await desk.page.getByRole("group", { name: "Which information did they ask for?" }).getByRole("checkbox", { name: "A court date" }).check();
    await desk.record();
    await desk.page.getByRole("radio", { name: "Information was given" }).check();
    const given = desk.page.getByRole("group", { name: "Information that was given" });
    assert.ok(await given.getByRole("checkbox", { name: "A court date" }).isChecked());
    assert.ok(!(await given.getByRole("checkbox", { name: "A release date" }).isChecked()));
    await desk.close();
  },

  "what the filings ask for can be entered at the desk: reasons, days, the end of a hold, the search, a person's key": async (world) => {
    const desk = await at(world, "DOC");
    await desk.tap("An immigration detainer came");
    await desk.answer([["papers", PAPERS("I-200")], ICE, CIVIL, ["", "I cannot know"]]);
    await desk.page.locator("summary", { hasText: "More, if you have it" }).click();
    await desk.page.getByLabel("An order of removal obtained").check();
    await desk.page.getByLabel(/number of the person/).fill("895-23 01234");
    await desk.page.getByLabel("Day on which they asked").fill("2026-02-10");
    await accessible(desk.page, "the form open");
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "answer-open.png"), fullPage: true });
    await desk.record();
    const text = await desk.text();
    assert.match(text, /An order of removal obtained/);
    assert.match(text, /Key of the person\s+pk-/);
    assert.doesNotMatch(text, /89523|895-23/, "the number itself is not kept");
    assert.match(text, /Possible violation: This was written down days after it happened/);
    const url = desk.page.url();
    await desk.done("The person was held past release", async () => {
      await desk.page.locator("summary", { hasText: "More, if you have it" }).click();
      await desk.page.getByLabel("Day on which it was done").fill("2026-02-12");
      await desk.page.getByLabel("When release was due").fill("2026-02-11T10:00");
      await desk.page.getByLabel("When the hold ended").fill("2026-02-12T09:00");
      await desk.page.getByLabel("How the hold ended").selectOption("disavowed");
      await desk.page.getByLabel("What the search before release showed").selectOption("clear");
    });
    await desk.page.waitForURL((it) => it.href === `${url}?told=kept`);
    // The year that ran in February counts it: detainer with its reason, person held, and held without being handed over.
    await desk.page.goto(`${world.origin}/filings/9-131/FY2026`);
    const cell = async (row) => Number((await desk.page.getByRole("row", { name: row }).first().locator("td").first().innerText()).trim());
    assert.ok((await cell(/Order of deportation or removal obtained/)) >= 1);
    assert.ok((await cell(/\(8\) Persons held past release and not transferred/)) >= 1);
    await desk.close();
    // A name is no number, and it is said.
    const other = await at(world, "DOC");
    await other.tap("An immigration detainer came");
    await other.tap("Answer with what is known");
    await other.page.locator("summary", { hasText: "More, if you have it" }).click();
    await other.page.getByLabel("Who asked?").selectOption("ice_ero");
    await other.page.getByLabel(/number of the person/).fill("Maria Lopez");
    await other.tap("Record this request");
    assert.match(await other.page.getByRole("alert").innerText(), /A name cannot be used/);
    await other.context.close();
  },

  "the records officer states federal money, and the desk cannot": async (world) => {
    const desk = await at(world, "DOC", { role: "records" });
    await desk.page.goto(`${world.origin}/filings`);
    await desk.page.getByLabel("Dollars").fill("lots");
    await desk.tap("Record this sum");
    assert.match(await desk.page.getByRole("alert").innerText(), /dollars and cents/);
    await desk.page.getByLabel("Dollars").fill("1,234.50");
    await desk.tap("Record this sum");
    await desk.press(desk.page.getByRole("link", { name: /^9-131 FY/ }).first());
    assert.match(await desk.page.getByRole("row", { name: /Asked for/ }).innerText(), /1,234\.50/);
    await desk.close();
    const clerk = await at(world, "DOC");
    await clerk.page.goto(`${world.origin}/filings`);
    assert.equal(await clerk.page.getByLabel("Dollars").count(), 0);
    const refused = await clerk.page.request.post(`${world.origin}/filings/funding`, { form: { step: "received", dollars: "1" } });
    assert.equal(refused.status(), 403);
    await clerk.close();
  },

  "one wrong line does not block the year's filing: it is corrected by a later entry": async (world) => {
    const year = async (desk) => {
      await desk.page.goto(`${world.origin}/filings`);
      const link = desk.page.getByRole("link", { name: /^9-131 FY/ }).first();
      return (await desk.page.goto(world.origin + await link.getAttribute("href"))).status();
    };
    const desk = await at(world, "DOC");
    // A person who was kept although no detainer came: recorded as that, shown as a possible violation, the filing stands.
    await desk.tap("Somebody asks when a person is released");
    await desk.answer([ICE, CIVIL, ["search show", "Neither"]]);
    await desk.record();
    const first = desk.page.url();
    assert.equal(await desk.page.getByRole("radio", { name: "The detainer was not honored" }).count(), 0);
    await desk.done("The person was kept past release, with no detainer");
    assert.ok((await desk.page.locator("[role=note] strong", { hasText: "Possible violation" }).count()) > 0);
    assert.equal(await year(desk), 200);
    // The line was a mistake: it stays and says so, and that it was taken back is what is left to look at.
    await desk.page.goto(first);
    await desk.page.locator("summary", { hasText: "This entry was a mistake" }).click();
    await desk.page.getByLabel("What was wrong with it").fill("The wrong line was ticked");
    // Spaces name nobody: the form comes back as it was sent.
    await desk.page.getByLabel("Who says so").fill("  ");
    await desk.press(desk.page.getByRole("button", { name: "Record that it was a mistake" }));
    assert.equal(await desk.page.getByLabel("What was wrong with it").inputValue(), "The wrong line was ticked");
    await desk.page.getByLabel("Who says so").fill("Story");
    await desk.press(desk.page.getByRole("button", { name: "Record that it was a mistake" }));
    assert.match(await desk.text(), /A mistake, says Story: The wrong line was ticked/);
    assert.equal(await desk.page.locator("[role=note] strong", { hasText: "Possible violation" }).count(), 1);
    assert.match(await desk.text(), /Later somebody said that the entry was a mistake/);
    assert.doesNotMatch(await desk.text(), /no answer permitted it/);
    await accessible(desk.page, "a corrected request");
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "corrected.png"), fullPage: true });
    assert.equal(await year(desk), 200);
    assert.match(await desk.text(), /recorded by mistake/);
    // A deed that would stop the filing is refused with the reason, and what was typed is kept.
    await desk.page.goto(`${world.origin}/gate`);
    await desk.tap("An immigration detainer came");
    await desk.tap("Answer with what is known");
    await desk.record();
    await desk.done("The detainer was not honored");
    await desk.done("The person was handed over");
    assert.match(await desk.page.getByRole("alert").innerText(), /as not honored or taken back, and also as acted on/);
    assert.equal(await desk.page.getByLabel("Who decided").inputValue(), "A supervisor");
    assert.equal(await year(desk), 200);
    await desk.context.close();
  },

  "a form sent twice is recorded once": async (world) => {
    const desk = await at(world, "DOT");
    await desk.tap("Somebody asks to use a lot");
    await desk.answer([ICE, CIVIL, ["", "No"]]);
    await desk.page.getByLabel("Who asked?").selectOption("ice_ero");
    const sent = await desk.page.locator("form[action='/requests']").evaluate((form) => new URLSearchParams(new FormData(form)).toString());
    const post = (body) => desk.page.request.post(`${world.origin}/requests`, {
      data: body, headers: { "content-type": "application/x-www-form-urlencoded" }, maxRedirects: 0,
    });
    const answers = await Promise.all([post(sent), post(sent), post(sent)]);
    const places = answers.map((one) => one.headers().location.split("?")[0]);
    assert.equal(new Set(places).size, 1, places.join(" "));
    // Of a process that dies between its commit and its answer the repeated call is told that it was recorded before.
    const fresh = answers.filter((one) => !one.headers().location.includes("?")).length;
    assert.ok(fresh === 1 || (world.many && fresh === 0), "one of the three is new");
    // The same form with other words adds nothing either, and says so.
    const other = await post(sent.replace("channel=unknown", "channel=email"));
    assert.match(other.headers().location, /told=before/);
    await desk.page.goto(world.origin + other.headers().location);
    assert.match(await desk.page.getByRole("alert").innerText(), /recorded before/);
    const nonce = await post(sent.replace(/nonce=[0-9a-f]+/, "nonce="));
    assert.equal(nonce.status(), 422);
    await desk.close();
  },

  "two people who answer the same request at once both see what happened": async (world) => {
    const first = await at(world, "DOC", { name: "A. First" });
    await first.tap("Somebody asks when a person is released");
    await first.answer([ICE, CIVIL, ["search show", "Neither"]]);
    await first.record();
    const request = first.page.url().split("?")[0];
    const second = await at(world, "DOC", { name: "B. Second" });
    await second.page.goto(request);
    const say = async (desk, deed) => {
      await desk.page.getByRole("radio", { name: deed }).check();
      await desk.page.getByLabel("Who decided").fill("A supervisor");
      await desk.tap("Record what was done");
    };
    await Promise.all([say(first, "The person was released"), say(second, "We refused")]);
    await first.page.goto(request);
    await second.page.goto(request);
    for (const desk of [first, second]) {
      const lines = await desk.page.locator(".deeds li").allInnerTexts();
      assert.equal(lines.length, 2, lines.join(" | "));
    }
    // Whoever writes beside a page that has moved on is told so.
    await say(first, "The person was released");
    await say(second, "The person was released");
    assert.match(await second.text(), /Somebody else recorded what was done about this request while you were writing/);
    await accessible(second.page, "recorded together");
    await first.close();
    await second.close();
  },

  "nothing is cut or dropped: a form that cannot be taken comes back with what was typed": async (world) => {
    const desk = await at(world, "DOT");
    await desk.tap("Somebody asks to use a lot");
    await desk.answer([ICE, CIVIL, ["", "No"]]);
    await desk.page.getByLabel("Who asked?").selectOption("ice_ero");
    const sent = await desk.page.locator("form[action='/requests']").evaluate((form) => new URLSearchParams(new FormData(form)).toString());
    const post = (body) => desk.page.request.post(`${world.origin}/requests`, {
      data: body, headers: { "content-type": "application/x-www-form-urlencoded" }, maxRedirects: 0,
    });
    const long = await post(`${sent.replace("note=", `note=${"x".repeat(3000)}`)}`);
    assert.equal(long.status(), 422);
    const page = await long.text();
    assert.match(page, /has 3000 characters\. At most 2000 can be kept/);
    assert.ok(page.includes("x".repeat(3000)), "what was typed is kept");
    for (const [from, to] of [["channel=unknown", "channel=pigeon"], ["claim=not-said", "claim=perhaps"], ["note=", "information=everything&note="]]) {
      const refused = await post(sent.replace(from, to));
      assert.equal(refused.status(), 422, to);
      assert.match(await refused.text(), /choose from the list/, to);
    }
    // What the framework refuses is said in our words.
    const bare = [
      [await desk.page.request.post(`${world.origin}/requests`, { data: "x".repeat(70000), headers: { "content-type": "application/x-www-form-urlencoded" } }), 413],
      [await desk.page.request.post(`${world.origin}/gate`, { data: "{}", headers: { "content-type": "application/json" } }), 415],
      [await desk.page.request.get(`${world.origin}/requests?before=yesterday`), 400],
      [await desk.page.request.get(`${world.origin}/sign-out`), 405],
      [await desk.page.request.post(`${world.origin}/sign-in`, { form: { name: "x" } }), 422],
    ];
    for (const [answer, status] of bare) {
      assert.equal(answer.status(), status);
      assert.match(await answer.text(), /<html lang/, String(status));
      assert.doesNotMatch(await answer.text(), /Failed to|deserialize|Content-Type/, String(status));
    }
    assert.equal((await desk.page.goto(`${world.origin}/gate`)).url(), `${world.origin}/gate`, "still signed in");
    await desk.close();
  },

  "the answer says whom to call, and that the law was read only to a day": async (world) => {
    const desk = await at(world, "DOC");
    await desk.tap("Somebody asks to be given a person");
    await desk.tap("Answer with what is known");
    const text = await desk.text();
    assert.match(text, /Office of the General Counsel, duty attorney, 212-555-01\d\d \(invented number of the demo city\)/);
    assert.match(text, /At any hour\s+212-555-01\d\d/);
    assert.doesNotMatch(text, /detainer had not come|I have written down/);
    if (new Date().toISOString().slice(0, 10) > "2026-08-21") assert.match(text, /The law was read up to 2026-08-21/);
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "hand-over.png"), fullPage: true });
    await desk.close();
  },

  "a page that is called by another name answers nothing": async ({ origin }) => {
    const status = (host) => new Promise((resolve, reject) => {
      httpRequest(`${origin}/sign-in`, { headers: { host } }, (answer) => { answer.resume(); resolve(answer.statusCode); }).on("error", reject).end();
    });
    const { port } = new URL(origin);
    assert.equal(await status(`127.0.0.1:${port}`), 200);
    assert.equal(await status(`localhost:${port}`), 200);
    assert.equal(await status(`attacker.example:${port}`), 421);
  },

  "everything works without script": async (world) => {
    const desk = await at(world, "DOC", { javaScriptEnabled: false });
    await desk.tap("An immigration detainer came");
    await desk.answer([["papers", PAPERS("I-200")], ICE, CIVIL, ["", "I cannot know"]]);
    await desk.record();
    await desk.close();
  },

  "every page meets WCAG 2.2 AA, light and dark, on a phone and a desk, and fits its window": async (world) => {
    for (const [viewport, colorScheme] of [[PHONE, "light"], [PHONE, "dark"], [DESK, "light"], [{ width: 320, height: 640 }, "light"]]) {
      const desk = await at(world, "NYPD", { viewport, colorScheme });
      const where = (name) => `${name} at ${viewport.width} px, ${colorScheme}`;
      for (const path of ["/gate", "/requests", "/findings", "/filings", "/log"]) {
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
      await desk.page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
      await accessible(desk.page, where("an answer"));
      await noSidewaysScroll(desk.page, where("an answer"));
      await desk.record();
      await desk.page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
      await accessible(desk.page, where("a request"));
      await noSidewaysScroll(desk.page, where("a request"));
      await desk.page.goto(`${world.origin}/filings/14-154/FY2019`);
      await accessible(desk.page, where("a filing"));
      await noSidewaysScroll(desk.page, where("a filing"));
      if (world.shots) await desk.page.screenshot({ path: join(world.shots, `filing-${viewport.width}-${colorScheme}.png`), fullPage: true });
      for (const one of REFUSED) {
        await refused(desk, world.origin, one);
        await accessible(desk.page, where(`${one[1]} of ${one[0]}`));
        await noSidewaysScroll(desk.page, where(`${one[1]} of ${one[0]}`));
      }
      await desk.page.goto(`${world.origin}/gate`);
      await desk.page.getByRole("button", { name: "Sign out" }).click();
      await desk.page.waitForURL("**/sign-in");
      await accessible(desk.page, where("sign-in"));
      await desk.close();
    }
  },

  "the layout holds from right to left and with text twice as large": async (world) => {
    const desk = await at(world, "DSS");
    await desk.tap("Officers want to come in");
    await desk.answer([["papers", PAPERS("I-200")], ICE, CIVIL, ["", "No"]]);
    await desk.record();
    const request = new URL(desk.page.url()).pathname;
    for (const path of ["/gate", "/requests", request, "/filings", "/filings/10-178/2019Q1", "/log"]) {
      await desk.page.goto(world.origin + path);
      await noSidewaysScroll(desk.page, path);
      await desk.page.evaluate(() => { document.documentElement.dir = "rtl"; });
      if (world.shots) await desk.page.screenshot({ path: join(world.shots, `${path.slice(1).replaceAll("/", "-").replace(/rq-.*/, "one")}-rtl.png`), fullPage: true });
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
    // Not the calls that wait: a proxy in this process would wait with them.
    await command(program, ["verify", `${origin}/log`, "--key", key]);
    await assert.rejects(command(program, ["verify", `${origin}/log`, "--key", "example.org/other+00000000+AAAA"]), { code: 2 });
  },

  "each entry of a request has a proof that it is in the log": async (world) => {
    const desk = await at(world, "NYPD");
    await desk.page.goto(`${world.origin}/requests`);
    await desk.press(desk.page.locator("tbody a").first());
    await desk.page.locator("summary", { hasText: "Entries and their place in the log" }).click();
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
