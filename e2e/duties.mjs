// Duties with clocks and hand-overs, told by role, in the demo city.
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { accessible, at, noSidewaysScroll } from "./stories.mjs";

const SIZES = { phone: { width: 360, height: 640 }, desk: { width: 1280, height: 900 } };

/** Looks at the page as it stands in both sizes. */
async function sound(world, desk, where) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await desk.page.setViewportSize(viewport);
    await accessible(desk.page, `${where} at ${size} size`);
    await noSidewaysScroll(desk.page, `${where} at ${size} size`);
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, `${where}-${size}.png`), fullPage: true });
  }
  await desk.page.setViewportSize(SIZES.phone);
}

/** A request that DOC was asked just now, recorded; its page is open. */
async function recorded(desk) {
  const { page } = desk;
  await desk.tap("Somebody asks when a person is released");
  await desk.answer([["who is asking", "Enforcement and Removal"], ["which law", "civil"], ["search show", "Neither"]]);
  await desk.record();
  return new URL(page.url()).pathname;
}

const item = (page, name) => page.locator("ul.duties > li").filter({ hasText: name }).first();

/** Says on the page as it stands that a duty is done. */
async function says(desk, duty) {
  const of = item(desk.page, duty);
  await of.locator("summary").click();
  await of.getByLabel("Who did it").fill("Captain B");
  await desk.press(of.getByRole("button", { name: "Record that it is done" }));
}

/** Says on the page of a request that the person was handed over. */
async function handsOver(desk, papers) {
  const { page } = desk;
  await page.getByRole("radio", { name: "The person was handed over" }).check();
  await page.getByLabel("Who decided").fill("Captain B");
  await papers();
  await desk.tap("Record what was done");
}

