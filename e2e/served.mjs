// The desk as it is served: one process with its own store, or three on one PostgreSQL behind a plain reverse proxy, killed and
// started again while the stories run.
import { strict as assert } from "node:assert";
import { execFile, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { Agent, createServer, request as call } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nginx } from "./nginx.mjs";

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Runs a command to its end, and meanwhile whatever else is done in this process, as the proxy of three. */
export const command = (program, ...words) => new Promise((resolve) => {
  execFile(program, words, (error, stdout, stderr) => resolve({ status: error ? error.code : 0, stdout, stderr }));
});

/** Starts `serve` with these words; what it says once it listens. */
function start(program, words, at = "127.0.0.1:0") {
  const server = spawn(program, ["serve", "--json", "--listen", at, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => server.on("exit", resolve));
  const told = new Promise((resolve, reject) => {
    let text = "";
    server.stdout.on("data", (chunk) => { text += chunk; if (text.includes("\n")) resolve(JSON.parse(text)); });
    ended.then((code) => reject(new Error(`the server ended with ${code} before it listened`)));
  });
  return told.then((said) => ({ said, port: Number(said.listening.split(":").pop()), kill: (signal) => server.kill(signal), ended }));
}

/** The words by which `vouchsafe` commands mean the city in a folder, with the settings that somebody wrote beside it. */
export function meant(folder) {
  const config = join(folder, "city.toml");
  return ["--data", join(folder, "city"), ...(existsSync(config) ? ["--config", config] : [])];
}

/** One process; `before` is called first with the words by which `vouchsafe` commands mean the same city. */
export async function one(program, folder, before, ...more) {
  const words = meant(folder);
  await before(words);
  let server = await start(program, [...words, ...more]);
  const { said: told, port } = server;
  return {
    told, port,
    /** At once, for a process that ends before its stories do. */
    kill: () => server.kill("SIGKILL"),
    /** Ended by this signal and started with these words, at the address that browsers know. */
    async again(signal, ...others) {
      server.kill(signal);
      await server.ended;
      server = await start(program, [...words, ...others], `127.0.0.1:${port}`);
    },
    async end() { server.kill("SIGTERM"); await server.ended; return []; },
  };
}

/** The folder of PostgreSQL's programs: the newest of Debian's, else one on the path. */
function programs() {
  const debian = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql").map((name) => `/usr/lib/postgresql/${name}/bin`) : [];
  const found = [...debian, ...process.env.PATH.split(":")].filter((folder) => ["initdb", "pg_ctl"].every((name) => existsSync(join(folder, name))));
  assert.ok(found.length > 0, "PostgreSQL is not installed; on Debian: apt-get install -y --no-install-recommends postgresql");
  return found.sort().pop();
}

/** PostgreSQL refuses to run as root: as whom it runs instead. */
function notAsRoot() {
  if (process.getuid() !== 0) return [];
  const users = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  const user = ["postgres", "nobody"].map((name) => users.find((fields) => fields[0] === name)).find(Boolean);
  assert.ok(user, "a user `postgres` or `nobody`");
  return ["setpriv", `--reuid=${user[2]}`, `--regid=${user[3]}`, "--clear-groups"];
}

/** A throw-away PostgreSQL, reached by a socket in its own folder; it ends when this process does, however that ends. */
async function cluster() {
  const folder = mkdtempSync(join(tmpdir(), "vouchsafe-pg-"));
  const script = `
    set -e
    programs=$1; folder=$2; shift 2
    if [ "$#" -gt 0 ]; then chown "\${2#--reuid=}:\${3#--regid=}" "$folder"; fi
    cd "$folder"
    "$@" "$programs/initdb" -D "$folder/data" -U test --auth=trust -E UTF8 --locale=C --no-sync >"$folder/initdb.txt" 2>&1
    "$@" "$programs/pg_ctl" -D "$folder/data" -l "$folder/data/server.txt" -w -s -o "-k $folder -c listen_addresses=''" start >/dev/null 2>&1
    echo ready
    read -r _ || true
    "$@" "$programs/pg_ctl" -D "$folder/data" -m immediate -w -s stop >/dev/null 2>&1 || true
    rm -rf "$folder"`;
  const shell = spawn("sh", ["-c", script, "sh", programs(), folder, ...notAsRoot()], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => shell.on("exit", resolve));
  await new Promise((resolve, reject) => {
    shell.stdout.once("data", resolve);
    ended.then((code) => reject(new Error(`PostgreSQL did not start (${code})`)));
  });
  return { address: `host=${folder} user=test dbname=postgres`, async end() { shell.stdin.end(); await ended; } };
}

/**
 * A plain reverse proxy: each call goes to the next process in turn, and to another if that one is gone before it has answered whole:
 * not reached, or cut off after the connection was opened (docs/ops/several-processes.md). Style sheets are repeated like all else, so that
 * a page whose process is killed gets its style late, not never: `accessible` and `press` wait for it.
 * Forms are repeated too, which they bear: each has a nonce, and what it records is recorded once.
 */
function proxy(ports) {
  let turn = 0;
  const agent = new Agent({ keepAlive: false });
  const once = (port, asked, body) => new Promise((resolve, reject) => {
    const { method, url: path, headers } = asked;
    const onward = call({ agent, host: "127.0.0.1", port, method, path, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => (answer.complete ? resolve({ answer, bytes: Buffer.concat(parts) }) : reject(new Error("cut off"))));
      answer.on("error", reject);
    });
    onward.on("error", reject);
    onward.end(body);
  });
  const server = createServer(async (asked, reply) => {
    const parts = [];
    for await (const part of asked) parts.push(part);
    const body = Buffer.concat(parts);
    for (let attempt = 0; attempt < 100; attempt += 1) {
      turn += 1;
      const port = ports[turn % ports.length];
      try {
        const { answer, bytes } = await once(port, asked, body);
        const headers = { ...answer.headers };
        delete headers["transfer-encoding"];
        delete headers.connection;
        reply.writeHead(answer.statusCode, headers);
        reply.end(bytes);
        return;
      } catch (error) {
        server.repeated += 1;
        if (error.code !== "ECONNREFUSED") server.cut += 1;
        await sleep(50);
      }
    }
    reply.writeHead(502).end();
  });
  [server.repeated, server.cut] = [0, 0];
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve({
    address: () => server.address(),
    counts: () => ({ repeated: server.repeated, cut: server.cut }),
    async close() { server.close(); server.closeAllConnections(); },
  })));
}

