// Signing in with passkeys in real Chromium, with a virtual authenticator: a fresh city, its first administrator, the people they add.
// Usage: VOUCHSAFE=path/to/vouchsafe node people.mjs [--three] [--shots DIR] [--only PART-OF-A-TITLE]
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessible as sound, answered, bigTargets, launch, noSidewaysScroll, runAll } from "./chromium.mjs";
import { one, three } from "./served.mjs";

const shots = process.argv.includes("--shots") ? process.argv[process.argv.indexOf("--shots") + 1] : null;
if (shots) mkdirSync(shots, { recursive: true });
const program = process.env.VOUCHSAFE ?? "../target/debug/vouchsafe";
const data = mkdtempSync(join(tmpdir(), "vouchsafe-people-"));
const PHONE = { width: 360, height: 640 };
const DESK = { width: 1280, height: 900 };

/** Of one process or, with --three, of three on one PostgreSQL, which are killed and started again all the while. */
const many = process.argv.includes("--three");
let admin, overseer, watcher, reader;
const served = await (many ? three : one)(program, data, (words) => {
  const command = (...more) => JSON.parse(execFileSync(program, [...more, ...words, "--json"], { encoding: "utf8" }));
  const add = (name, role, agency = "DOC") => command("people", "add", name, "--agency", agency, "--role", role, "--by", "O. Operator");
  admin = add("A. Admin", "administrator");
  overseer = add("O. Overseer", "oversight", "NYPD");
  watcher = add("W. Watcher", "oversight");
  reader = add("R. Reader", "oversight", "NYPD");
  const system = command("systems", "add", "Jail management", "--agency", "DOC", "--may", "read,record", "--by", "O. Operator").system;
  // Nothing of the kind happens in these stories, so that nothing is sent.
  const told = ["--to", "https://jail.example.gov/vouchsafe/s3cret", "--events", "disclosure"];
  command("systems", "hook", system, ...told, "--by", "O. Operator");
});
assert.equal(served.told.development_sign_in, false);
const origin = `http://localhost:${served.port}`;
await served.disturb?.();
/** A link as this server's own: the command knows another port. */
const here = (link) => link.replace(/^[^#]*\/enrol/, `${origin}/enrol`);

/** Somebody with a browser and a device that keeps passkeys. */
async function somebody({ browser }, { viewport = DESK, ...options } = {}) {
  const context = await browser.newContext({ viewport, ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true },
  });
  const complaints = [];
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) complaints.push(message.text()); });
  return {
    context, page, cdp, authenticatorId,
    async verifies(yes) { await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: yes }); },
    /** Opens a link and creates a passkey; where it leads. */
    async enrol(link) {
      await page.goto("about:blank");
      await page.goto(here(link));
      await page.getByRole("button", { name: "Create my passkey" }).click();
      // Of a process that dies between its commit and its answer the passkey is there, and the page says that the link was used.
      if (await answered(page, (url) => url.pathname === "/sign-in")) return;
      assert.ok(many, await page.locator("#told").innerText());
      await page.goto(`${origin}/sign-in`);
    },
    async signIn() {
      for (let attempt = 0; ; attempt += 1) {
        await page.goto(`${origin}/sign-in`);
        await page.getByRole("button", { name: "Sign in with a passkey" }).click();
        if (await answered(page, (url) => !url.pathname.startsWith("/sign-in"))) return;
        // The challenge was used by a process that died before it answered: people press again.
        assert.ok(many && attempt < 5, await page.locator("#told").innerText());
      }
    },
    /** Presses the button of a page with the script, and what it says then. */
    async refused(name) {
      await page.getByRole("button", { name }).click();
      await page.locator("#told").waitFor({ state: "visible" });
      return page.locator("#told").innerText();
    },
    async press(name) { await page.getByRole("button", { name, exact: true }).first().click(); await page.waitForLoadState("load"); },
    async text() { return page.locator("main").innerText(); },
    path: () => new URL(page.url()).pathname,
    async shot(name) { if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true }); },
    async close() {
      assert.deepEqual(complaints, [], "the page complained");
      const foreign = asked.filter((url) => !url.startsWith(origin) && !url.startsWith("data:") && url !== "about:blank");
      assert.deepEqual(foreign, [], "the page asked a third party");
      await context.close();
    },
  };
}

