// Signing in with a city's own OpenID Connect, against a real provider (npm `oidc-provider`) in real Chromium. No page of it needs JavaScript.
// Usage: VOUCHSAFE=path/to/vouchsafe node oidc.mjs [--three] [--shots DIR]
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Provider from "oidc-provider";
import { accessible as sound, answered, launch, noSidewaysScroll, runAll } from "./chromium.mjs";
import { one, three } from "./served.mjs";

const shots = process.argv.includes("--shots") ? process.argv[process.argv.indexOf("--shots") + 1] : null;
if (shots) mkdirSync(shots, { recursive: true });
const program = process.env.VOUCHSAFE ?? "../target/debug/vouchsafe";
const data = mkdtempSync(join(tmpdir(), "vouchsafe-oidc-"));
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 900 };
const SECRET = "the desk's secret at the provider";

// The provider stands at another site than the desk (an address and a name), as a city's would.
let provider;
const identity = createServer((request, response) => provider(request, response));
await new Promise((resolve) => identity.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${identity.address().port}`;

writeFileSync(join(data, "oidc.secret"), SECRET);
writeFileSync(join(data, "city.toml"), `[oidc]\nissuer = "${issuer}"\nclient_id = "desk"\nclient_secret_file = "oidc.secret"\namr = ["hwk", "fido"]\n`);
/** Of one process or, with --three, of three on one PostgreSQL, which are killed and started again all the while. */
const many = process.argv.includes("--three");
let admin, clerk, other;
const served = await (many ? three : one)(program, data, (words) => {
  const add = (name, role) => JSON.parse(execFileSync(program, ["people", "add", name, "--agency", "DOC", "--role", role, "--by", "O. Operator", ...words, "--json"], { encoding: "utf8" }));
  admin = add("A. Admin", "administrator");
  clerk = add("C. Clerk", "desk");
  other = add("D. Other", "desk");
});
const origin = `http://localhost:${served.port}`;
// A small city, whose stories are short.
await served.disturb?.({ pause: 700 });

const oidc = new Provider(issuer, {
  clients: [{ client_id: "desk", client_secret: SECRET, redirect_uris: [`${origin}/sign-in/city/return`], response_types: ["code"], grant_types: ["authorization_code"] }],
  claims: { openid: ["sub", "amr", "auth_time"] },
  pkce: { required: () => true, methods: ["S256"] },
  cookies: { keys: ["a key of the test"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  async loadExistingGrant({ oidc: { provider: own, client, session } }) {
    const grant = new own.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid");
    await grant.save();
    return grant;
  },
});
oidc.on("server_error", (_context, error) => console.error("the provider failed:", error));
/** What happens, once, before the provider answers the desk that asks whose code it is. */
let meanwhile = null;
/** The provider's own page: who somebody says they are, and how they prove it. */
provider = async (request, response) => {
  if (meanwhile && request.url === "/token") {
    const happens = meanwhile;
    meanwhile = null;
    await happens();
  }
  if (!request.url.startsWith("/interaction/")) return oidc.callback()(request, response);
  if (request.method === "GET") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    return response.end(`<!doctype html><html lang="en"><title>City sign-in</title><main><h1>City sign-in</h1><form method="post">
      <label>Account <input name="account"></label><button name="amr" value="hwk">With my key</button>
      <button name="amr" value="pwd">With my password</button><button name="amr" value="">Stop</button></form></main></html>`);
  }
  let body = "";
  for await (const chunk of request) body += chunk;
  const form = new URLSearchParams(body);
  const result = form.get("amr") === ""
    ? { error: "access_denied", error_description: "stopped" }
    : { login: { accountId: form.get("account"), amr: [form.get("amr")] } };
  return oidc.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
};

/** Somebody with a browser. */
async function somebody({ browser }, { viewport = PHONE, javaScriptEnabled = false } = {}) {
  const context = await browser.newContext({ viewport, javaScriptEnabled });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints = [];
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error" && !/status of [45]\d\d/.test(message.text())) complaints.push(message.text()); });
  return {
    context, page,
    /** From the desk's sign-in page to the provider, and through it; how often they had to press again. */
    async signIn(account, how = "With my key") {
      for (let attempt = 0; ; attempt += 1) {
        await page.goto(`${origin}/sign-in`);
        await page.getByRole("link", { name: "Sign in with your city account" }).click();
        await page.waitForURL(`${issuer}/interaction/**`);
        await page.getByLabel("Account").fill(account);
        await page.getByRole("button", { name: how }).click();
        await page.waitForURL(`${origin}/**`);
        // What was begun was used by a process that died before it answered: people press again.
        if (!many || attempt === 5 || (await page.getByText("was used before").count()) === 0) return attempt;
      }
    },
    async press(name) { await page.getByRole("button", { name, exact: true }).first().click(); await page.waitForLoadState("load"); },
    async text() { return page.locator("main").innerText(); },
    path: () => new URL(page.url()).pathname,
    async session() { return (await context.cookies(origin)).find((cookie) => cookie.name === "__Host-vouchsafe"); },
    async shot(name) { if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true }); },
    async close() {
      assert.deepEqual(complaints, [], "the page complained");
      const foreign = asked.filter((url) => !url.startsWith(origin) && !url.startsWith(issuer) && !url.startsWith("data:") && url !== "about:blank");
      assert.deepEqual(foreign, [], "the page asked a third party");
      await context.close();
    },
  };
}