export const dutyStories = {
  "a supervisor is told: the duty stands on the request's page and the dashboard, and is done in one form": async (world) => {
    const desk = await at(world, "DOC");
    const path = await recorded(desk);
    const told = item(desk.page, "Tell the supervisor");
    assert.match(await told.innerText(), /To do Tell the supervisor/);
    assert.match(await told.innerText(), /§ 10-178\(d\)/, "it names its source");
    assert.match(await told.innerText(), /8 are this product’s own practice/, "no law names the hours");
    await sound(world, desk, "duties-of-a-request");
    await desk.page.goto(`${world.origin}/duties?kind=supervisor_told`);
    assert.ok((await desk.page.locator(`ul.duties a[href="${path}"]`).count()) > 0, "it is on the dashboard");
    await desk.page.goto(`${world.origin}${path}`);
    await says(desk, "Tell the supervisor");
    assert.match(await item(desk.page, "Tell the supervisor").innerText(), /Done Tell the supervisor[^]*by Captain B/);
    await desk.page.goto(`${world.origin}/duties?kind=supervisor_told`);
    assert.equal(await desk.page.locator(`ul.duties a[href="${path}"]`).count(), 0, "and gone from it");
    await desk.close();
  },

  "the dashboard shows what is overdue first, to each agency its own, and the Law Department all of it": async (world) => {
    const clerk = await at(world, "DOC");
    const path = await recorded(clerk);
    await clerk.close();
    const desk = await at(world, "DOC", { role: "records" });
    const states = () => desk.page.locator("ul.duties .duty-state").allInnerTexts();
    const overdueFirst = (all) => [...all].sort((one, two) => (two === "Overdue") - (one === "Overdue"));
    // What the request of just now asks for is not overdue, and stands after what is.
    await desk.page.goto(`${world.origin}/duties?kind=supervisor_told`);
    const both = await states();
    assert.ok(both.includes("Overdue") && both.includes("To do"), `the demo city owes both: ${[...new Set(both)].join(", ")} of ${both.length}`);
    assert.deepEqual(both, overdueFirst(both));
    assert.equal(await desk.page.locator(`ul.duties a[href="${path}"]`).count(), 1);
    await desk.page.goto(`${world.origin}/duties`);
    const all = await states();
    assert.ok(all.includes("Overdue"), "the demo city owes something");
    assert.deepEqual(all, overdueFirst(all));
    assert.match(await desk.page.locator("nav").innerText(), /Duties \(\d+ overdue\)/);
    assert.doesNotMatch(await desk.text(), /Police Department\n/);
    await sound(world, desk, "duties");
    await desk.page.goto(`${world.origin}/duties?kind=signs_posted`);
    assert.match(await desk.text(), /It may be owed/, "which agencies are covered was not read");
    await desk.close();
    const counsel = await at(world, "NYPD", { role: "law-department" });
    await counsel.page.goto(`${world.origin}/duties?agency=DOC`);
    assert.ok((await counsel.page.locator("ul.duties > li").count()) > 0);
    assert.equal(await counsel.page.getByRole("button", { name: "Record that it is done" }).count(), 0, "and changes none");
    await counsel.close();
  },

  "what was said to be done by mistake is taken back where it was said, and is owed again": async (world) => {
    const desk = await at(world, "DOC", { role: "supervisor" });
    const signs = `${world.origin}/duties?kind=sites_reported`;
    await desk.page.goto(signs);
    await desk.page.getByText("This is done:").first().click();
    await desk.page.getByLabel("Who did it").first().fill("Captain B");
    await desk.press(desk.page.getByRole("button", { name: "Record that it is done" }).first());
    const said = desk.page.locator("h2", { hasText: "Said to be done" }).locator("+ ul > li", { hasText: "Report the sites" });
    assert.match(await said.innerText(), /by Captain B/);
    await desk.page.goto(signs);
    assert.equal(await desk.page.getByText("This is done:").count(), 0);
    await said.getByText("This entry was a mistake").click();
    await said.getByLabel("What was wrong with it").fill("it was another office");
    await sound(world, desk, "duty-taken-back");
    await desk.press(said.getByRole("button", { name: "Record that it was a mistake" }));
    assert.match(await desk.text(), /is owed again/);
    assert.match(await said.innerText(), /A mistake, says [^:]+: it was another office/, "what was said stays, with what was wrong");
    assert.equal(await said.getByText("This entry was a mistake").count(), 0);
    await sound(world, desk, "duty-was-taken-back");
    await desk.page.goto(signs);
    assert.equal(await desk.page.getByText("This is done:").count(), 1);
    await desk.close();
  },

  "a hand-over has its papers and two names, is listed without a name, and is looked after": async (world) => {
    const desk = await at(world, "DOC");
    const path = await recorded(desk);
    assert.ok(!(await desk.page.getByLabel("Second official").isVisible()), "the papers are asked for when one is stated");
    await handsOver(desk, async () => {
      await desk.page.getByLabel("Written basis", { exact: true }).selectOption("judicial_arrest_warrant");
      await desk.page.getByLabel("Number on the paper").fill("26-MJ-101");
      await desk.page.getByLabel("Second official").fill("Captain C");
      await desk.page.getByLabel("Where the person was handed over").fill("Central Booking");
    });
    assert.match(await desk.text(), /26-MJ-101/);
    assert.doesNotMatch(await desk.text(), /no written basis is recorded|one official is named/);
    await sound(world, desk, "hand-over-of-a-request");
    await desk.page.goto(`${world.origin}/hand-overs?state=open`);
    const row = desk.page.locator("tr").filter({ has: desk.page.locator(`a[href="${path}"]`) });
    assert.match(await row.innerText(), /Central Booking[^]*Written basis and two names are recorded[^]*To be looked after by/);
    assert.doesNotMatch(await desk.text(), /Captain|26-MJ-101/, "a list names nobody");
    await sound(world, desk, "hand-overs");
    await desk.page.goto(`${world.origin}${path}`);
    await desk.page.getByText("Say whether a federal charge was filed").click();
    await desk.page.getByRole("radio", { name: "Yes" }).check();
    await desk.page.getByLabel("Where you looked").fill("the docket");
    await desk.press(desk.page.getByRole("button", { name: "Record the look" }));
    assert.match(await desk.text(), /Looked after: a federal charge was filed/);
    await desk.close();
  },

  "a hand-over without papers can be recorded, with scripts off, and shows as a possible violation": async (world) => {
    const desk = await at(world, "DOC", { javaScriptEnabled: false });
    await recorded(desk);
    await handsOver(desk, async () => { await desk.page.getByLabel("Second official").fill("captain  b"); });
    assert.match(await desk.text(), /The second official is the one who decided/);
    await desk.page.getByLabel("Second official").fill("");
    await desk.page.getByLabel("Where the person was handed over").fill("");
    await desk.tap("Record what was done");
    assert.match(await desk.text(), /no written basis is recorded/);
    assert.match(await desk.text(), /one official is named instead of two/);
    await says(desk, "Tell the privacy officer");
    assert.match(await item(desk.page, "Tell the privacy officer").innerText(), /^Done/);
    await desk.close();
  },

  "a hand-over that nobody asked for is told, found, looked after and put right": async (world) => {
    const desk = await at(world, "DOC");
    const { page } = desk;
    const told = "A person was handed over, and no request is in the record";
    await page.goto(`${world.origin}/hand-overs`);
    const pages = new Set(await page.locator('a[href^="/deeds/"]').evaluateAll((all) => all.map((one) => one.getAttribute("href"))));
    await page.getByText(told).click();
    assert.equal(await page.getByRole("link", { name: "Record the request at the gate" }).getAttribute("href"), "/gate");
    await sound(world, desk, "unasked-hand-over");
    await page.getByLabel("To whom").selectOption({ index: 1 });
    await page.getByLabel("Who decided").fill("Captain B");
    await page.getByLabel("Second official").fill("captain  b");
    await desk.tap("Record what was done");
    assert.match(await desk.text(), /The second official is the one who decided/);
    await sound(world, desk, "unasked-hand-over-refused");
    await page.getByLabel("Second official").fill("Captain C");
    await page.getByLabel("Where the person was handed over").fill("Central Booking");
    await desk.tap("Record what was done");
    assert.match(await desk.text(), /It is in the record, and shows as a possible violation/);
    assert.doesNotMatch(await desk.text(), /Captain/, "a list names nobody");
    const links = await page.locator('a[href^="/deeds/"]').evaluateAll((all) => all.map((one) => one.getAttribute("href")));
    const [path] = links.filter((link) => !pages.has(link));
    assert.ok(path, `it is listed: ${links.join(", ")}`);
    await sound(world, desk, "unasked-hand-overs");
    await desk.close();

    const looks = await at(world, "NYPD", { role: "law-department" });
    await looks.page.goto(`${world.origin}/findings?agency=DOC&kind=transferred-without-request`);
    assert.ok((await looks.page.locator(`a[href="${path}"]`).count()) > 0, "the Law Department finds it");
    await looks.page.goto(`${world.origin}${path}`);
    assert.match(await looks.text(), /A person was handed over and no request for it was recorded[^]*Captain C/);
    assert.equal(await looks.page.locator("main form").count(), 0, "and changes nothing");
    await looks.close();

    const officer = await at(world, "DOC", { role: "privacy-officer" });
    await officer.page.goto(`${world.origin}${path}`);
    await officer.page.getByText("Say whether a federal charge was filed").click();
    await officer.page.getByRole("radio", { name: "Yes" }).check();
    await officer.page.getByLabel("Where you looked").fill("the docket");
    await sound(world, officer, "unasked-deed");
    await officer.press(officer.page.getByRole("button", { name: "Record the look" }));
    assert.match(await officer.text(), /Looked after: a federal charge was filed/);
    const mistake = officer.page.locator("details").filter({ hasText: "This entry was a mistake" }).first();
    await mistake.locator("summary").click();
    await mistake.getByLabel("What was wrong with it").fill("it was another day");
    await officer.press(mistake.getByRole("button", { name: "Record that it was a mistake" }));
    assert.match(await officer.text(), /A mistake, says [^:]+: it was another day/);
    await officer.page.goto(`${world.origin}/hand-overs`);
    assert.equal(await officer.page.locator(`a[href="${path}"]`).count(), 0, "it is in the list no more");
    await officer.close();
  },

  "information that nobody asked for is told and found": async (world) => {
    const desk = await at(world, "DOC");
    const { page } = desk;
    await page.goto(`${world.origin}/disclosures`);
    await page.getByText("Information was given, and no request is in the record").click();
    await sound(world, desk, "unasked-disclosure");
    await page.getByLabel("To whom").selectOption({ index: 1 });
    await page.getByLabel("Who decided").fill("Captain B");
    await page.getByLabel("A release date").check();
    await page.getByLabel("In what form?").selectOption("alert");
    await desk.tap("Record what was done");
    assert.match(await desk.text(), /It is in the record, and shows as a possible violation/);
    const link = page.locator('a[href^="/deeds/"]').first();
    await sound(world, desk, "unasked-disclosures");
    await desk.press(link);
    assert.match(await desk.text(), /Information was given and no request for it was recorded[^]*Captain B/);
    await desk.close();
  },

  "operators see how much is owed by kind and agency, and nothing of a case": async ({ origin }) => {
    const text = await (await fetch(`${origin}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line.startsWith("vouchsafe_duties_"));
    assert.ok(lines.some((line) => /^vouchsafe_duties_overdue\{agency="[A-Za-z]+",kind="[a-z_]+"\} \d+$/.test(line)), lines.join("\n"));
    assert.doesNotMatch(lines.join("\n"), /rq-|en-/);
  },
};
