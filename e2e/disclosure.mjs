// What is told outside an agency, told by role: the clerk proposes, counsel agrees, the privacy officer approves, the record shows it.
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { accessible, at, DESK, noSidewaysScroll, PHONE } from "./stories.mjs";

/** A request for a screenshot that the law leaves open: who asks is known, and nothing else. */
async function asked(desk) {
  await desk.tap("Somebody asks for a screenshot");
  for (let step = 0; !/who is asking/i.test(await desk.heading()); step += 1) {
    assert.ok(step < 4, "who asks is asked early");
    if (/which law/i.test(await desk.heading())) await desk.tap("firearms"); else await desk.tap("I cannot know");
  }
  await desk.tap("Federal Bureau of Investigation");
  if ((await desk.outcomes()).length === 0) await desk.tap("Answer with what is known");
  const outcomes = await desk.outcomes();
  assert.ok(outcomes.every((text) => !/^No$/.test(text)), `answered ${outcomes.join(" | ")}`);
  await desk.record();
  return new URL(desk.page.url()).pathname;
}

/** Fills in the form of a proposal and sends it. */
async function propose(desk, sealed) {
  await desk.press(desk.page.getByRole("link", { name: "Propose a disclosure" }));
  const { page } = desk;
  await page.getByLabel("In what form?").selectOption("copy");
  const choose = (group, name) => page.getByRole("group", { name: group }).getByRole("radio", { name, exact: true }).check();
  assert.ok(await page.getByRole("checkbox", { name: "Whether a person is in custody" }).isChecked(), "what was asked for is filled in");
  await choose(/sealed criminal record/, sealed);
  await choose(/On which ground/, "A law or a treaty requires it.");
  await choose(/approved in advance as routine/, "No");
  await page.getByLabel("Why should it be told?").fill("A prosecutor's subpoena asks for it.");
  await desk.tap("Send it for approval");
}

async function shot(world, desk, name) {
  const { width } = desk.page.viewportSize();
  if (world.shots) await desk.page.screenshot({ path: join(world.shots, `disclosure-${name}-${width}.png`), fullPage: true });
}

async function sound(world, desk, name) {
  await accessible(desk.page, name);
  await noSidewaysScroll(desk.page, name);
  await shot(world, desk, name);
}

