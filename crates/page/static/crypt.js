// The worker that seals, sends and, on return, opens. It holds the receipt; the page gets it only to show it once, after the
// server's promise was verified. Messages in: `send`, `open`, `older`, `more`, `withdraw`, `stop`. Nothing is kept when the page is gone.
const CHANCE = 16384;
const chance = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));
const tell = (step, part = 0) => self.postMessage({ step, part });

let hashes = {};
// What a stop ends: everything of the call that came last.
let stop = new AbortController();
let receipt = null;
let keys = null;
// What was sealed is sent again as it is, so that an answer that got lost makes no second report.
let pending = null;

async function ready(name) {
  await start(name, hashes, {});
  if (keys) return;
  const [intake, promise, origin, log, officials, contact] = split(await bundled("/keys.bin", hashes));
  keys = { intake, promise, origin, log, officials, contact };
}

class Unchecked extends Error {}

// The keys of this page are the set that the log holds, or nothing is sealed and no answer counts as signed. This finds swapped
// keys; a swapped page would not ask. `contact` is what was fetched of contact details' recipients.
async function checkKeys(contact, most) {
  tell("keys");
  try {
    const proof = await patiently(async () => bytesOf(await ask("/in/keys")), most);
    call(14, proof, keys.log, keys.promise, keys.intake, keys.contact, contact, keys.officials);
  } catch (error) {
    if (!isBusy(error) && (error instanceof Refused || error instanceof Fault)) throw new Unchecked("keys", { cause: error });
    throw error;
  }
  tell("checked");
}

// Contact details as `seal::shares` has them, with WebCrypto: length (u16), text, zeros. The module makes the shares of the key.
async function sealedContact(details) {
  const written = utf8(details);
  if (written.length === 0) return written;
  const plain = new Uint8Array(1024);
  plain.set(u64(written.length).subarray(6));
  plain.set(written, 2);
  const [id, key] = [chance(16), chance(32)];
  const made = await chunkedKeys(key, chance(24), join(utf8("vouchsafe/contact/v1"), id));
  return fields(id, key, join(made.prefix, new Uint8Array(await sealChunk(made, 0, plain))));
}

// form: { kind, language, answers: [[question, answer]], contact }, files: [{ name, type, original, blob, cleaned, covered }]
async function seal(form, files, most) {
  // Fetched by everybody whose page has it: that it is fetched says nothing of who gave contact details.
  const contact = hashes["/contact.bin"] ? await bundled("/contact.bin", hashes) : new Uint8Array();
  await checkKeys(contact, most);
  const attachments = [];
  const names = [];
  for (const file of files) {
    tell("files");
    const original = await hashOf(file.original);
    const sent = file.cleaned || file.covered ? await hashOf(file.blob) : original;
    const sealed = await SealedFile.of(file.blob);
    const { id, content } = await upload(sealed);
    names.push(content);
    attachments.push(fields(id, content, sealed.key, file.name, file.type, u64(file.blob.size), original, sent,
      new Uint8Array([file.cleaned ? 1 : 0])));
    sealed.key.fill(0);
  }
  tell("report");
  const answers = form.answers.flat();
  const [body, envelope] = call(6, chance(CHANCE), receipt, keys.intake, contact, form.kind, form.language,
    fields(...answers), await sealedContact(form.contact), fields(...attachments));
  return { body, envelope, names: join(...names) };
}

async function prove() {
  const nonce = await bytesOf(await ask("/in/nonce"));
  return call(5, receipt, nonce)[0];
}

// Whether a day of the city's calendar may be today on this phone: a day for time zones, and some for a clock that is not right.
const NEAR = 3 * 86400000;
const isNow = (day) => Math.abs(day - Date.now()) < NEAR;

