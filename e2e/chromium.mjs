// The system's Chromium, how stories are run and counted in it, and what each page is held to.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

/** Starts Chromium so that it asks nobody anything by itself. */
export const launch = (...more) => chromium.launch({ executablePath, args: [...ARGS, ...more] });

/**
 * Waits until a page has its style, and fails if that did not come: without it every size and colour is another one. A page that was only
 * read to its end may still wait for its style sheet, the longer the busier the machine is.
 */
async function styled(page, where) {
  await page.waitForLoadState("load");
  const missing = await page.evaluate(() => [...document.querySelectorAll("link[rel=stylesheet]")].filter((link) => {
    try { return !(link.sheet?.cssRules.length > 0); } catch { return true; }
  }).map((link) => link.href));
  assert.deepEqual(missing, [], `${where}: the style sheet did not come, so the page cannot be judged`);
}

/** axe-core's rules for WCAG 2.2 AA, on the page as it stands with its style. */
export async function accessible(page, where) {
  await styled(page, where);
  // Through the debugger, not the page, whose policy runs no other script.
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  const found = result.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(", ")}`);
  assert.deepEqual(found, [], `${where}: accessibility`);
}

/** That a page fits its window: as it stands, and laid out from right to left, as none of a desk's languages is yet. */
export async function noSidewaysScroll(page, where) {
  await styled(page, where);
  const [seen, wide, turned] = await page.evaluate(() => {
    const root = document.documentElement;
    const [was, stood] = [root.getAttribute("dir"), root.scrollWidth];
    root.dir = "rtl";
    const other = root.scrollWidth;
    if (was === null) root.removeAttribute("dir"); else root.dir = was;
    return [window.innerWidth, stood, other];
  });
  assert.ok(wide <= seen, `${where}: the page is ${wide} px wide in a window of ${seen}`);
  assert.ok(turned <= seen, `${where}: from right to left the page is ${turned} px wide in a window of ${seen}`);
}

/**
 * Whatever is pressed is at least 24 px high and wide, but for a link within a line of text (WCAG 2.2, 2.5.8). Larger than the rule that axe
 * has, which lets small ones stand where nothing else is near.
 */
export async function bigTargets(page, where) {
  await styled(page, where);
  const small = await page.evaluate(() => {
    const inText = (one) => getComputedStyle(one).display === "inline"
      && [...one.parentElement.childNodes].some((node) => node !== one && (node.nodeType === Node.TEXT_NODE || node.nodeName === "STRONG") && node.textContent.trim() !== "");
    return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
      .filter((one) => one.checkVisibility() && !one.matches(".skip"))
      .map((one) => [one, one.getBoundingClientRect()])
      .filter(([one, box]) => box.width > 0 && (box.height < 23.9 || box.width < 23.9) && !inText(one))
      .map(([one, box]) => `${one.outerHTML.slice(0, 120)} is ${Math.round(box.width)} x ${Math.round(box.height)}`);
  });
  assert.deepEqual(small, [], `${where}: small targets`);
}

/** Whether a button of a page with the script for passkeys led on; otherwise the page says why not. */
export async function answered(page, there) {
  const [led, told] = [page.waitForURL(there).then(() => true), page.locator("#told").waitFor({ state: "visible" }).then(() => false)];
  led.catch(() => {});
  told.catch(() => {});
  return Promise.any([led, told]);
}

/**
 * Runs stories one after the other and says what came of each; gives the last line, and whether all of at least one passed. What
 * `end` then finds wrong counts as one story that failed.
 */
export async function runAll(name, stories, world, end = async () => []) {
  let passed = 0;
  let failed = 0;
  for (const [title, story] of Object.entries(stories)) {
    try {
      await story(world);
      passed += 1;
      console.log(`ok      ${title}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${title}\n${error.stack ?? error}`);
    }
  }
  const faults = await end();
  if (faults.length > 0) {
    failed += 1;
    console.log(`FAILED  ${name}, at the end\n${faults.join("\n")}`);
  }
  return { line: `${name}: ${passed} passed, ${failed} failed, 0 skipped`, held: failed === 0 && passed > 0 };
}
