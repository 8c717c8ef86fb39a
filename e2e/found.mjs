// What a new user stumbled over at the desk: a link off the screen, a step back, a session that ended, a list of nobody's.
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { CIVIL, DESK, ICE, PHONE, accessible, at, noSidewaysScroll } from "./stories.mjs";

async function sound(world, page, name) {
  await accessible(page, name);
  await noSidewaysScroll(page, name);
  const { width } = page.viewportSize();
  if (world.shots) await page.screenshot({ path: join(world.shots, `found-${name}-${width}.png`), fullPage: true });
}

/** Somebody who looks across agencies, and so begins at the list. */
async function oversight(world, viewport) {
  const context = await world.browser.newContext({ viewport });
  context.setDefaultNavigationTimeout(300_000);
  context.setDefaultTimeout(300_000);
  const page = await context.newPage();
  await page.goto(`${world.origin}/sign-in`);
  await page.getByLabel("Your name").fill("O. Sees");
  await page.getByLabel("Your agency").selectOption("DOI");
  await page.getByLabel("Your role").selectOption("oversight");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/requests");
  return { page, context };
}

export const foundStories = {
  "on a phone each list leads to its requests without being moved, and oversight chooses whose possible violations it sees": async (world) => {
    const { page, context } = await oversight(world, PHONE);
    for (const path of ["/requests", "/lists", "/hand-overs", "/findings"]) {
      await page.goto(world.origin + path);
      const link = page.locator("tbody th a[href^='/requests/rq-']").first();
      const box = await link.boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= PHONE.width, `${path}: the link stands from ${box.x} to ${box.x + box.width}`);
      await sound(world, page, path.slice(1));
    }
    const counted = async (name) => (await page.getByRole("region", { name }).getByRole("row").evaluateAll((rows) => rows.slice(1).map((row) => Number(row.querySelector("td").textContent))));
    const agencies = await counted("How many, by agency");
    assert.ok(agencies.length > 2, "several agencies have some");
    assert.equal(agencies.slice(0, -1).reduce((one, two) => one + two, 0), agencies.at(-1), "the agencies add up");
    assert.equal((await counted("How many, by kind")).at(-1), agencies.at(-1), "to what the kinds add up to");
    // Every page says it, to whoever looks across agencies of all of them; a clerk is told of their own agency's.
    const told = async (page) => {
      const place = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: /^Possible violations \(\d+\)$/ });
      return Number((await place.innerText()).match(/\((\d+)\)/)[1]);
    };
    await page.goto(`${world.origin}/requests`);
    assert.equal(await told(page), agencies.at(-1), "the navigation tells oversight of all agencies'");
    // What nobody has said to be done is one choice away, and marked.
    await page.goto(`${world.origin}/requests?done=no`);
    const rows = await page.getByRole("region", { name: "Requests" }).locator("tbody tr").allInnerTexts();
    assert.ok(rows.length > 0 && rows.every((row) => row.includes("No entry says what was done")), rows.join("\n"));
    await sound(world, page, "requests-not-done");
    await page.goto(`${world.origin}/requests?done=yes`);
    assert.doesNotMatch(await page.getByRole("region", { name: "Requests" }).innerText(), /No entry says/);
    const desk = await at(world, "DOC");
    await desk.page.goto(`${world.origin}/requests`);
    const ours = await told(desk.page);
    assert.ok(ours > 0 && ours < agencies.at(-1), `${ours} of DOC's`);
    await desk.close();
    await page.goto(`${world.origin}/findings`);
    await page.getByRole("region", { name: "How many, by agency" }).getByRole("link").first().click();
    await page.waitForURL("**/findings?agency=*");
    assert.equal((await counted("How many, by kind")).at(-1), agencies[0], "a count leads to what it counts");
    if (agencies.at(-1) > 500) {
      await page.goto(`${world.origin}/findings`);
      const first = await page.getByRole("region", { name: "Each" }).locator("tbody tr").first().innerText();
      await page.getByRole("link", { name: "Older", exact: true }).click();
      await page.waitForURL("**/findings?before=*");
      assert.notEqual(await page.getByRole("region", { name: "Each" }).locator("tbody tr").first().innerText(), first);
    }
    await context.close();
  },

  "the answer before is changed without script, and the answer lists what was answered": async (world) => {
    const desk = await at(world, "DOC", { javaScriptEnabled: false });
    await desk.tap("Somebody asks when a person is released");
    await desk.answer([ICE, CIVIL, ["search show", "Neither"]]);
    assert.match(await desk.text(), /What you answered\s+Which law do they say they enforce\?[\s\S]*Who is asking\?[\s\S]*What did the search show\?\s+Neither of these[\s\S]*Record this request/);
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "found-answer-360.png"), fullPage: true });
    await desk.tap("Change the answer before");
    assert.match(await desk.heading(), /search show/);
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "found-question-360.png"), fullPage: true });
    await desk.tap("Change the answer before");
    assert.match(await desk.heading(), /Who is asking/);
    await desk.answer([ICE, ["search show", "A conviction"], ["", "I cannot know"]]);
    assert.match(await desk.text(), /What did the search show\?\s+A conviction of a violent/);
    await desk.close();
  },

  "whoever is signed out while typing is told that nothing was recorded": async (world) => {
    for (const viewport of [PHONE, DESK]) {
      const desk = await at(world, "DOC", { viewport });
      await desk.tap("Somebody asks when a person is released");
      await desk.answer([ICE, CIVIL, ["search show", "Neither"]]);
      await desk.page.locator("summary", { hasText: "More, if you have it" }).first().click();
      await desk.page.getByLabel("Anything else that happened").fill("a long note");
      await desk.context.clearCookies();
      await desk.tap("Record this request");
      assert.equal(await desk.page.getByRole("alert").innerText(), "You were signed out, and what you sent just now was not recorded. Sign in and send it again. If you had sent it before, look first whether it is on the list.");
      assert.equal(new URL(desk.page.url()).search, "?told=unsent");
      await sound(world, desk.page, "signed-out");
      await desk.close();
    }
  },
};
