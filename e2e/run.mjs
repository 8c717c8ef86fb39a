// The desk's pages in real Chromium: starts the demo city, runs every story, counts.
// With --three the city is served by three processes on one PostgreSQL, which are killed and started again all the while.
// Usage: VOUCHSAFE=path/to/vouchsafe node run.mjs [--three [--nginx]] [--shots DIR] [--only PART-OF-A-TITLE]
import { mkdtempSync, rmSync, mkdirSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { billStories } from "./bill.mjs";
import { executablePath, launch, runAll } from "./chromium.mjs";
import { contactStories } from "./contacts.mjs";
import { stories as disclosures } from "./disclosure.mjs";
import { dutyStories } from "./duties.mjs";
import { foundStories } from "./found.mjs";
import { photographStories } from "./photographs.mjs";
import { requestStories } from "./requests.mjs";
import { one, three } from "./served.mjs";
import { stories as desks } from "./stories.mjs";
import { tapStories } from "./taps.mjs";
import { walkStories } from "./walk.mjs";

const stories = { ...desks, ...dutyStories, ...disclosures, ...requestStories, ...photographStories, ...billStories, ...contactStories, ...tapStories, ...walkStories, ...foundStories };
const shots = process.argv.includes("--shots") ? process.argv[process.argv.indexOf("--shots") + 1] : null;
if (shots) mkdirSync(shots, { recursive: true });
const wanted = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : "";
const only = (all) => Object.fromEntries(Object.entries(all).filter(([title]) => title.includes(wanted)));
const program = process.env.VOUCHSAFE ?? "../target/debug/vouchsafe";
if (!existsSync(executablePath)) {
  console.error(`no browser at ${executablePath}: apt-get install -y chromium`);
  process.exit(1);
}
const data = mkdtempSync(join(tmpdir(), "vouchsafe-pages-"));
const many = process.argv.includes("--three");
const served = await (many ? three : one)(program, data, () => {}, "--demo");
const origin = `http://127.0.0.1:${served.port}`;

const browser = await launch();
await served.disturb?.({ looks: ["/filings/10-178/2019Q1", "/duties"] });
const { line, held } = await runAll(many ? "pages of three processes" : "pages", only(stories), { browser, origin, data, program, shots, many }, () => served.end());
await browser.close();
rmSync(data, { recursive: true, force: true });
console.log(line);
process.exit(held ? 0 : 1);
