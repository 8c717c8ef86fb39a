// Contacts that nobody recorded: the privacy officer's nightly comparison, and what the desk shows of it to whom.
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, meant, one, three } from "./served.mjs";
import { DESK, accessible, at, noSidewaysScroll } from "./stories.mjs";

const EXAMPLE = new URL("../examples/detainer-with-administrative-warrant.json", import.meta.url).pathname;
const MAPPING = new URL("../examples/reconcile-mapping.toml", import.meta.url).pathname;
const SMALL = { width: 360, height: 640 };
const HOUR = 3_600_000;
/** The city's day so many hours ago, as the calendar writes it. */
const day = (hours) => new Intl.DateTimeFormat("en-CA", { timeZone: "America/New_York" }).format(new Date(Date.now() - hours * HOUR));

/** A mailbox with one message from ICE to the jails at that moment. */
function mailbox(file, hours) {
  const [, week, date, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(Date.now() - hours * HOUR).toUTCString());
  writeFileSync(file, [
    `From agent@ice.dhs.gov ${week} ${month} ${date} ${time} ${year}`, "From: Agent <agent@ice.dhs.gov>", "To: Desk <desk@doc.example.org>",
    "Subject: of nobody's concern", `Date: ${week}, ${date} ${month} ${year} ${time} +0000`, "Message-ID: <1@ice.dhs.gov>", "", "A body.", "", "",
  ].join("\n"));
}

/** The comparisons of a city in this folder, by `many` processes or by one that `begin` starts. */
async function compared(world, folder, many, begin) {
  const mail = join(folder, "mail.mbox");
  const run = (...words) => command(world.program, ...words, ...meant(folder), "--json");
  assert.equal((await run("decide", EXAMPLE, "--on", "2026-02-05", "--record")).status, 3);
  // A day and a half ago: the day before yesterday or yesterday, and over in either case.
  mailbox(mail, 36);
  const [first, last] = [day(24 * 30), day(24)];
  const compare = async (days) => {
    // The request of today accounts for no contact of another day.
    const said = await run("reconcile", "--mail", mail, "--window", "0d", "--mapping", MAPPING, "--record", "--by", "P. Privacy", "--days", days);
    assert.ok([0, 1].includes(said.status), said.stderr);
    return JSON.parse(said.stdout);
  };
  // On SQLite one process at a time has the record to write: a comparison is recorded while the desk is stopped. On PostgreSQL it is
  // recorded beside all three.
  const served = async (told) => {
    const server = many ?? await begin();
    try {
      await told({ ...world, origin: `http://127.0.0.1:${server.port}` });
    } finally {
      if (!many) await server.end();
    }
  };
  const goTo = async (desk) => {
    await desk.press(desk.page.getByRole("link", { name: /^Duties/ }));
    await desk.press(desk.page.getByRole("link", { name: "Contacts that nobody recorded" }));
  };
  const look = async ({ page }, where) => {
    for (const [size, viewport] of Object.entries({ phone: SMALL, desk: DESK })) {
      await page.setViewportSize(viewport);
      await accessible(page, `${where} at ${size} size`);
      await noSidewaysScroll(page, `${where} at ${size} size`);
      if (world.shots) await page.screenshot({ path: join(world.shots, `${where}-${size}.png`), fullPage: true });
    }
    await page.setViewportSize(SMALL);
  };
  const officerAt = (here) => at(here, "DOC", { role: "privacy-officer", name: "P. Privacy", viewport: SMALL });
  await served(async (here) => {
    const officer = await officerAt(here);
    await officer.press(officer.page.getByRole("link", { name: /^Duties/ }));
    assert.match(await officer.text(), /To do Contacts that nobody recorded[^]*The logs were never compared[^]*No law that was read asks for this/);
    await officer.close();
  });
  const found = await compare(`${first}..${last}`);
  assert.deepEqual(found.compared.entries.map((one) => [one.agency, one.already]), [["DOC", false], ["NYPD", false]]);
  assert.equal(found.unrecorded.length, 1);
  await served(async (here) => {
    const officer = await officerAt(here);
    const { page } = officer;
    await officer.press(page.getByRole("link", { name: /^Duties/ }));
    await look(officer, "duties-contacts");
    await goTo(officer);
    assert.match(await officer.text(), new RegExp(`To do Department of Correction[^]*Compared from ${first} through ${last}, one day ago`));
    assert.match(await officer.text(), /One contact is left that nobody recorded/);
    assert.doesNotMatch(await officer.text(), /ice\.dhs\.gov|mail\.mbox|Police/, "numbers and days alone");
    await look(officer, "contacts");
    await page.getByLabel("The contact’s id").fill("co-nonsense");
    await page.getByLabel("Why it needs no recorded request").fill("a newsletter");
    await officer.tap("Dismiss it");
    assert.match(await officer.text(), /“co-nonsense” is no contact’s id/);
    assert.equal(await page.getByLabel("Why it needs no recorded request").inputValue(), "a newsletter", "nothing typed is lost");
    await look(officer, "contacts-refused");
    await page.getByLabel("The contact’s id").fill(found.unrecorded[0].id);
    await officer.tap("Dismiss it");
    assert.match(await officer.text(), /Dismissed\. The next comparison of its day leaves it out[^]*One contact is left/);
    await officer.close();
  });
  const after = await compare(`${first}..${last}`);
  assert.deepEqual([after.dismissed, after.unrecorded.length], [1, 0]);
  await served(async (here) => {
    const officer = await officerAt(here);
    await goTo(officer);
    assert.match(await officer.text(), /In order Department of Correction[^]*No contact is left that nobody recorded/);
    await look(officer, "contacts-in-order");
    await officer.close();
    // Without script; counsel dismisses nothing. The Law Department sees who was never compared.
    const counsel = await at(here, "DOC", { role: "counsel", javaScriptEnabled: false });
    await goTo(counsel);
    assert.match(await counsel.text(), /No contact is left/);
    assert.equal(await counsel.page.getByRole("button", { name: "Dismiss it" }).count(), 0);
    await counsel.close();
    const law = await at(here, "LAW", { role: "law-department" });
    await law.press(law.page.getByRole("link", { name: /^Duties/ }));
    assert.match(await law.text(), /Logs are not compared through yesterday, or contacts are left: [^]*Fire Department/);
    await goTo(law);
    assert.match(await law.text(), /Never compared: [^]*Fire Department/);
    await look(law, "contacts-of-all");
    await law.close();
    const metrics = await (await fetch(`${here.origin}/metrics`)).text();
    assert.match(metrics, /^vouchsafe_contacts_unrecorded\{agency="DOC"\} 0$/m);
    assert.match(metrics, /^vouchsafe_contacts_compared_days_behind\{agency="DOC"\} 1$/m);
  });
}

export const contactStories = {
  "a comparison leaves a contact, which the privacy officer dismisses at the desk; the next finds none, and who stops looking is seen": async (world) => {
    const folder = mkdtempSync(join(tmpdir(), "vouchsafe-contacts-"));
    const begin = () => (world.many ? three : one)(world.program, folder, () => {}, "--development-sign-in-for-everyone");
    const many = world.many ? await begin() : null;
    let faults = [];
    try {
      await many?.disturb({ pause: 700 });
      await compared(world, folder, many, begin);
    } finally {
      faults = await many?.end() ?? faults;
    }
    assert.deepEqual(faults, []);
    rmSync(folder, { recursive: true, force: true });
  },
};
