// The residents' page in real Chromium, against a double of its door: every story, counted.
// Usage: BUNDLE=dist/report CITY=path/to/city node report.mjs [--shots DIR] [--only PART]
import { existsSync, mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { stories } from "./report-stories.mjs";

const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : null);
const shots = option("--shots");
const only = option("--only");
if (shots) mkdirSync(shots, { recursive: true });
const bundle = process.env.BUNDLE ?? "../dist/report";
const city = process.env.CITY ?? "../target/debug/examples/city";
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
for (const needed of [bundle, city, executablePath]) {
  if (!existsSync(needed)) {
    console.error(`${needed} is not there: cargo xtask web; cargo build -p web --example city; apt-get install -y chromium`);
    process.exit(1);
  }
}
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const launch = (...more) => chromium.launch({ executablePath, args: [...ARGS, ...more] });
const browser = await launch();
let passed = 0;
let failed = 0;
for (const [name, story] of Object.entries(stories)) {
  if (only && !name.includes(only)) continue;
  try {
    await story({ browser, launch, bundle, city, shots });
    passed += 1;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.stack ?? error}`);
  }
}
await browser.close();
console.log(`residents' page: ${passed} passed, ${failed} failed, 0 skipped`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