// Sends what is pending until the promise is there and holds. Anything else is "not received".
async function deliver(again, most) {
  const { signal } = stop;
  const promise = await patiently(async () => {
    const done = await work(pending.body.length);
    const headers = { "Content-Type": "application/vnd.vouchsafe.report", "Vouchsafe-Work": done };
    if (again) headers["Vouchsafe-Return"] = base64url(await prove());
    // From here on the promise may be under way.
    tell("report", 1);
    return bytesOf(await ask("/in/reports", { method: "POST", headers, body: pending.body, signal }));
  }, most);
  const [day, leaf, by] = call(9, promise, keys.promise, keys.origin, receipt, pending.envelope, pending.names);
  // A promise dated years ahead would never be due, and one dated back is of another log.
  if (!isNow(Date.parse(text(day)))) throw new Fault(43, new Uint8Array());
  const code = Array.from(leaf.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  pending = null;
  return { day: text(day), by: text(by), code: code.match(/..../g).join(" "), promise: text(promise) };
}

async function send({ form, files, list }) {
  receipt ??= chance(16);
  pending ??= await seal(form, files);
  let promised = null;
  try {
    promised = await deliver(false);
  } catch (error) {
    // Files that the server no longer has are sealed and sent anew at the next try.
    if (error instanceof Refused && error.code.startsWith("attachment-")) pending = null;
    throw error;
  }
  const [, , , digits] = call(1, receipt);
  let shown = text(digits).split("\n");
  if (list) {
    // Words are easier to keep; where they cannot be had now, the same receipt is digits.
    try { shown = call(2, receipt, await bundled(list, hashes)).map(text); } catch { tell("digits"); }
  }
  self.postMessage({ received: { ...promised, shown } });
}

// The words of the page's language first: most come back where they were.
async function read(typed, lists) {
  if ((typed.match(/\p{Nd}/gu) ?? []).length >= 15) return call(4, typed)[0];
  const plain = typed.toLowerCase().normalize("NFKD");
  let first = null;
  for (const list of lists) {
    try { return call(3, plain, await bundled(list, hashes))[0]; } catch (error) {
      if (!(error instanceof Fault)) throw error;
      first ??= error;
    }
  }
  throw first;
}

// On return a busy door and a line that is gone are tried this often.
const MOST = 5;
const PROMISE_BYTES = 1024;
// What the mailbox gave so far: answers by their number, promises by their leaf, what of each became of the log.
let mail = null;

async function proven(path, ...more) {
  const headers = { "Content-Type": "application/octet-stream" };
  return patiently(async () => bytesOf(await ask(path, { method: "POST", headers, body: join(await prove(), ...more) })), MOST);
}

// One exchange: the next page of the mailbox, of which the first has the newest answers. Gives what was promised there anew.
async function turn() {
  const slots = await proven("/in/mailbox", u64(mail.pages).subarray(6));
  mail.pages += 1;
  const size = slots.length / 4 - PROMISE_BYTES;
  if (size <= 0 || !Number.isInteger(size)) throw new Refused(0, "form");
  const slotsOf = (from, bytes) => [0, 1, 2, 3].map((slot) => slots.subarray(from + slot * bytes, from + (slot + 1) * bytes));
  const fresh = [];
  mail.full = true;
  for (const slot of slotsOf(4 * size, PROMISE_BYTES)) {
    try {
      const [day, leaf, fate] = call(15, slot, keys.promise, keys.origin, receipt);
      if (mail.promises.has(base64(leaf))) continue;
      fresh.push({ day: text(day), leaf });
      mail.promises.set(base64(leaf), [text(day), fate[0]]);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      mail.full = false;
    }
  }
  const [bad, ...opened] = call(8, receipt, keys.officials, ...slotsOf(0, size));
  mail.refused += number(bad);
  for (let at = 0; at < opened.length; at += 2) {
    const [sequence, words] = [number(opened[at]), text(opened[at + 1])];
    // Of two answers with one number the older counts.
    if (mail.found.has(sequence) && mail.found.get(sequence) !== words) mail.refused += 1;
    mail.found.set(sequence, words);
  }
  return fresh;
}

// Answers in their own order. One that is missing between others, or before them though its page was there, was withheld.
function shown() {
  const numbers = [...mail.found.keys()].sort((one, other) => one - other);
  const first = numbers[0] ?? 1;
  const withheld = numbers.some((one, at) => one !== first + at) || (first > 1 && numbers.length < 4 * mail.pages);
  return { texts: numbers.map((one) => mail.found.get(one)), refused: mail.refused || withheld, older: first > 1 || mail.full,
    fates: [...mail.promises.values()] };
}

const fromBase64 = (encoded) => Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));