/** The writer's agency: no story and no invented request is of it. */
const WRITERS = "DCAS";

/** Somebody who records requests all the while, and keeps what was acknowledged. Only where anybody signs in by a name. */
async function writer(origin, looks) {
  const form = (path, fields, cookie = "") => fetch(origin + path, {
    method: "POST", redirect: "manual", headers: { cookie, "content-type": "application/x-www-form-urlencoded" }, body: new URLSearchParams(fields),
  });
  const signedIn = await form("/sign-in", { name: "A. Writer", agency: WRITERS, role: "desk" });
  const [cookie] = signedIn.headers.get("set-cookie").split(";");
  const acknowledged = [];
  let [on, failed] = [true, null];
  const working = (async () => {
    while (on) {
      const nonce = randomBytes(16).toString("hex");
      const send = () => form("/requests", { act: "use_property", requester: "ice_ero", nonce }, cookie);
      // A connection that ends while a form is on its way tells nothing, nor does a proxy that finds no process at all: the same form
      // again, as a desk sends it.
      let answer = await send().catch(send);
      while (answer.status === 502) answer = await send();
      assert.equal(answer.status, 303, await answer.text());
      acknowledged.push(answer.headers.get("location").split("?")[0]);
      await sleep(100);
    }
  })().catch((error) => { failed = error; });
  return {
    acknowledged,
    async end() { on = false; await working; if (failed) throw failed; },
    /** First looks for which a process reads the whole record: one that is killed before their end has read it for nobody. */
    async warm(port) {
      const all = looks.map((path) => fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie } }));
      for (const look of all) await (await look).text();
    },
    async look(path) { return (await fetch(origin + path, { headers: { cookie }, redirect: "manual" })).status; },
    /** Every request of the writer's agency, for which nobody else records: the list, read to its end. */
    async recorded() {
      const found = new Set();
      for (let path = "/requests"; path; ) {
        const answer = await fetch(origin + path, { headers: { cookie }, redirect: "manual" });
        const page = await answer.text();
        assert.equal(answer.status, 200, page);
        for (const [, request] of page.matchAll(/href="(\/requests\/rq-[0-9a-z]+)"/g)) found.add(request);
        path = /href="(\/requests\?[^"]*before=[^"]*)"/.exec(page)?.[1].replaceAll("&amp;", "&");
      }
      return found;
    },
  };
}

/**
 * Three processes on one PostgreSQL and one folder, behind one address. From `disturb` on one after the other is killed with no
 * warning, waited for, and started again; `end` says what then does not hold.
 */
