// The stories of the list of requests, of searching it, of asking the law again, and of the charts.
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { DESK, PHONE, PAPERS, ICE, CIVIL, accessible, at, noSidewaysScroll } from "./stories.mjs";

const shot = async (world, desk, name) => {
  if (world.shots) await desk.page.screenshot({ path: join(world.shots, `${name}.png`), fullPage: true });
};

/** Somebody of a role that does not begin at the gate. */
async function reader(world, role, options = {}) {
  const context = await world.browser.newContext({ viewport: PHONE, ...options });
  context.setDefaultNavigationTimeout(300_000);
  context.setDefaultTimeout(300_000);
  const page = await context.newPage();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${world.origin}/sign-in`);
  await page.getByLabel("Your name").fill("A. Reader");
  await page.getByLabel("Your agency").selectOption("DOC");
  await page.getByLabel("Your role").selectOption(role);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/requests");
  return { page, context, asked };
}

export const requestStories = {
  "counsel searches the list without script, and what they search for stands in no address": async (world) => {
    const desk = await at(world, "DOC", { role: "counsel", javaScriptEnabled: false });
    await desk.page.goto(`${world.origin}/requests`);
    const first = await desk.page.locator("tbody tr").first().innerText();
    await desk.page.getByRole("searchbox", { name: "Search" }).fill("ICE marigoldzyx");
    await desk.press(desk.page.getByRole("button", { name: "Show", exact: true }));
    assert.match(await desk.page.locator("main").innerText(), /No request that you may see fits this/);
    await desk.page.getByRole("searchbox", { name: "Search" }).fill("doc");
    await desk.press(desk.page.getByRole("button", { name: "Show", exact: true }));
    assert.equal(await desk.page.locator("tbody tr").first().innerText(), first);
    const seen = new Set(await desk.page.locator("tbody a").allInnerTexts());
    await desk.press(desk.page.getByRole("button", { name: "Older requests" }));
    for (const id of await desk.page.locator("tbody a").allInnerTexts()) assert.ok(!seen.has(id), `${id} came before`);
    assert.ok(desk.asked.every((url) => !/marigold|words/i.test(url)), "no word stands in an address");
    const metrics = await (await fetch(`${world.origin}/metrics`)).text();
    assert.doesNotMatch(metrics, /marigold/i);
    await desk.page.getByRole("searchbox", { name: "Search" }).fill("\"");
    await desk.press(desk.page.getByRole("button", { name: "Show", exact: true }));
    assert.match(await desk.page.getByRole("alert").innerText(), /no word to search for/);
    await desk.context.close();
  },

  "choices narrow the list, are kept as a view, and the list is taken as a file": async (world) => {
    const desk = await at(world, "DOC", { role: "counsel", viewport: DESK });
    await desk.page.goto(`${world.origin}/requests`);
    // An answer that there is: the invented city draws others on another day.
    const answered = (await desk.page.locator("tbody tr").first().locator("td").nth(3).innerText()).split("\n")[0].trim();
    await desk.page.locator("summary", { hasText: "Narrow the list" }).click();
    await desk.page.getByLabel("Answered").selectOption({ label: answered });
    const outcome = await desk.page.getByLabel("Answered").inputValue();
    await desk.page.getByLabel("From (day of contact)").fill("2015-01-01");
    await desk.press(desk.page.getByRole("button", { name: "Show", exact: true }));
    assert.equal(new URL(desk.page.url()).search, `?from=2015-01-01&outcome=${outcome}`);
    const answers = await desk.page.locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.children[4].innerText));
    assert.ok(answers.length > 0 && answers.every((text) => text.includes(answered)), answers.join(" | "));
    await shot(world, desk, "requests-narrowed");
    await accessible(desk.page, "the list, narrowed");
    await desk.page.locator("summary", { hasText: "Saved views" }).click();
    await desk.page.getByLabel("Name of this view").fill("Since 2015");
    await desk.press(desk.page.getByRole("button", { name: "Keep this view" }));
    await desk.page.goto(`${world.origin}/requests`);
    await desk.press(desk.page.getByRole("link", { name: "Since 2015" }));
    assert.equal(new URL(desk.page.url()).search, `?from=2015-01-01&outcome=${outcome}`);
    const coming = desk.page.waitForEvent("download");
    await desk.page.getByRole("button", { name: /Take this list as a file/ }).click();
    const file = await coming;
    assert.match(file.suggestedFilename(), /^requests-\d{4}-\d\d-\d\d\.csv$/);
    const { readFileSync } = await import("node:fs");
    const lines = readFileSync(await file.path(), "utf8").split("\r\n");
    assert.equal(lines[0], "When,Agency,Who asked,For what,Answer,What was done,Request");
    assert.ok(lines.length >= answers.length + 2 && lines.at(-1) === "", `${lines.length} lines`);
    await desk.page.locator("summary", { hasText: "Saved views" }).click();
    await desk.press(desk.page.getByRole("button", { name: /Forget “Since 2015”/ }));
    assert.equal(await desk.page.getByRole("link", { name: "Since 2015" }).count(), 0);
    await desk.context.close();
  },

  "a request shows what was known and who said so, and its question is put to the law again": async (world) => {
    const desk = await at(world, "DOC");
    await desk.tap("An immigration detainer came");
    await desk.answer([["papers", PAPERS("I-200")], ICE, CIVIL, ["", "I cannot know"]]);
    await desk.record();
    const request = desk.page.url();
    await desk.page.locator("summary", { hasText: "What was known, and who said so" }).first().click();
    assert.match(await desk.page.getByRole("region", { name: /What was known/ }).first().innerText(), /the papers shown|the desk/);
    // The tree opens by the keyboard.
    await desk.page.locator("summary", { hasText: /^Why/ }).first().click();
    const closed = desk.page.locator("ul.why details:not([open]) > summary").first();
    await closed.focus();
    await desk.page.keyboard.press("Enter");
    assert.ok(await desk.page.locator("ul.why details[open] details[open]").count() > 0 || await desk.page.locator("ul.why details[open]").count() > 1);
    await shot(world, desk, "request-grounds");
    await accessible(desk.page, "a request with its grounds open");
    await noSidewaysScroll(desk.page, "a request with its grounds open");
    await desk.press(desk.page.getByRole("button", { name: "Ask again" }));
    assert.equal(await desk.heading(), "Ask the law again");
    assert.match(await desk.page.locator("main").innerText(), /Same answer, for the same reasons/);
    assert.match(await desk.page.locator("main").innerText(), /The recorded answer stands/);
    await accessible(desk.page, "asking again");
    await noSidewaysScroll(desk.page, "asking again");
    await shot(world, desk, "replay");
    const nobody = await desk.page.request.get(`${request.replace(/\?.*/, "")}/replay?pack=0000`);
    assert.equal(nobody.status(), 404);
    await desk.close();
  },

  "charts of the requests are read at every size, and each figure leads to as many requests": async (world) => {
    for (const [viewport, colorScheme] of [[PHONE, "light"], [DESK, "dark"]]) {
      const { page, context, asked } = await reader(world, "oversight", { viewport, colorScheme });
      const desk = { page };
      await page.getByRole("link", { name: "Figures of the requests, in charts" }).click();
      await page.waitForURL("**/figures");
      assert.ok(await page.locator("svg.chart").count() >= 7);
      for (const chart of await page.locator("svg.chart").all()) {
        const named = await chart.evaluate((svg) => svg.getAttribute("aria-labelledby").split(" ").map((id) => document.getElementById(id)?.textContent.trim()));
        assert.ok(named.length === 2 && named.every(Boolean), `a chart has a title and says what it shows: ${named}`);
        // Nothing leaves its drawing, and letters are no smaller than 11 px.
        const small = await chart.evaluate((svg) => {
          const box = svg.getBoundingClientRect();
          const scale = box.width / svg.viewBox.baseVal.width;
          const out = [...svg.querySelectorAll("text")].filter((text) => { const b = text.getBoundingClientRect(); return b.left < box.left - 1 || b.right > box.right + 1; });
          return { scale, out: out.map((text) => text.textContent) };
        });
        assert.ok(small.scale * 13 >= 11, `letters of ${small.scale * 13} px`);
        assert.deepEqual(small.out, []);
      }
      await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
      await accessible(page, `the charts at ${viewport.width} px, ${colorScheme}`);
      await noSidewaysScroll(page, `the charts at ${viewport.width} px`);
      await shot(world, desk, `figures-${viewport.width}-${colorScheme}`);
      // The smallest figures of each table, counted on the list that they lead to.
      const cells = await page.locator("main table td a").evaluateAll((all) => all.map((one) => [Number(one.textContent), one.getAttribute("href")]));
      assert.ok(cells.length > 3);
      for (const [figure, href] of cells.filter(([figure]) => figure <= 50).slice(0, 6)) {
        await page.goto(world.origin + href);
        assert.equal(await page.locator("tbody tr").count(), figure, href);
      }
      // What is overdue, as the list of duties says it.
      await page.goto(`${world.origin}/figures`);
      const owed = await page.locator('main table th a[href^="/duties"]').evaluateAll((all) => all.map((one) => [Number(one.closest("tr").children[1].textContent), one.getAttribute("href")]));
      assert.ok(owed.length > 3);
      for (const [figure, href] of owed.slice(0, 3)) {
        await page.goto(world.origin + href);
        assert.match(await page.locator("main p[role=status]").innerText(), new RegExp(`, ${figure} overdue`), href);
      }
      assert.ok(asked.every((url) => url.startsWith(world.origin)), "nothing from elsewhere");
      await context.close();
    }
  },

  "the list fits a phone and a desk, light and dark": async (world) => {
    for (const [viewport, colorScheme] of [[PHONE, "light"], [DESK, "dark"]]) {
      const { page, context } = await reader(world, "oversight", { viewport, colorScheme });
      await page.locator("summary", { hasText: "Narrow the list" }).click();
      await accessible(page, `the list of all at ${viewport.width} px`);
      await noSidewaysScroll(page, `the list of all at ${viewport.width} px`);
      await shot(world, { page }, `requests-all-${viewport.width}-${colorScheme}`);
      await context.close();
    }
  },
};
