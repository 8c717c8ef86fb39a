// The system's Chromium, and how stories are run and counted in it.
import { chromium } from "playwright-core";

export const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

/** Starts Chromium so that it asks nobody anything by itself. */
export const launch = (...more) => chromium.launch({ executablePath, args: [...ARGS, ...more] });

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