// `in`, `not-yet` or `missing`; silence, a wrong proof and a `not-yet` long before or after the day are as good as missing.
async function inLog(day, own) {
  for (let tries = 1; ; tries += 1) {
    try {
      const found = await (await ask(`/in/days/${day}`)).json();
      const side = (list) => join(...list.map(fromBase64));
      for (const one of own) {
        call(10, u64(found.first), fromBase64(found.leaves), side(found.left), side(found.right),
          found.checkpoint, keys.log, one);
      }
      return "in";
    } catch (error) {
      if (error instanceof Refused && error.code === "not-yet" && isNow(Date.parse(day))) return "not-yet";
      // A busy door is asked again, but not for ever: that would be a way to be silent.
      if (!isBusy(error) || tries === 4) return "missing";
      await pause(tries * 1000);
    }
  }
}

// The worst of what becomes of all that this receipt was promised. Each day is asked for once; where nothing was promised
// one is asked for all the same.
async function allInLog(promises) {
  const days = new Map(promises.map((one) => [one.day, promises.filter(({ day }) => day === one.day)]));
  for (const [day, own] of days) mail.states.push(await inLog(day, own.map(({ leaf }) => leaf)));
  if (mail.states.length > 0) return ["missing", "not-yet"].find((state) => mail.states.includes(state)) ?? "receipt";
  await inLog(new Date(Date.now() - 86400000).toISOString().slice(0, 10), []);
  return "nothing";
}

// Two exchanges, always: neither whether there is mail nor how much is told by their number. More than these are the person's
// own act (`older`).
async function open({ typed, lists, day, code }) {
  const { signal } = stop;
  receipt = await read(typed, lists);
  mail = { found: new Map(), promises: new Map(), states: [], refused: 0, pages: 0, full: false };
  let promises = null;
  try {
    await checkKeys(new Uint8Array(), MOST);
    promises = [...await turn(), ...await turn()];
  } catch (error) {
    if (!(error instanceof Unchecked)) throw error;
  }
  self.postMessage({ opened: { ...shown(), unchecked: promises === null } });
  let log = null;
  // Only what stands on the reporter's card can tell that it is the report that was sent.
  if (day && code) log = await inLog(day, [Uint8Array.from(code.match(/../g), (two) => parseInt(two, 16))]);
  else if (promises) log = await allInLog(promises);
  mail.card = Boolean(day && code) && log;
  if (!signal.aborted) self.postMessage({ log });
}

async function older() {
  const { signal } = stop;
  const promises = await turn();
  self.postMessage({ opened: shown() });
  const log = mail.card || await allInLog(promises);
  if (!signal.aborted) self.postMessage({ log });
}

async function more({ form }) {
  const written = JSON.stringify(form.answers);
  if (pending?.written !== written) pending = { ...await seal(form, [], MOST), written };
  await deliver(true, MOST);
  self.postMessage({ added: true });
}

async function withdraw() {
  await proven("/in/withdraw");
  receipt.fill(0);
  self.postMessage({ withdrawn: true });
}

const CALLS = { send, open, older, more, withdraw };

self.onmessage = async ({ data }) => {
  stop.abort();
  if (data.call === "stop") return;
  stop = new AbortController();
  const { signal } = stop;
  hashes = data.hashes;
  try {
    await ready(data.module);
  } catch (error) {
    if (!signal.aborted) self.postMessage(unready(error));
    return;
  }
  try {
    await CALLS[data.call](data);
  } catch (error) {
    // Who stopped it knows.
    if (signal.aborted) return;
    if (error instanceof Unchecked) self.postMessage({ failed: "keys" });
    else if (error instanceof Fault) self.postMessage({ failed: "fault", number: error.number, detail: [...error.detail] });
    else if (error instanceof TypeError) self.postMessage({ failed: "offline" });
    else self.postMessage({ failed: "refused" });
  }
};
