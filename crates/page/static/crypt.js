// The worker that seals and sends. It holds the receipt; the page gets it only to show it once, after the server's promise was
// verified. Messages in: `send`, `stop`, and on return those of `back.js`, which stands behind it. Nothing is kept when the page is gone.
const CHANCE = 16384;
const chance = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));
// Says how far it is; a call that was stopped says nothing more and ends there. With a part: a body is on its way.
function tell(step, part) {
  if (stop.signal.aborted) throw new Stopped();
  self.postMessage({ step, part });
}

let hashes = {};
let receipt = null;
let keys = null;
// What was sealed is sent again as it is, so that an answer that got lost makes no second report.
let pending = null;
// The promise that held: from then on the receipt is shown, whatever comes.
let promised = null;

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

// Whether a day of the city's calendar may be today on this phone: a day for time zones, and some for a clock that is not right.
const NEAR = 3 * 86400000;
const isNow = (day) => Math.abs(day - Date.now()) < NEAR;

// Sends what is pending until the promise is there and holds. Anything else is "not received".
async function deliver(again, most) {
  const promise = await patiently(async () => {
    const done = await work(pending.body.length);
    const headers = { "Content-Type": "application/vnd.vouchsafe.report", "Vouchsafe-Work": done };
    if (again) headers["Vouchsafe-Return"] = base64url(await prove());
    // From here on the promise may be under way.
    tell("report", 1);
    return bytesOf(await ask("/in/reports", { method: "POST", headers, body: pending.body }));
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
  try {
    if (!promised) {
      pending ??= await seal(form, files);
      promised = await deliver();
    }
  } catch (error) {
    // Files that the server no longer has are sealed and sent anew at the next try.
    if (error instanceof Refused && error.code.startsWith("attachment-")) pending = null;
    throw error;
  }
  if (list) {
    // Words are easier to keep; where they do not come soon, the same receipt is digits.
    const soon = new Promise((_, late) => { setTimeout(late, 20000); });
    try { receive(await Promise.race([bundled(list, hashes), soon])); return; } catch { tell("digits"); }
  }
  receive();
}
function receive(words) {
  const shown = words ? call(2, receipt, words).map(text) : text(call(1, receipt)[3]).split("\n");
  self.postMessage({ received: { ...promised, shown } });
}

const CALLS = { send };

// One call at a time: what comes stops the one that runs, and begins when that has ended. Whoever stops after the promise gets the
// receipt at once.
let last = null;
let ended = Promise.resolve();
self.onmessage = ({ data }) => {
  last = data;
  stop.abort();
  if (data.call !== "stop") ended = ended.then(() => data === last && run(data));
  else if (promised) receive();
};

async function run(data) {
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
    // Only the door itself says why: what a proxy refused may have been kept all the same.
    else self.postMessage({ failed: error instanceof Refused && error.code === "" ? "unclear" : "refused" });
  }
}
