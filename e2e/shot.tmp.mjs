import { launch } from "./chromium.mjs";
const [origin, out] = process.argv.slice(2);
const browser = await launch();
for (const [w, scheme] of [[360, "light"], [1280, "dark"]]) {
  const context = await browser.newContext({ viewport: { width: w, height: 740 }, colorScheme: scheme });
  context.setDefaultTimeout(240000); context.setDefaultNavigationTimeout(240000);
  const page = await context.newPage();
  await page.goto(origin + "/sign-in");
  await page.getByLabel("Your name").fill("A");
  await page.getByLabel("Your agency").selectOption("DOC");
  await page.getByLabel("Your role").selectOption("oversight");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/requests");
  await page.screenshot({ path: `${out}/list-${w}.png` });
  await page.goto(origin + "/figures");
  await page.screenshot({ path: `${out}/figures-${w}.png`, fullPage: true });
  console.log(await page.locator("svg.chart").first().evaluate((svg) => { const b = svg.getBoundingClientRect(); const t = svg.querySelector("text").getBoundingClientRect(); return [b.left, b.right, t.left, t.right, svg.viewBox.baseVal.width, getComputedStyle(svg).maxInlineSize]; }));
  await page.goto(origin + "/figures?source=demo&year=2016");
  await page.screenshot({ path: `${out}/figures16-${w}.png`, fullPage: true });
  await context.close();
}
await browser.close();
