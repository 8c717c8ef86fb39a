// The record under a bill: counsel picks a pack that is not law in force, and sees which recorded answers it would have given otherwise.
import { strict as assert } from "node:assert";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, one, three } from "./served.mjs";
import { DESK, accessible, at, noSidewaysScroll } from "./stories.mjs";

const SHIPPED = new URL("../packs/nyc", import.meta.url).pathname;
const EXAMPLE = new URL("../examples/detainer-with-administrative-warrant.json", import.meta.url).pathname;
const RULE = '@plain("A judge\'s warrant came with the detainer, and the search shows the ground.")\npermit (principal, action, resource)';

/** A file without the block of this kind and id; as it was where it has none. */
const without = (text, kind, id) => {
  const from = text.indexOf(`\`\`\`toml ${kind}\nid = "${id}"\n`);
  return from < 0 ? text : text.slice(0, from) + text.slice(text.indexOf("\n```\n", from) + 5);
};

/**
 * A bill: the shipped pack, under which the jails tell nobody of a release on a detainer, whatever warrant came with it. The cases and
 * theorems of the law in force that say otherwise are left out, as counsel would: the program names them. It first refuses the bill.
 */
async function writeBill(folder, run) {
  cpSync(SHIPPED, folder, { recursive: true });
  const texts = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".md")).map((name) => join(folder, name));
  const rewrite = (how) => texts.map((file) => [file, readFileSync(file, "utf8")]).filter(([file, text]) => {
    const changed = how(text);
    if (changed !== text) writeFileSync(file, changed);
    return changed !== text;
  }).length;
  assert.equal(rewrite((text) => text.replace(RULE, RULE.replace("action,", 'action == Act::"hold",'))), 1, "the pack has another rule now");
  const refused = await run("law", "bill", folder);
  assert.equal(refused.status, 2, refused.stderr);
  const unfit = [...refused.stderr.matchAll(/(theorem|case) `([^`]+)` (?:falls|fails)/g)];
  assert.ok(unfit.length > 3, refused.stderr);
  for (const [, kind, id] of unfit) assert.equal(rewrite((text) => without(text, kind, id)), 1, `${kind} ${id}`);
}

/** The facts of a judge's warrant that came with a detainer, and of the search's ground: the jails may tell of the release. */
const WARRANTED = {
  question: { agency: "DOC", act: "notify_release", requester: "ice_ero", statute_enforced: "civil_ina", document: ["i247a", "judicial_arrest_warrant"] },
  facts: Object.fromEntries(Object.entries({
    detainer_lodged: true, release_due: true, vs_conviction_in_window: true, vs_conviction_ever: true, tsdb_possible_match: false,
    required_by_law: false, search_running: false, request_received: true, mayoral_order_relied_on: false,
    warrant_issuer: "federal_judge_or_magistrate", warrant_on_probable_cause: true, warrant_for_custody_of_this_person: true,
    warrant_for_federal_immigration_authorities: true, warrant_presented_with_detainer: true, eo_41_confidential: false,
  }).map(([name, value]) => [name, { value, source: "the papers" }])),
};

export const billStories = {
  "counsel sees which recorded answers a bill would have given otherwise, without script too, and at the command line the same": async (world) => {
    const folder = mkdtempSync(join(tmpdir(), "vouchsafe-bill-"));
    const [bill, facts] = ["bill", "warranted.json"].map((name) => join(folder, name));
    writeFileSync(facts, JSON.stringify(WARRANTED));
    let [other, found, told] = [];
    const underBill = async () => JSON.parse((await told("law", "bill", bill, "--json")).stdout);
    const served = await (world.many ? three : one)(world.program, folder, async (words) => {
      told = (...more) => command(world.program, ...more, ...words);
      const recorded = async (file) => JSON.parse((await told("decide", file, "--on", "2026-02-05", "--record", "--json")).stdout);
      other = await recorded(facts);
      assert.equal(other.outcome, "permitted");
      assert.deepEqual((await recorded(EXAMPLE)).map((one) => one.outcome), ["barred", "barred"]);
      await writeBill(bill, told);
      found = await underBill();
      assert.deepEqual(found.changed, [{ request: other.request, agency: "DOC", act: "notify_release", on: "2026-02-05", was: "permitted", is: "barred" }]);
      assert.equal(found.answers, 3);
    }, "--development-sign-in-for-everyone", "--overlay", bill);
    const here = { ...world, origin: `http://127.0.0.1:${served.port}` };
    let faults;
    try {
      await served.disturb?.({ pause: 700 });
      const sizes = Object.entries({ phone: { viewport: { width: 360, height: 640 } }, desk: { viewport: DESK, colorScheme: "dark" }, scriptless: { javaScriptEnabled: false } });
      // Twice where processes are killed, so that each of them is.
      for (const [size, options] of world.many ? [...sizes, ...sizes] : sizes) {
        const counsel = await at(here, "DOC", { role: "counsel", ...options });
        const { page } = counsel;
        await counsel.press(page.getByRole("link", { name: "Requests", exact: true }));
        await counsel.press(page.getByRole("link", { name: "The record under a bill" }));
        const look = async (where) => {
          if (options.javaScriptEnabled === false) return;
          await accessible(page, `${where} at ${size} size`);
          await noSidewaysScroll(page, `${where} at ${size} size`);
          if (world.shots) await page.screenshot({ path: join(world.shots, `${where}-${size}.png`), fullPage: true });
        };
        await look("bills");
        await counsel.press(page.getByRole("link", { name: /^Not law in force: nyc/ }));
        assert.match(await counsel.text(), /This pack is not law in force/);
        assert.match(await page.locator("main p[role=status]").innerText(), /^1 of 3 answers would be different\.$/);
        const steps = page.getByRole("table", { name: "From which answer to which" });
        assert.match((await steps.locator("tbody").innerText()).replaceAll(/\s+/g, " "), /^Permitted Barred 1$/);
        const kinds = page.getByRole("table", { name: "Answers by agency and act" });
        const rows = (await kinds.locator("tbody tr").allInnerTexts()).map((row) => row.replaceAll(/\s+/g, " ").trim().match(/ (\d+) (\d+) /).slice(1).join(" of "));
        assert.deepEqual(rows.sort(), ["0 of 1", "1 of 2"]);
        await look("bill");
        // One agency's alone, and back.
        await counsel.press(kinds.getByRole("link").first());
        assert.match(await counsel.text(), /Only: Department of Correction\./);
        await counsel.press(page.getByRole("link", { name: "All agencies that you may see" }));
        // The other answer leads to why, which is a look at the request and says that it is no law.
        const each = page.getByRole("table", { name: /^Answers that would differ/ });
        assert.equal(await each.locator("tbody tr").count(), 1);
        await counsel.press(each.getByRole("link", { name: "Barred" }));
        assert.equal(await counsel.heading(), "Ask the law again");
        assert.match(await counsel.text(), /Another answer\./);
        assert.match(await counsel.text(), /The recorded answer stands/);
        assert.match(page.url(), new RegExp(`/requests/${other.request}/replay`));
        await look("replay-bill");
        await counsel.close();
      }
      // What was recorded stands as it was: looking at it added looks alone.
      assert.deepEqual((await underBill()).changed, found.changed);
    } finally {
      faults = await served.end();
    }
    assert.deepEqual(faults, []);
    rmSync(folder, { recursive: true, force: true });
  },
};
