// The residents' page in real Chromium, against a double of its door: every story, counted.
// Usage: BUNDLE=dist/report CITY=path/to/city node report.mjs [--shots DIR] [--only PART] [--long: what takes long, alone]
import { existsSync, mkdirSync } from "node:fs";
import { executablePath, launch, runAll } from "./chromium.mjs";
import { long, stories } from "./report-stories.mjs";

const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : null);
const shots = option("--shots");
const only = option("--only");
if (shots) mkdirSync(shots, { recursive: true });
const bundle = process.env.BUNDLE ?? "../dist/report";
const city = process.env.CITY ?? "../target/debug/examples/city";
for (const needed of [bundle, city, executablePath]) {
  if (!existsSync(needed)) {
    console.error(`${needed} is not there: cargo xtask web; cargo build -p web --example city; apt-get install -y chromium`);
    process.exit(1);
  }
}
const browser = await launch();
const chosen = Object.fromEntries(Object.entries(process.argv.includes("--long") ? long : stories).filter(([name]) => !only || name.includes(only)));
const { line, held } = await runAll("residents' page", chosen, { browser, launch, bundle, city, shots });
await browser.close();
console.log(line);
process.exit(held ? 0 : 1);
