// The worker that seals, sends and, on return, opens. It holds the receipt; the page gets it only to show it once, after the
// server's promise was verified. Messages in: `send`, `open`, `more`, `withdraw`. Nothing is kept when the page is gone.
const CHANCE = 16384;
const chance = () => crypto.getRandomValues(new Uint8Array(CHANCE));
const tell = (step, part = 0) => self.postMessage({ step, part });

let hashes = {};
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
async function checkKeys(contact) {
  tell("keys");
  try {
    const proof = await patiently(async () => bytesOf(await ask("/in/keys")), tell);
    call(14, proof, keys.log, keys.promise, keys.intake, keys.contact, contact, keys.officials);
  } catch (error) {
    if (error instanceof Refused || error instanceof Fault) throw new Unchecked("keys", { cause: error });
    throw error;
  }
  tell("checked");
}

// form: { kind, language, answers: [[question, answer]], contact }, files: [{ name, type, original, blob, cleaned, covered }]
async function seal(form, files) {
  const contact = form.contact === "" ? new Uint8Array() : await patiently(() => bundled("/contact.bin", hashes), tell);
  await checkKeys(contact);
  const attachments = [];
  const names = [];
  for (const file of files) {
    tell("files");
    const original = await hashOf(file.original);
    const sent = file.cleaned || file.covered ? await hashOf(file.blob) : original;
    const sealed = await SealedFile.of(file.blob);
    const { id, content } = await upload(sealed, tell);
    names.push(content);
    attachments.push(fields(id, content, sealed.key, file.name, file.type, u64(file.blob.size), original, sent,
      new Uint8Array([file.cleaned ? 1 : 0])));
    sealed.key.fill(0);
  }
  tell("report");
  const answers = form.answers.flat();
  const [body, envelope] = call(6, chance(), receipt, keys.intake, contact, form.kind, form.language,
    fields(...answers), form.contact, fields(...attachments));
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
async function deliver(again) {
  const promise = await patiently(async () => {
    const done = await work(tell, pending.body.length);
    const headers = { "Content-Type": "application/vnd.vouchsafe.report", "Vouchsafe-Work": done };
    if (again) headers["Vouchsafe-Return"] = base64url(await prove());
    tell("report");
    return bytesOf(await ask("/in/reports", { method: "POST", headers, body: pending.body }));
  }, tell);
  const [day, leaf, by] = call(9, promise, keys.promise, keys.origin, receipt, pending.envelope, pending.names);
  // A promise dated years ahead would never be due, and one dated back is of another log.
  if (!isNow(Date.parse(text(day)))) throw new Fault(43, new Uint8Array());
  const code = Array.from(leaf.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  pending = null;
  return { day: text(day), by: text(by), code: code.match(/..../g).join(" "), promise: text(promise) };
}

async function send({ form, files, list }) {
  receipt ??= crypto.getRandomValues(new Uint8Array(16));
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

// The pages of the mailbox that are always asked for, whether anything is there or not; and the most that promises alone lead to,
// since a server can make as many as it likes.
const MAIL_PAGES = 2;
const PROMISE_PAGES = 16;
const PROMISE_BYTES = 1024;

// The promise of a slot, if it is one for this receipt.
function recalled(slot) {
  const note = slot.subarray(2, 2 + slot[0] * 256 + slot[1]);
  try {
    const [day, leaf] = call(15, note, keys.promise, keys.origin, receipt);
    return [{ day: text(day), leaf }];
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}

async function answers() {
  const texts = [];
  const promises = [];
  let refused = 0;
  for (let page = 0, full = true; page < MAIL_PAGES || full; page += 1) {
    const proof = join(await prove(), u64(page).subarray(6));
    const options = { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: proof };
    const slots = await bytesOf(await ask("/in/mailbox", options));
    const size = slots.length / 4 - PROMISE_BYTES;
    if (size <= 0 || !Number.isInteger(size)) throw new Refused(0, "form");
    const slotsOf = (from, bytes) => [0, 1, 2, 3].map((slot) => slots.subarray(from + slot * bytes, from + (slot + 1) * bytes));
    const cut = slotsOf(0, size);
    const promised = slotsOf(4 * size, PROMISE_BYTES).flatMap(recalled);
    promises.push(...promised);
    const [bad, ...opened] = call(8, receipt, keys.officials, u64(texts.length), ...cut);
    refused += number(bad);
    texts.push(...opened.map(text));
    full = opened.length === 4 || (promised.length === 4 && page + 1 < PROMISE_PAGES);
  }
  return { texts, refused, promises };
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
      const busy = error instanceof Refused && (error.status === 503 || error.status === 502 || error.status === 429);
      if (!busy || tries === 4) return "missing";
      await pause(tries * 1000);
    }
  }
}

// The worst of what becomes of all that this receipt was promised. Each day is asked for once; where nothing was promised
// one is asked for all the same.
async function allInLog(promises) {
  const days = new Map(promises.map((one) => [one.day, promises.filter(({ day }) => day === one.day)]));
  if (days.size === 0) {
    await inLog(new Date(Date.now() - 86400000).toISOString().slice(0, 10), []);
    return "nothing";
  }
  const states = [];
  for (const [day, own] of days) states.push(await inLog(day, own.map(({ leaf }) => leaf)));
  return ["missing", "not-yet"].find((state) => states.includes(state)) ?? "receipt";
}

async function open({ typed, lists, day, code }) {
  receipt = await read(typed, lists);
  let found = { texts: [], refused: 0, promises: null, unchecked: true };
  try {
    await checkKeys(new Uint8Array());
    found = await answers();
  } catch (error) {
    if (!(error instanceof Unchecked)) throw error;
  }
  const { promises, ...shown } = found;
  self.postMessage({ opened: shown });
  let log = null;
  // Only what stands on the reporter's card can tell that it is the report that was sent.
  if (day && code) log = await inLog(day, [Uint8Array.from(code.match(/../g), (two) => parseInt(two, 16))]);
  else if (promises) log = await allInLog(promises);
  self.postMessage({ log });
}

async function more({ form }) {
  const written = JSON.stringify(form.answers);
  if (pending?.written !== written) pending = { ...await seal(form, []), written };
  await deliver(true);
  self.postMessage({ added: true });
}

async function withdraw() {
  const headers = { "Content-Type": "application/octet-stream" };
  await ask("/in/withdraw", { method: "POST", headers, body: await prove() });
  receipt.fill(0);
  self.postMessage({ withdrawn: true });
}

const CALLS = { send, open, more, withdraw };

self.onmessage = async ({ data }) => {
  hashes = data.hashes;
  try {
    await patiently(() => ready(data.module), tell);
  } catch {
    self.postMessage({ failed: "engine" });
    return;
  }
  try {
    await CALLS[data.call](data);
  } catch (error) {
    if (error instanceof Unchecked) self.postMessage({ failed: "keys" });
    else if (error instanceof Fault) self.postMessage({ failed: "fault", number: error.number, detail: [...error.detail] });
    else if (error instanceof Refused) self.postMessage({ failed: "refused", code: error.code });
    else self.postMessage({ failed: error instanceof TypeError ? "offline" : "broken" });
  }
};