export const stories = {
  "a disclosure is proposed, approved by the privacy officer, made and listed": async (world) => {
    const clerk = await at(world, "DOC", { name: "C. Clerk", viewport: PHONE });
    const counsel = await at(world, "DOC", { name: "L. Counsel", role: "counsel", viewport: DESK });
    const officer = await at(world, "DOC", { name: "P. Officer", role: "privacy-officer", viewport: DESK });
    const path = await asked(clerk);
    const open = (desk) => desk.page.goto(world.origin + path);
    await clerk.press(clerk.page.getByRole("link", { name: "Propose a disclosure" }));
    await sound(world, clerk, "form");
    await open(clerk);
    await propose(clerk, "No");
    assert.match(await clerk.text(), /Your proposal is recorded[^\n]*It waits for your agency’s counsel[\s\S]*Waits for counsel/);
    assert.equal(await clerk.page.getByRole("button", { name: /^(Approve|Refuse|Agree)/ }).count(), 0, "nobody approves what they proposed");
    await sound(world, clerk, "proposed");
    // The officer cannot come before counsel.
    await open(officer);
    assert.equal(await officer.page.getByRole("button", { name: "Approve" }).count(), 0);
    await counsel.page.goto(`${world.origin}/disclosures`);
    await sound(world, counsel, "list-of-counsel");
    await counsel.press(counsel.page.getByRole("region", { name: "Waiting for you" }).getByRole("link").first());
    assert.equal(new URL(counsel.page.url()).pathname, path);
    await counsel.page.getByLabel("Your opinion, in writing").fill("The subpoena is valid and not for immigration enforcement.");
    await counsel.tap("Agree, as counsel");
    assert.match(await counsel.text(), /Waits for the privacy officer/);
    await officer.page.goto(`${world.origin}/disclosures`);
    await officer.press(officer.page.getByRole("region", { name: "Waiting for you" }).getByRole("link").first());
    await officer.tap("Approve");
    assert.match(await officer.text(), /Approved, not yet made/);
    await sound(world, officer, "approved");
    // The deed rests on the approval, without anybody looking for it.
    await open(clerk);
    const form = clerk.page.getByLabel("In what form?");
    assert.equal(await form.isVisible(), false, "asked of information alone");
    await clerk.done("Information was given", async () => {
      assert.equal(await form.inputValue(), "copy", "as it was approved");
      assert.ok(await form.isVisible(), "what would be recorded is seen");
      await sound(world, clerk, "deed");
    });
    const made = await clerk.text();
    assert.match(made, /Made/);
    assert.match(made, /Information was given: Whether a person is in custody · A copy, or a picture of a screen · A supervisor/);
    assert.doesNotMatch(made, /no approval of the privacy officer|than the privacy officer approved|still missing, and no written basis/);
    // A second, on nothing, is recorded and shows.
    await clerk.done("Information was given");
    assert.match(await clerk.text(), /Possible violation:[\s\S]*no approval of the privacy officer that holds is named/);
    const law = await at(world, "DOC", { name: "D. Department", role: "law-department", viewport: PHONE });
    await law.page.goto(`${world.origin}/disclosures?state=done&agency=DOC`);
    assert.ok(await law.page.getByRole("region", { name: "Each, the newest first" }).getByRole("link").count() >= 1);
    await sound(world, law, "list-of-all");
    for (const desk of [clerk, counsel, officer, law]) await desk.close();
  },

  "where a record is sealed everything stops, for every role": async (world) => {
    const clerk = await at(world, "DOC", { name: "C. Clerk", viewport: PHONE });
    const path = await asked(clerk);
    await propose(clerk, "Yes");
    assert.match(await clerk.text(), /Stop: a sealed record[\s\S]*CPL § 160\.50[\s\S]*Call counsel/);
    assert.equal(await clerk.page.getByRole("link", { name: "Propose a disclosure" }).count(), 0);
    await sound(world, clerk, "stopped");
    for (const role of ["supervisor", "counsel", "privacy-officer", "records", "law-department"]) {
      const desk = await at(world, "DOC", { role, name: "S. Someone" });
      // The refusal is a 403, of which a browser complains.
      const answer = await desk.page.request.get(`${world.origin}${path}/disclose`);
      assert.equal(answer.status(), 403, role);
      assert.match(await answer.text(), /CPL § 160\.50/, role);
      await desk.close();
    }
    await clerk.close();
  },

  "parents told, entry refused and surveillance data are listed": async (world) => {
    for (const viewport of [PHONE, DESK]) {
      const school = await at(world, "DOE", { role: "supervisor", viewport });
      // A request of today: of those of the invented city nearly every parent was told.
      await school.tap("Somebody asks about a student");
      await school.tap("Answer with what is known");
      await school.record();
      await school.page.goto(`${world.origin}/lists`);
      const row = school.page.getByRole("region", { name: "Parents told" }).getByRole("row", { name: /Nothing recorded yet/ }).first();
      const before = Number(await school.page.locator("#notices ~ p strong").first().innerText());
      await sound(world, school, "lists");
      await school.press(row.getByRole("link"));
      await school.done("The parent was told of the request", async () => {
        await school.page.locator("summary", { hasText: "More" }).click();
        await school.page.getByRole("checkbox", { name: /legal help/ }).check();
      });
      await school.page.goto(`${world.origin}/lists`);
      const after = Number(await school.page.locator("#notices ~ p strong").first().innerText());
      assert.equal(after, before - 1, "one notice less is missing");
      await school.close();
      const police = await at(world, "NYPD", { role: "records", viewport });
      await police.page.goto(`${world.origin}/surveillance`);
      await police.page.getByLabel("Name of the outside body").fill("A vendor");
      await police.page.getByLabel("Which authority is it?").selectOption("no-government");
      await police.tap("Record the line");
      assert.match(await police.page.getByRole("region", { name: "Data that was given" }).innerText(), /A vendor\s+Yes/);
      const csv = await police.page.request.get(world.origin + (await police.page.getByRole("link", { name: "The same as CSV" }).getAttribute("href")));
      assert.match(await csv.text(), /^provided,A vendor,/m);
      await sound(world, police, "surveillance");
      await police.close();
    }
  },
};