export async function three(program, folder, before, ...more) {
  const city = join(folder, "city");
  const database = await cluster();
  mkdirSync(city, { recursive: true });
  appendFileSync(join(folder, "city.toml"), `[store]\npostgres = "${database.address}"\n`);
  const words = meant(folder);
  await before(words);
  let [options, pause] = [more, 0];
  // nginx knows them by their addresses; the plain proxy is told of one that came back when it has looked at what takes long.
  const behindNginx = process.argv.includes("--nginx");
  const begin = (port = 0) => start(program, [...words, ...options], `127.0.0.1:${behindNginx ? port : 0}`);
  // The first makes the city; the others find it.
  const servers = [await begin()];
  servers.push(...await Promise.all([begin(), begin()]));
  const { said: told } = servers[0];
  const ports = servers.map((server) => server.port);
  const front = await (behindNginx ? nginx(ports, folder) : proxy(ports));
  const { port } = front.address();
  const origin = `http://127.0.0.1:${port}`;
  const faults = [];
  let [on, kills, back, killing, recorded] = [false, 0, 0, Promise.resolve(), null];
  const disturbing = async () => {
    for (let which = 0; on; which = (which + 1) % servers.length) {
      await sleep(pause);
      servers[which].kill("SIGKILL");
      await servers[which].ended;
      kills += 1;
      const again = await begin(ports[which]);
      await recorded?.warm(again.port);
      servers[which] = again;
      ports[which] = again.port;
      back += 1;
    }
  };
  const onward = () => {
    on = true;
    killing = disturbing().catch((error) => faults.push(`a process that was killed did not come back: ${error.message}`));
  };
  const calm = async () => { on = false; await killing; };
  return {
    told, port,
    /** From here on; `looks` is what the stories look at that takes a process long the first time, `pause` how long all are left alone. */
    async disturb({ looks = [], pause: between = 3000 } = {}) {
      pause = between;
      if (told.development_sign_in) recorded = await writer(origin, looks);
      if (recorded) await Promise.all(ports.map((port) => recorded.warm(port)));
      onward();
    },
    /** All at once, as where the machine that they share goes down: ended by this signal and started with these words. */
    async again(signal, ...others) {
      await calm();
      options = others;
      for (const server of servers) server.kill(signal);
      await Promise.all(servers.map((server) => server.ended));
      await Promise.all(servers.map(async (_, which) => {
        servers[which] = await begin(ports[which]);
        ports[which] = servers[which].port;
      }));
      onward();
    },
    /** One after the other is started with these words when it was killed, until all of them are. */
    async turn(...others) {
      options = others;
      // One may be on its way with the words of before.
      for (const enough = back + servers.length + 1; back < enough && faults.length === 0; ) await sleep(100);
    },
    async end() {
      await calm();
      await recorded?.end().catch((error) => faults.push(`a request was not recorded: ${error.message}`));
      // All at once and with no warning: what was acknowledged is found by one that starts then.
      for (const server of servers) server.kill("SIGKILL");
      await Promise.all(servers.map((server) => server.ended));
      const last = await begin(ports[0]);
      ports.splice(0, ports.length, last.port);
      for (const path of recorded?.acknowledged ?? []) {
        if ((await recorded.look(path)) !== 200) faults.push(`${path} was acknowledged and is not there`);
      }
      // One request for each form: none of another form's, and none that nobody was told of, as of a form recorded twice.
      const told = new Set(recorded?.acknowledged);
      const twice = (recorded?.acknowledged.length ?? 0) - told.size;
      if (twice !== 0) faults.push(`${twice} forms have the request of another`);
      const there = (await recorded?.recorded()) ?? told;
      if (there.size !== told.size) faults.push(`the record has ${there.size} requests of ${WRITERS}, and ${told.size} forms were acknowledged`);
      if (kills < servers.length) faults.push(`only ${kills} processes were killed`);
      if (recorded && recorded.acknowledged.length < 20) faults.push(`only ${recorded.acknowledged.length} requests were recorded meanwhile`);
      last.kill("SIGTERM");
      if ((await last.ended) !== 0) faults.push("the last process did not end in order");
      try {
        execFileSync(program, ["verify", city, ...words.slice(2)], { stdio: "pipe" });
      } catch (error) {
        faults.push(`the record does not verify: ${error.stdout}${error.stderr}`);
      }
      const { repeated, cut } = front.counts();
      await front.close();
      await database.end();
      console.log(`three processes: ${kills} killed, ${repeated} calls repeated (${cut} of them cut off), ${recorded?.acknowledged.length ?? 0} requests acknowledged beside the stories`);
      return faults;
    },
  };
}