async function accessible(who, where) {
  for (const [size, viewport] of [["phone", PHONE], ["desk", DESK]]) {
    await who.page.setViewportSize(viewport);
    await sound(who.page, `${where} at ${size} size`);
    await noSidewaysScroll(who.page, `${where} at ${size} size`);
    await bigTargets(who.page, `${where} at ${size} size`);
    await who.shot(`${where.replaceAll(" ", "-")}-${size}`);
  }
}

let administrator;
/** The administrator, signed in; the same for all stories. */
async function asAdministrator(world) {
  if (!administrator) {
    administrator = await somebody(world);
    await administrator.enrol(admin.link);
  }
  await administrator.signIn();
  return administrator;
}

/** Somebody whom the administrator adds with these roles and hands a link. */
async function added(world, name, roles) {
  const boss = await asAdministrator(world);
  await boss.page.goto(`${origin}/people`);
  await boss.page.getByLabel("Name").fill(name);
  await boss.press("Add");
  await boss.page.waitForURL("**/people/st-*");
  const at = boss.page.url();
  for (const role of roles) {
    await boss.page.getByLabel("Role", { exact: true }).selectOption(role);
    await boss.press("Give this role");
  }
  await boss.press("Make a link");
  const link = await boss.page.locator("#link").innerText();
  assert.ok(link.includes("/enrol#"), link);
  return { boss, at, link };
}

/** The last quarter that has ended, and a day in it. */
function lastQuarter() {
  const today = new Date();
  const [year, quarter] = [today.getFullYear(), Math.floor(today.getMonth() / 3)];
  const [of, number] = quarter === 0 ? [year - 1, 4] : [year, quarter];
  return { name: `${of}Q${number}`, day: `${of}-${String(number * 3 - 1).padStart(2, "0")}-15` };
}

/** Signs what the page shows, which leads there; of a process that dies before it answers people press again, or see that it was signed. */
async function signs(official, there) {
  for (let attempt = 0; ; attempt += 1) {
    await official.page.getByRole("button", { name: "Sign this statement with my passkey" }).click();
    if (await answered(official.page, (url) => url.search === there)) return;
    assert.ok(many && attempt < 5, await official.page.locator("#told").innerText());
    if (there.includes("changed")) continue;
    await official.page.reload();
    if (/You have signed this statement/.test(await official.text())) return;
  }
}

/** Writes a request down that came on this day, with whatever answers lead to an outcome. */
async function recorded(page, day) {
  const press = async (button) => { await button.click(); await page.waitForLoadState("domcontentloaded"); };
  await page.goto(`${origin}/gate`);
  await press(page.getByRole("button", { name: "An immigration detainer came" }).first());
  for (let step = 0; (await page.locator(".outcome").count()) === 0; step += 1) {
    assert.ok(step < 12, await page.locator("main").innerText());
    const unknown = page.getByRole("button", { name: "I cannot know" });
    await press((await unknown.count()) > 0 ? unknown.first() : page.locator("main form button[type=submit]").last());
  }
  await page.locator("summary", { hasText: "More, if you have it" }).click();
  await page.getByLabel("Day on which they asked").fill(day);
  const requester = page.getByLabel("Who asked?");
  if ((await requester.inputValue()) === "") await requester.selectOption("ice_ero");
  await press(page.getByRole("button", { name: "Record this request" }));
  await page.waitForURL("**/requests/rq-*");
  await page.close();
}

