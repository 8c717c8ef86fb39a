// What the worker of the return has more than that of sending: it opens, asks for more, adds and withdraws. Messages in: `open`,
// `older`, `more`, `withdraw`.
async function prove() {
  const nonce = await bytesOf(await ask("/in/nonce"));
  return call(5, receipt, nonce)[0];
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
  // One that came since the page before it moves the others: what is seen twice counts twice.
  mail.opened += opened.length / 2;
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
  const withheld = numbers.some((one, at) => one !== first + at) || (first > 1 && mail.opened < 4 * mail.pages);
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
      if (stop.signal.aborted) throw error;
      if (error instanceof Refused && error.code === "not-yet" && isNow(Date.parse(day))) return "not-yet";
      // A busy door and a line that is gone are tried again, but not for ever: that would be a way to be silent.
      if (!(isBusy(error) || error instanceof TypeError) || tries === 4) return "missing";
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
  mail = { found: new Map(), promises: new Map(), states: [], refused: 0, pages: 0, opened: 0, full: false };
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
  if (day && code) {
    const own = Uint8Array.from(code.match(/../g), (two) => parseInt(two, 16));
    // The card has the leaf's beginning; where the mailbox has the promise that begins so, the whole leaf is looked for.
    const promise = promises?.find((one) => one.day === day && own.every((byte, at) => one.leaf[at] === byte));
    log = await inLog(day, [promise?.leaf ?? own]);
  }
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

Object.assign(CALLS, { open, older, more, withdraw });
