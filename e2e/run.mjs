// The desk's pages in real Chromium: starts the demo city, runs every story, counts.
// Usage: VOUCHSAFE=path/to/vouchsafe node run.mjs [--shots DIR] [--only PART-OF-A-TITLE]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, mkdirSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executablePath, launch, runAll } from "./chromium.mjs";
import { stories } from "./stories.mjs";
import { tapStories } from "./taps.mjs";

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
const server = spawn(program, ["serve", "--demo", "--listen", "127.0.0.1:0", "--data", join(data, "city")], {
  stdio: ["ignore", "pipe", "inherit"],
});

// The server prints its address once it listens.
const origin = await new Promise((resolve, reject) => {
  let text = "";
  server.stdout.on("data", (chunk) => {
    text += chunk;
    const found = text.match(/http:\/\/127\.0\.0\.1:\d+/);
    if (found) resolve(found[0]);
  });
  server.on("exit", (code) => reject(new Error(`the server ended with ${code} before it listened:\n${text}`)));
});

const browser = await launch();
const { line, held } = await runAll("pages", only({ ...stories, ...tapStories }), { browser, origin, data, program, shots });
await browser.close();
server.kill("SIGTERM");
await new Promise((resolve) => server.on("exit", resolve));
rmSync(data, { recursive: true, force: true });
console.log(line);
process.exit(held ? 0 : 1);
