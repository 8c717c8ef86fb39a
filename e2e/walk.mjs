// Every page of the desk as each role meets it, on a small phone. Which pages there are is read from the one list that the desk itself is
// built from (`staffed` in crates/server/src/serve/mod.rs), so that a new page cannot be missed.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, bigTargets, noSidewaysScroll } from "./chromium.mjs";
import { paper } from "./photographs.mjs";
import { CIVIL, ICE, PAPERS, at } from "./stories.mjs";

const SMALL = { width: 360, height: 640 };
/** As many of one route as are looked at for one role: the second has other content. */
const EACH = 2;
/** Pages that the invented city has not: nobody signs in to it by a passkey (`people.mjs` walks those), and states no quarter. */
const ELSEWHERE = ["/account", "/people/{id}", "/guide/me", "/statements/{quarter}/{form}"];

/** The pages that are asked for by an address, with their variables. */
function routes() {
  const source = readFileSync(new URL("../crates/server/src/serve/mod.rs", import.meta.url), "utf8");
  const list = source.slice(source.indexOf("fn staffed()"), source.indexOf("/// Every path, grouped by who asks for it"));
  const found = [...list.matchAll(/\("(\/[^"]*)", get\(/g)].map((one) => one[1]);
  assert.ok(found.length > 20, "the list of pages is written in another way now");
  return [...found, "/log", "/sign-in"];
}

const fits = (route, path) => new RegExp(`^${route.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);

/** What a page leads to: its links, and its forms that only ask, as they stand. */
const leadsTo = (page) => page.evaluate(() => {
  const links = [...document.querySelectorAll("a[href]")].map((one) => one.href);
  const forms = [...document.querySelectorAll("form[method=get]")].map((form) => {
    const asked = new URL(form.action);
    asked.search = new URLSearchParams(new FormData(form)).toString();
    return asked.href;
  });
  return [...links, ...forms];
});

/** Of what a page is built: its elements with their classes and roles, each once, without what it says. */
const skeleton = (page) => page.evaluate(() => {
  const kind = (one) => `${one.parentElement?.localName}>${one.localName}.${one.getAttribute("class") ?? ""}[${one.getAttribute("role") ?? one.getAttribute("type") ?? ""}]`;
  return [...new Set([...document.querySelectorAll("*")].map(kind))].sort().join(" ");
});

export const walkStories = {
  "a page is judged with its style, however late that comes, and one without is told": async (world) => {
    const desk = await at(world, "DOC", { viewport: SMALL });
    // As where the process that has the style sheet is killed: the call is put to another.
    await desk.page.route("**/static/desk.css", async (route) => { await new Promise((resolve) => setTimeout(resolve, 500)); await route.continue(); });
    await desk.press(desk.page.getByRole("link", { name: "Filings", exact: true }));
    assert.equal(await desk.page.evaluate(() => getComputedStyle(document.body).margin), "0px", "the page has its style once it was pressed for");
    await accessible(desk.page, "a page whose style came late");
    await desk.page.unroute("**/static/desk.css");
    await desk.page.route("**/static/desk.css", (route) => route.abort());
    await desk.page.goto(`${world.origin}/filings`);
    await assert.rejects(accessible(desk.page, "a page"), /the style sheet did not come/);
    await assert.rejects(bigTargets(desk.page, "a page"), /the style sheet did not come/);
    await desk.context.close();
  },

  "every page of the desk fits a small phone for every role: no sideways scroll, no small target, WCAG 2.2 AA": async (world) => {
    const all = routes();
    const seen = new Map(all.map((route) => [route, 0]));
    // A request with everything on its page: asked, answered, done otherwise than answered, with duties, a disclosure to be proposed and a
    // photograph.
    const desk = await at(world, "DOC", { viewport: SMALL });
    await desk.tap("An immigration detainer came");
    await desk.answer([["papers", PAPERS("I-200")], ICE, CIVIL, ["", "I cannot know"]]);
    await desk.record();
    const request = new URL(desk.page.url()).pathname;
    await desk.done("We told them of the release");
    await desk.page.goto(world.origin + request);
    await desk.page.getByLabel("Or choose photographs that you have").setInputFiles([{ name: "paper.jpg", mimeType: "image/jpeg", buffer: await paper(world.browser, ["WARRANT", "Form I-200"]) }]);
    await desk.press(desk.page.getByRole("button", { name: "Attach" }));
    await desk.page.goto(`${world.origin}/sign-in`);
    const roles = await desk.page.getByLabel("Your role").locator("option").evaluateAll((all) => all.map((one) => one.value).filter(Boolean));
    await desk.context.close();
    assert.ok(roles.length > 6, roles.join(" "));
    const [faults, judged] = [[], new Set()];
    for (const role of roles) {
      const context = await world.browser.newContext({ viewport: SMALL });
      context.setDefaultNavigationTimeout(300_000);
      context.setDefaultTimeout(300_000);
      const page = await context.newPage();
      await page.goto(`${world.origin}/sign-in`);
      await page.getByLabel("Your name").fill("W. Walker");
      await page.getByLabel("Your agency").selectOption("DOC");
      await page.getByLabel("Your role").selectOption(role);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForLoadState("load");
      const told = new Set();
      const counts = new Map();
      const ahead = [new URL(page.url()).pathname, "/sign-in"];
      // What is led to by a form or not in this city, for whoever may see it: the request of above, why nothing can be proposed about it
      // since its answer is no, the drawings of papers, the bills.
      for (const path of [request, `${request}/disclose`, "/gate/papers", "/bill"]) {
        if ((await page.request.get(world.origin + path)).ok()) ahead.push(path);
      }
      for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
        const url = new URL(next, world.origin);
        const route = all.filter((one) => fits(one, url.pathname)).sort((one, two) => one.split("{").length - two.split("{").length)[0];
        const address = url.pathname + url.search;
        if (!route || url.origin !== world.origin || told.has(address) || (counts.get(route) ?? 0) >= EACH) continue;
        told.add(address);
        const where = `${address} as ${role}`;
        const file = /(\/\{form\}|\/csv|\/photographs\/\{entry\})$/.test(route);
        const answer = file ? await page.request.get(url.href) : await page.goto(url.href);
        assert.ok(answer.ok(), `${where} is led to, and answers ${answer.status()}`);
        counts.set(route, (counts.get(route) ?? 0) + 1);
        seen.set(route, seen.get(route) + 1);
        if (file) continue;
        // Where nobody has a passkey the pages that sign with one need no script either.
        if ((await page.locator("script").count()) !== 0) faults.push(`${where} has a script`);
        if (!(await page.locator("body").innerText()).includes("This is an invented city.")) faults.push(`${where} does not say that the city is invented`);
        await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
        // A page that is built as one that was judged already needs no second judgment, whoever reads it.
        const built = `${route} ${await skeleton(page)}`;
        for (const held of [noSidewaysScroll, bigTargets, ...(judged.has(built) ? [] : [accessible])]) {
          await held(page, where).catch((error) => { faults.push(error.message); console.log(`        ${error.message}`); });
        }
        judged.add(built);
        if (world.shots) await page.screenshot({ path: join(world.shots, `walk-${role}-${route.replaceAll(/\W+/g, "-")}-${counts.get(route)}.png`), fullPage: true });
        ahead.push(...await leadsTo(page));
      }
      await context.close();
    }
    assert.deepEqual(faults, []);
    const missed = [...seen].filter(([route, count]) => count === 0 && !ELSEWHERE.includes(route)).map(([route]) => route);
    assert.deepEqual(missed, [], "no role is led to these pages");
    console.log(`        ${[...seen.values()].reduce((one, two) => one + two, 0)} pages of ${roles.length} roles, ${judged.size} of them built each in its own way`);
  },
};
