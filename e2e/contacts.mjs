// Contacts that nobody recorded: the privacy officer's nightly comparison, and what the desk shows of it to whom.
import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, meant, one, three } from "./served.mjs";
import { DESK, accessible, at, noSidewaysScroll } from "./stories.mjs";

const MAPPING = new URL("../examples/reconcile-mapping.toml", import.meta.url).pathname;
const SMALL = { width: 360, height: 640 };
const HOUR = 3_600_000;
/** The city's day so many hours ago, as the calendar writes it. */
const day = (hours) => new Intl.DateTimeFormat("en-CA", { timeZone: "America/New_York" }).format(new Date(Date.now() - hours * HOUR));

/** A mailbox with two messages from ICE to the jails at that moment, to two of the staff. */
function mailbox(file, hours) {
  const [, week, date, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(Date.now() - hours * HOUR).toUTCString());
  writeFileSync(file, ["desk", "clerk"].flatMap((name, number) => [
    `From agent@ice.dhs.gov ${week} ${month} ${date} ${time} ${year}`, "From: Agent <agent@ice.dhs.gov>", `To: Somebody <${name}@doc.example.org>`,
    "Subject: of nobody's concern", `Date: ${week}, ${date} ${month} ${year} ${time} +0000`, `Message-ID: <${number}@ice.dhs.gov>`, "", "A body.", "", "",
  ]).join("\n"));
}

/** The comparisons of a city in this folder beside the desk that serves it, by one process or many. */
async function compared(world, folder, port) {
  const here = { ...world, origin: `http://127.0.0.1:${port}` };
  const mail = join(folder, "mail.mbox");
  const run = (...words) => command(world.program, ...words, ...meant(folder), "--json");
  // A day and a half ago: the day before yesterday or yesterday, and over in either case.
  mailbox(mail, 36);
  const [first, last] = [day(24 * 30), day(24)];
  const compare = async (days) => {
    // The request of today accounts for no contact of another day.
    const said = await run("reconcile", "--mail", mail, "--window", "0d", "--mapping", MAPPING, "--record", "--by", "P. Privacy", "--days", days);
    assert.ok([0, 1].includes(said.status), said.stderr);
    return JSON.parse(said.stdout);
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
  const officer = await officerAt(here);
  const { page } = officer;
  await officer.press(page.getByRole("link", { name: /^Duties/ }));
  assert.match(await officer.text(), /To do Contacts that nobody recorded[^]*The logs were never compared[^]*No law that was read asks for this/);
  const found = await compare(`${first}..${last}`);
  assert.deepEqual(found.compared.entries.map((one) => [one.agency, one.already]), [["DOC", false], ["NYPD", false]]);
  assert.equal(found.unrecorded.length, 2);
  await officer.press(page.getByRole("link", { name: /^Duties/ }));
  await look(officer, "duties-contacts");
  assert.doesNotMatch(await officer.text(), /ice\.dhs\.gov/, "numbers and days alone");
  await goTo(officer);
  assert.match(await officer.text(), new RegExp(`To do Department of Correction[^]*Compared from ${first} through ${last}, one day ago`));
  assert.match(await officer.text(), /2 contacts are left that nobody recorded[^]*2 contacts are in your agency’s list/);
  // Each address keeps its own direction, between marks that nobody sees.
  assert.match((await officer.text()).replaceAll(/[\u2068\u2069]/g, ""), /desk@doc\.example\.org was written to by Immigration and Customs Enforcement \(agent@ice\.dhs\.gov\)[^]*mail\.mbox:\d+/);
  assert.doesNotMatch(await officer.text(), /Police|concern/);
  await look(officer, "contacts");
  // Nothing ticked is refused with what was typed.
  const reason = page.getByLabel("Why they need no recorded request, or none of their own");
  const button = "Account for the contacts ticked";
  await reason.fill("a newsletter");
  await officer.tap(button);
  assert.match(await officer.text(), /Tick at least one contact of the list/);
  assert.equal(await reason.inputValue(), "a newsletter", "nothing typed is lost");
  await look(officer, "contacts-refused");
  await page.getByLabel(/desk@doc\.example\.org/).check();
  await officer.tap(button);
  assert.match(await officer.text(), /Recorded, and taken out of the list[^]*2 contacts are left[^]*One contact is in your agency’s list/);
  // The other was a request, by telephone first, which a clerk records late; the officer says that it belongs to it.
  const clerk = await at(here, "DOC", { role: "desk" });
  const sent = await clerk.page.request.post(`${here.origin}/requests`, {
    form: { act: "notify_release", requester: "ice_ero", channel: "telephone", nonce: randomBytes(16).toString("hex") }, headers: { origin: here.origin }, maxRedirects: 0,
  });
  assert.equal(sent.status(), 303, await sent.text());
  const request = /rq-[0-9a-z]+/.exec(sent.headers().location)[0];
  await clerk.close();
  await goTo(officer);
  await page.getByLabel(/clerk@doc\.example\.org/).check();
  await page.getByLabel("The recorded request to which they belong").fill(request);
  await reason.fill("the mail to the call");
  await officer.tap(button);
  assert.match(await officer.text(), /Recorded, and taken out of the list[^]*Nothing is in your agency’s list/);
  const after = await compare(`${first}..${last}`);
  assert.deepEqual([after.dismissed, after.recorded, after.unrecorded.length], [1, 1, 0]);
  await goTo(officer);
  assert.match(await officer.text(), /In order Department of Correction[^]*No contact is left that nobody recorded/);
  await look(officer, "contacts-in-order");
  await officer.close();
  // Without script; counsel accounts for nothing. The Law Department sees who was never compared.
  const counsel = await at(here, "DOC", { role: "counsel", javaScriptEnabled: false });
  await goTo(counsel);
  assert.match(await counsel.text(), /No contact is left/);
  assert.equal(await counsel.page.getByRole("button", { name: button }).count(), 0);
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
}

export const contactStories = {
  "a comparison beside the desk leaves a contact, which the privacy officer accounts for; the next finds none, and who stops looking is seen": async (world) => {
    const folder = mkdtempSync(join(tmpdir(), "vouchsafe-contacts-"));
    const served = await (world.many ? three : one)(world.program, folder, () => {}, "--development-sign-in-for-everyone");
    let faults = [];
    try {
      await served.disturb?.({ pause: 700 });
      await compared(world, folder, served.port);
    } finally {
      faults = await served.end();
    }
    assert.deepEqual(faults, []);
    rmSync(folder, { recursive: true, force: true });
  },
};