const stories = {
  "the first administrator enrols with the link of the command, signs in, and sees people but no case": async (world) => {
    const boss = await asAdministrator(world);
    assert.equal(boss.path(), "/people");
    assert.match(await boss.text(), /A\. Admin/);
    const links = await boss.page.locator("nav a").allInnerTexts();
    assert.deepEqual(links, ["People", "Log"]);
    for (const path of ["/gate", "/requests", "/filings"]) {
      const answer = await boss.page.goto(`${origin}${path}`);
      assert.equal(answer.status(), 403, path);
      assert.match(await boss.text(), /Your role \(Administrator\) does not do this here/);
    }
    const [cookie] = await boss.context.cookies();
    assert.deepEqual([cookie.name, cookie.secure, cookie.httpOnly, cookie.sameSite, cookie.path, cookie.expires],
      ["__Host-vouchsafe", true, true, "Strict", "/", -1]);
  },

  "an administrator adds a clerk, who enrols, signs in and asks; what was done to them stands in the record": async (world) => {
    const { boss, at, link } = await added(world, "C. Clerk", ["desk"]);
    const clerk = await somebody(world, { viewport: PHONE });
    await clerk.enrol(link);
    await clerk.signIn();
    assert.equal(clerk.path(), "/gate");
    assert.match(await clerk.page.locator("header").innerText(), /C\. Clerk, DOC, Desk/);
    assert.equal((await clerk.page.goto(`${origin}/people`)).status(), 403);
    await boss.page.goto(at);
    const changes = await boss.text();
    for (const change of [/Added · A\. Admin, Administrator, DOC/, /Role given: Desk, DOC · A\. Admin/, /Link to create a passkey made/, /Passkey created · C\. Clerk/]) {
      assert.match(changes, change);
    }
    await clerk.close();
  },

  "a link works once, and a replaced one not at all": async (world) => {
    const { boss, at, link } = await added(world, "Link Once", ["desk"]);
    const first = await somebody(world);
    await first.enrol(link);
    const second = await somebody(world);
    await second.page.goto(here(link));
    assert.match(await second.refused("Create my passkey"), /used before/);
    // Begun before it was used up, ended after.
    await boss.page.goto(at);
    await boss.press("Make a link");
    const older = await boss.page.locator("#link").innerText();
    await boss.page.goto(at);
    await boss.press("Make a link");
    await second.page.goto("about:blank");
    await second.page.goto(here(older));
    assert.match(await second.refused("Create my passkey"), /used before, has been replaced/);
    await second.page.goto("about:blank");
    await second.page.goto(`${origin}/enrol#${"0".repeat(64)}`);
    assert.match(await second.refused("Create my passkey"), /used before/);
    await first.close();
    await second.close();
  },

  "signing out ends the session on the server, too": async (world) => {
    const { link } = await added(world, "S. Out", ["desk"]);
    const clerk = await somebody(world);
    await clerk.enrol(link);
    await clerk.signIn();
    const cookies = await clerk.context.cookies();
    await clerk.press("Sign out");
    assert.equal(clerk.path(), "/sign-in");
    await clerk.context.addCookies(cookies);
    await clerk.page.goto(`${origin}/gate`);
    assert.equal(clerk.path(), "/sign-in", "the old cookie opens nothing");
    await clerk.context.addCookies([{ ...cookies[0], value: "f".repeat(64) }]);
    await clerk.page.goto(`${origin}/gate`);
    assert.equal(clerk.path(), "/sign-in", "nor does a forged one");
    await clerk.close();
  },

  "a role that is taken ends what was done in it at once": async (world) => {
    const { boss, at, link } = await added(world, "T. Taken", ["desk"]);
    const clerk = await somebody(world);
    await clerk.enrol(link);
    await clerk.signIn();
    assert.equal((await clerk.page.goto(`${origin}/requests`)).status(), 200);
    await boss.page.goto(at);
    await boss.page.getByRole("button", { name: "Take this role: Desk, DOC" }).click();
    await boss.page.waitForLoadState("load");
    await clerk.page.goto(`${origin}/requests`);
    assert.equal(clerk.path(), "/sign-in");
    assert.match(await clerk.refused("Sign in with a passkey"), /no role here/);
    await clerk.close();
  },

  "a passkey that is revoked opens nothing, and another one still does": async (world) => {
    const { boss, at, link } = await added(world, "R. Revoked", ["desk"]);
    const clerk = await somebody(world);
    await clerk.enrol(link);
    await clerk.signIn();
    await clerk.page.goto(`${origin}/account`);
    await clerk.press("Make a link for another passkey");
    const other = await somebody(world);
    await other.enrol(await clerk.page.locator("#link").innerText());
    await other.signIn();
    await boss.page.goto(at);
    await boss.page.getByRole("button", { name: /^Revoke Passkey 1,/ }).click();
    await boss.page.waitForLoadState("load");
    await clerk.page.goto(`${origin}/gate`);
    assert.equal(clerk.path(), "/sign-in");
    assert.match(await clerk.refused("Sign in with a passkey"), /opens nothing here/);
    await other.signIn();
    assert.equal(other.path(), "/gate");
    await clerk.close();
    await other.close();
  },

  "a second copy of a passkey is noticed: it is refused and revoked, and the record says so": async (world) => {
    const { boss, at, link } = await added(world, "D. Double", ["desk"]);
    const clerk = await somebody(world);
    await clerk.enrol(link);
    const { credentials: [copy] } = await clerk.cdp.send("WebAuthn.getCredentials", { authenticatorId: clerk.authenticatorId });
    await clerk.signIn();
    await clerk.signIn();
    await clerk.cdp.send("WebAuthn.clearCredentials", { authenticatorId: clerk.authenticatorId });
    await clerk.cdp.send("WebAuthn.addCredential", { authenticatorId: clerk.authenticatorId, credential: copy });
    await clerk.page.goto(`${origin}/sign-in`);
    assert.match(await clerk.refused("Sign in with a passkey"), /second copy/);
    await clerk.page.goto(`${origin}/gate`);
    assert.equal(clerk.path(), "/sign-in", "the session that was open has ended");
    assert.match(await clerk.refused("Sign in with a passkey"), /opens nothing here/);
    await boss.page.goto(at);
    assert.match(await boss.text(), /A passkey was refused: there may be a second copy of it/);
    await clerk.close();
  },

  "who does not show that it is them does not get in": async (world) => {
    const { link } = await added(world, "U. Unverified", ["desk"]);
    const clerk = await somebody(world);
    await clerk.enrol(link);
    await clerk.verifies(false);
    await clerk.page.goto(`${origin}/sign-in`);
    assert.match(await clerk.refused("Sign in with a passkey"), /No passkey was used/);
    await clerk.close();
  },

  "an answer that is sent again opens nothing": async (world) => {
    const { link } = await added(world, "P. Replayed", ["desk"]);
    const clerk = await somebody(world);
    await clerk.enrol(link);
    let sent;
    clerk.page.on("request", (request) => { if (request.url().endsWith("/sign-in/finish")) sent = request.postData(); });
    await clerk.signIn();
    const again = await fetch(`${origin}/sign-in/finish`, { method: "POST", headers: { "content-type": "application/json" }, body: sent });
    assert.equal(again.status, 403);
    assert.deepEqual(await again.json(), { refused: "ended" });
    assert.equal(again.headers.get("set-cookie"), null);
    // Operators count it. Of several processes each counts its own, and one that was killed has forgotten.
    if (!many) {
      const counted = await (await fetch(`${origin}/metrics`)).text();
      assert.match(counted, /^vouchsafe_refused_sign_ins_total\{by="passkey",why="ended"\} [1-9]/m);
    }
    await clerk.close();
  },

  "nobody takes a role by a form: not one's own, not one that reaches every agency, not another agency's": async (world) => {
    const { boss, at, link } = await added(world, "F. Forger", ["desk", "counsel"]);
    const clerk = await somebody(world);
    await clerk.enrol(link);
    await clerk.signIn();
    await clerk.page.goto(`${origin}/account`);
    const forge = async (who, path, form) => {
      const answer = await who.page.request.post(`${origin}${path}`, { form, headers: { origin }, maxRedirects: 0 });
      return answer.status();
    };
    assert.equal(await forge(clerk, "/account", { what: "act", role: "administrator", agency: "DOC" }), 403);
    assert.equal(await forge(clerk, "/account", { what: "give", role: "administrator", agency: "DOC" }), 403);
    assert.equal(await forge(clerk, new URL(at).pathname, { what: "give", role: "records", agency: "DOC" }), 403);
    const own = new URL(at).pathname;
    assert.equal(await forge(boss, own, { what: "give", role: "oversight", agency: "DOC" }), 403);
    assert.equal(await forge(boss, own, { what: "give", role: "desk", agency: "NYPD" }), 403);
    assert.equal(await forge(boss, `/people/${admin.staff}`, { what: "give", role: "counsel", agency: "DOC" }), 403);
    assert.equal(await forge(boss, own, { what: "give", role: "records", agency: "DOC" }), 303);
    // The roles that one has are one's own to choose from.
    await clerk.page.getByRole("button", { name: "Go on as Counsel, DOC" }).click();
    await clerk.page.waitForURL("**/gate");
    assert.match(await clerk.page.locator("header").innerText(), /F\. Forger, DOC, Counsel/);
    await clerk.close();
  },

  "an administrator touches neither the keys nor the role of whoever watches them, and the page says who does": async (world) => {
    const boss = await asAdministrator(world);
    const at = `${origin}/people/${watcher.staff}`;
    await boss.page.goto(at);
    assert.match(await boss.text(), /They act for more than your agency\..*Whoever runs the server does it, with “vouchsafe people”/);
    for (const name of ["Make a link", "End all their sessions", "Revoke", "Take this role"]) {
      assert.equal(await boss.page.getByRole("button", { name, exact: true }).count(), 0, name);
    }
    await accessible(boss, "a person who reaches further");
    for (const form of [{ what: "invite" }, { what: "end" }, { what: "revoke", number: "1" }, { what: "take", role: "oversight", agency: "DOC" }]) {
      const answer = await boss.page.request.post(at, { form, headers: { origin }, maxRedirects: 0 });
      assert.equal(answer.status(), 403, form.what);
      assert.match(await answer.text(), /Whoever runs the server does it, with “vouchsafe people”/, form.what);
    }
    const eye = await somebody(world);
    await eye.enrol(watcher.link);
    await eye.signIn();
    assert.equal(eye.path(), "/requests", "the link of the command is still good");
    await eye.close();
  },

  "oversight sees every change of who may do what, and changes nothing": async (world) => {
    const eye = await somebody(world);
    await eye.enrol(overseer.link);
    await eye.signIn();
    await eye.page.goto(`${origin}/people`);
    assert.equal(await eye.page.getByRole("button", { name: "Add" }).count(), 0);
    await eye.page.getByRole("link", { name: "A. Admin" }).click();
    await eye.page.waitForURL("**/people/st-*");
    assert.match(await eye.text(), /Role given: Administrator, DOC · O\. Operator, at the command line/);
    assert.equal(await eye.page.locator("main button").count(), 0);
    await eye.close();
  },

  "oversight sees which programs call, and what they are told": async (world) => {
    const eye = await somebody(world, { viewport: PHONE });
    await eye.enrol(reader.link);
    await eye.signIn();
    await eye.page.goto(`${origin}/people`);
    const row = eye.page.getByRole("row", { name: /Jail management/ });
    assert.match(await row.innerText(), /DOC[^]*open a request, record a request[^]*good until \d{4}-\d\d-\d\d[^]*disclosures; at https:\/\/jail\.example\.gov/);
    assert.doesNotMatch(await eye.page.content(), /s3cret|vst_/);
    assert.equal(await eye.page.locator("main button").count(), 0);
    await accessible(eye, "people with programs");
    await eye.close();
  },

  "a privacy officer reads the statement whole and signs it with a passkey": async (world) => {
    const { link } = await added(world, "Q. Officer", ["privacy-officer"]);
    const officer = await somebody(world, { viewport: PHONE });
    await officer.enrol(link);
    await officer.signIn();
    const { name, day } = lastQuarter();
    await officer.page.goto(`${origin}/filings`);
    await officer.page.getByRole("link", { name: `Statement ${name}`, exact: true }).click();
    await officer.page.waitForURL(`**/statements/${name}`);
    assert.match(await officer.text(), /Nobody has signed a statement of this quarter/);
    await officer.page.getByRole("link", { name: "Read the statement whole and sign it" }).click();
    await officer.page.waitForURL(`**/statements/${name}/sign`);
    const policy = (await officer.page.goto(officer.page.url())).headers()["content-security-policy"];
    assert.ok(policy.startsWith("default-src 'none'") && policy.includes("require-trusted-types-for 'script'"), policy);
    assert.equal(await officer.page.locator("script").count(), 1);
    // Nil is a statement too.
    for (const said of [/No law asks for this statement/, /What is open/, /not compared/, /You sign as Q\. Officer, Privacy officer, DOC/]) {
      assert.match(await officer.text(), said);
    }
    if (!many) assert.match(await officer.text(), /Nothing to count in this quarter/);
    await accessible(officer, "a statement to sign");
    // The number that is in no entry is part of what is signed.
    await officer.page.getByLabel("Contacts that a comparison left unrecorded").fill("2");
    await officer.press("Show the statement with this number");
    await officer.page.waitForURL("**/sign?unrecorded=2");
    assert.doesNotMatch(await officer.text(), /not compared/);
    await officer.verifies(false);
    assert.match(await officer.refused("Sign this statement with my passkey"), /No passkey was used, so nothing was signed/);
    await officer.verifies(true);
    // Somebody writes a request of that quarter down while the page stands open.
    await recorded(await officer.context.newPage(), day);
    await signs(officer, "?changed=yes&unrecorded=2");
    assert.match(await officer.text(), /The record changed since this statement was shown/);
    assert.match(await officer.text(), /rq-/, "what is open is listed by its id");
    assert.doesNotMatch(await officer.text(), /Nothing to count in this quarter/);
    await accessible(officer, "a statement that changed");
    await signs(officer, "?unrecorded=2");
    assert.match(await officer.text(), /You have signed this statement/);
    assert.match(await officer.text(), /Signed with a passkey by Q\. Officer \(Privacy officer, DOC\) on .* It is the statement above/);
    assert.equal(await officer.page.getByRole("button", { name: "Sign this statement with my passkey" }).count(), 0);
    await accessible(officer, "a statement that is signed");
    await officer.page.goto(`${origin}/filings`);
    if (!many) {
      assert.match(await officer.text(), /Stated by Q\. Officer\. Signed with a passkey by Q\. Officer/);
      const html = await officer.page.request.get(`${origin}/statements/${name}/html`);
      assert.match(await html.text(), /Signed with a passkey by Q\. Officer \(Privacy officer, DOC\)/);
    }
    // Without JavaScript the statement stands whole, and the page says what signing needs.
    const plain = await somebody(world, { javaScriptEnabled: false, viewport: PHONE });
    await plain.context.addCookies(await officer.context.cookies());
    await plain.page.goto(`${origin}/statements/${name}/sign?unrecorded=3`);
    for (const said of [/No law asks for this statement/, /What is open/, /Signing needs JavaScript/]) assert.match(await plain.text(), said);
    assert.equal(await plain.page.getByRole("button", { name: "Sign this statement" }).count(), 0);
    await plain.shot("a-statement-without-script");
    await plain.close();
    await officer.close();
  },

  "without JavaScript the page says what to do": async (world) => {
    const plain = await somebody(world, { javaScriptEnabled: false });
    for (const [path, sentence] of [["/sign-in", /Passkeys need JavaScript, on this page alone/], ["/enrol#x", /open your link again/]]) {
      await plain.page.goto(`${origin}${path}`);
      assert.match(await plain.text(), sentence);
      assert.equal(await plain.page.locator("main button:visible").count(), 0);
    }
    await plain.shot("no-script");
    await plain.close();
  },

  "the two pages with a script run ours alone, and every other page runs none": async (world) => {
    const boss = await asAdministrator(world);
    for (const [path, script] of [["/sign-in", true], ["/enrol", true], ["/people", false], ["/account", false], ["/log", false]]) {
      const answer = await boss.page.goto(`${origin}${path}`);
      const policy = answer.headers()["content-security-policy"];
      assert.equal(policy.includes("script-src 'self'"), script, `${path}: ${policy}`);
      assert.ok(policy.startsWith("default-src 'none'"), policy);
      assert.ok(!script || policy.includes("require-trusted-types-for 'script'"), policy);
      assert.equal(await boss.page.locator("script").count(), script ? 1 : 0, path);
    }
  },

  "every page of signing in is accessible, on a phone and at a desk": async (world) => {
    const { boss, at, link } = await added(world, "X. Accessible", ["desk", "supervisor"]);
    await accessible(boss, "a new link");
    await boss.page.goto(at);
    await accessible(boss, "a person");
    await boss.page.goto(`${origin}/people`);
    await accessible(boss, "people");
    const clerk = await somebody(world);
    await clerk.page.goto(`${origin}/enrol#x`);
    await accessible(clerk, "enrol");
    await clerk.refused("Create my passkey");
    await accessible(clerk, "enrol refused");
    await clerk.enrol(link);
    await accessible(clerk, "sign in");
    await clerk.signIn();
    await clerk.page.goto(`${origin}/account`);
    await accessible(clerk, "account");
    const refused = await clerk.page.goto(`${origin}/people`);
    assert.equal(refused.status(), 403);
    await accessible(clerk, "refused");
    await clerk.close();
  },
};

const browser = await launch();
const wanted = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : "";
const only = Object.fromEntries(Object.entries(stories).filter(([title]) => title.includes(wanted)));
const { line, held } = await runAll(many ? "people of three processes" : "people", only, { browser }, () => served.end());
await browser.close();
rmSync(data, { recursive: true, force: true });
console.log(line);
process.exit(held ? 0 : 1);