/** What axe says of a page in both sizes. It needs JavaScript, so whoever looks has it; the page runs none of its own. */
async function accessible(who, where) {
  for (const [size, viewport] of [["phone", PHONE], ["desk", DESK]]) {
    await who.page.setViewportSize(viewport);
    await sound(who.page, `${where} at ${size} size`);
    await noSidewaysScroll(who.page, `${where} at ${size} size`);
    await who.shot(`${where.replaceAll(" ", "-")}-${size}`);
  }
}

let administrator;
/** The administrator, with a passkey on a virtual device. */
async function asAdministrator(world) {
  if (!administrator) {
    administrator = await somebody(world, { viewport: DESK, javaScriptEnabled: true });
    const cdp = await administrator.context.newCDPSession(administrator.page);
    await cdp.send("WebAuthn.enable");
    await cdp.send("WebAuthn.addVirtualAuthenticator", {
      options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
    await administrator.page.goto(admin.link.replace(/^[^#]*\/enrol/, `${origin}/enrol`));
    await administrator.page.getByRole("button", { name: "Create my passkey" }).click();
    // Of a process that dies between its commit and its answer the passkey is there, and the page says that the link was used.
    if (!await answered(administrator.page, (url) => url.pathname === "/sign-in")) assert.ok(many, await administrator.text());
    await withPasskey(administrator);
  }
  return administrator;
}

/** Signs the administrator in. The challenge may have been used by a process that died before it answered: they press again. */
async function withPasskey({ page }) {
  for (let attempt = 0; ; attempt += 1) {
    await page.goto(`${origin}/sign-in`);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    if (await answered(page, (url) => url.pathname === "/people")) return;
    assert.ok(many && attempt < 5, await page.locator("#told").innerText());
  }
}

async function bind(world, staff, account) {
  const boss = await asAdministrator(world);
  await boss.page.goto(`${origin}/people/${staff}`);
  await boss.page.getByLabel("Name of the account").fill(account);
  await boss.press("Bind this account");
  return boss;
}

/** Only of three processes: whoever comes while they die is let in, as themself, if need be by pressing again. */
const stormy = {
  "of thirty sign-ins while processes are killed each ends at the desk, as the person that it is of": async (world) => {
    // At the one moment that tells: a process has used what was begun, and dies before it knows who came.
    const first = await somebody(world);
    meanwhile = () => served.again("SIGKILL");
    assert.equal(await first.signIn("clerk-4711"), 1, "what was begun is good once, whoever dies over it");
    await first.page.waitForURL("**/gate");
    await first.close();
    let again = 0;
    for (let round = 0; round < 30; round += 1) {
      const who = await somebody(world);
      again += await who.signIn("clerk-4711");
      await who.page.waitForURL("**/gate");
      assert.match(await who.page.locator("header").innerText(), /C\. Clerk, DOC, Desk/);
      await who.close();
    }
    console.log(`        pressed again ${again} times`);
  },
};

const stories = {
  "an account that is nobody's yet is told its name; the administrator binds it, and it signs in as that person alone": async (world) => {
    const who = await somebody(world);
    await who.signIn("clerk-4711");
    assert.match(await who.text(), /Your city account is nobody’s here yet\. Give your administrator this name of it, as it stands: clerk-4711/);
    assert.equal(await who.session(), undefined);
    const boss = await bind(world, clerk.staff, "clerk-4711");
    assert.match(await boss.text(), /An account at the city’s own sign-in is bound to them/);
    assert.match(await boss.text(), /bound · A\. Admin, Administrator, DOC/);
    await who.signIn("clerk-4711");
    await who.page.waitForURL("**/gate");
    assert.match(await who.page.locator("header").innerText(), /C\. Clerk, DOC, Desk/);
    const cookie = await who.session();
    assert.deepEqual([cookie.secure, cookie.httpOnly, cookie.sameSite, cookie.path, cookie.expires], [true, true, "Strict", "/", -1]);
    assert.equal((await who.page.goto(`${origin}/people`)).status(), 403, "no claim makes an administrator");
    await who.close();
  },

  "signing out ends the session here, and whoever comes next must prove who they are anew": async (world) => {
    const who = await somebody(world);
    await who.signIn("clerk-4711");
    await who.page.waitForURL("**/gate");
    const cookies = await who.context.cookies(origin);
    await who.press("Sign out");
    assert.equal(who.path(), "/sign-in");
    await who.context.addCookies(cookies);
    await who.page.goto(`${origin}/gate`);
    assert.equal(who.path(), "/sign-in", "the old cookie opens nothing");
    await who.page.getByRole("link", { name: "Sign in with your city account" }).click();
    await who.page.waitForURL(`${issuer}/interaction/**`);
    assert.match(await who.page.locator("main").innerText(), /City sign-in/, "the provider, which still knows them, asks again");
    await who.close();
  },

  "a password alone lets nobody in, and whoever stops at the provider is told what to do": async (world) => {
    const who = await somebody(world);
    await who.signIn("clerk-4711", "With my password");
    assert.match(await who.text(), /does not say that you used a passkey, a smart card or a key/);
    assert.equal(await who.session(), undefined);
    await who.signIn("clerk-4711", "Stop");
    assert.match(await who.text(), /did not let you in, or you stopped there/);
    await who.page.getByRole("link", { name: "Try again with your city account" }).click();
    await who.page.waitForURL(`${issuer}/interaction/**`);
    await who.close();
  },

  "the way back works once, and in no other browser": async (world) => {
    const who = await somebody(world);
    let back;
    who.page.on("request", (request) => { if (request.url().includes("/sign-in/city/return")) back = request.url(); });
    await who.signIn("clerk-4711");
    await who.page.waitForURL("**/gate");
    assert.equal((await who.page.goto(back)).status(), 403);
    assert.match(await who.text(), /was used before/);
    // An attacker's own half-finished sign-in, opened in the browser of somebody else.
    const attacker = await somebody(world);
    const step = async (url, form) => {
      const to = new URL(url, issuer);
      const answer = form ? await attacker.context.request.post(to.href, { form, maxRedirects: 0 }) : await attacker.context.request.get(to.href, { maxRedirects: 0 });
      return answer.headers().location;
    };
    const interaction = await step(await step(`${origin}/sign-in/city`));
    const theirs = await step(await step(interaction, { account: "clerk-4711", amr: "hwk" }));
    assert.match(theirs, /\/sign-in\/city\/return\?code=/);
    const victim = await somebody(world);
    assert.equal((await victim.page.goto(theirs)).status(), 403);
    assert.match(await victim.text(), /begun in another browser/);
    assert.equal(await victim.session(), undefined);
    for (const one of [who, victim, attacker]) await one.close();
  },

  "an account is one person's; nobody binds one to themself; what is taken ends the session at once": async (world) => {
    const boss = await bind(world, other.staff, "clerk-4711");
    assert.match(await boss.text(), /This account is another person’s here/);
    await boss.page.goto(`${origin}/people/${admin.staff}`);
    assert.equal(await boss.page.getByRole("button", { name: "Bind this account" }).count(), 0);
    const own = await boss.page.request.post(`${origin}/people/${admin.staff}`, { form: { what: "bind", subject: "x" }, headers: { origin }, maxRedirects: 0 });
    assert.equal(own.status(), 403);
    const who = await somebody(world);
    await who.signIn("clerk-4711");
    await who.page.waitForURL("**/gate");
    await boss.page.goto(`${origin}/people/${clerk.staff}`);
    await boss.press("Take this account from them");
    await who.page.goto(`${origin}/gate`);
    assert.equal(who.path(), "/sign-in");
    await who.signIn("clerk-4711");
    assert.match(await who.text(), /nobody’s here yet/);
    await bind(world, clerk.staff, "clerk-4711");
    await who.close();
  },

  "every page of it is accessible, on a phone and at a desk, and runs no script": async (world) => {
    const boss = await asAdministrator(world);
    await boss.page.goto(`${origin}/people/${clerk.staff}`);
    await accessible(boss, "a person with an account");
    await boss.page.goto(`${origin}/people/${other.staff}`);
    await accessible(boss, "a person without one");
    await bind(world, other.staff, "clerk-4711");
    await accessible(boss, "an account that is anothers");
    const who = await somebody(world, { javaScriptEnabled: true });
    await who.page.goto(`${origin}/sign-in`);
    await accessible(who, "sign in");
    await who.signIn("nobody-1");
    await accessible(who, "an account that is nobodys");
    assert.equal(await who.page.locator("script").count(), 0);
    await who.signIn("clerk-4711", "With my password");
    await accessible(who, "a password alone");
    // The page between the provider and the desk leads on by itself; here it is held.
    await who.page.route(`${origin}/`, (route) => route.fulfill({ status: 204 }));
    await who.signIn("clerk-4711");
    await who.page.getByRole("heading", { name: "You are signed in" }).waitFor();
    assert.match(await who.text(), /You are signed in/);
    await accessible(who, "signed in");
    await who.context.close();
  },

  ...(many ? stormy : {}),

  "when the provider does not answer the page says so, and a passkey still opens the desk": async (world) => {
    const who = await somebody(world);
    const begin = () => who.context.request.get(`${origin}/sign-in/city`, { maxRedirects: 0 });
    // Of three one may just have been started, which leads nobody to a provider that it has never met: there somebody is on the way already.
    const before = many ? await begin() : null;
    identity.closeAllConnections();
    await new Promise((resolve) => identity.close(resolve));
    // The desk knows the provider already, so a browser is led there and finds nobody; the way back says it.
    const begun = before ?? await begin();
    const state = new URL(begun.headers().location).searchParams.get("state");
    assert.equal((await who.page.goto(`${origin}/sign-in/city/return?code=x&state=${state}`)).status(), 503);
    assert.match(await who.text(), /The city’s sign-in does not answer\. Use a passkey/);
    await who.shot("down");
    const boss = await asAdministrator(world);
    await withPasskey(boss);
    await boss.close();
    await who.close();
  },
};

const browser = await launch();
const { line, held } = await runAll(many ? "city sign-in of three processes" : "city sign-in", stories, { browser }, () => served.end());
await browser.close();
identity.closeAllConnections();
identity.close();
rmSync(data, { recursive: true, force: true });
console.log(line);
process.exit(held ? 0 : 1);
