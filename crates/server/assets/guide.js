// The guide: asks the module what to ask next, shows what it says (barred, or ask counsel), keeps what was taken down encrypted on this
// device, and sends it when its member is signed in and there is network. Every sentence stands in the page, so none is here; what the
// module says comes from the pack. Nothing is kept but who may send, whom to call, and what waits.
"use strict";

const said = new Map(Array.from(document.getElementById("words").content.children, (one) => [one.dataset.id, one.textContent]));
const say = (id, filled = {}) =>
  Object.entries(filled).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), said.get(id) ?? id);
const screen = document.getElementById("screen");

/** An element; children are elements or texts. */
function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Shows a screen, and puts the reader at its beginning. */
function show(...children) {
  screen.replaceChildren(...children.filter((child) => child !== null));
  const title = screen.querySelector("h1");
  title.tabIndex = -1;
  title.focus();
  scrollTo(0, 0);
}

function tell(...ids) {
  const told = document.getElementById("told");
  told.replaceChildren(...ids.map((id) => make("span", {}, `${say(id)} `)));
  told.hidden = ids.length === 0;
}

/** The city's time zone, once a desk has told it: the law's days are the city's, wherever the device is. */
let zone;

/** The device's clock on the city's wall, to the minute: `2026-06-15T14:05`. */
function minute() {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(new Date());
  const part = (type) => parts.find((one) => one.type === type).value;
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}
const today = () => minute().slice(0, 10);

// ---- What is kept on the device.

const request = (asked) => new Promise((done, failed) => {
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => failed(asked.error);
});

/** Three stores: `about` (who may send, whom they call, which law the desk has), `keys` by member, `queue` by number. */
const opened = (() => {
  const asked = indexedDB.open("vouchsafe-guide", 1);
  asked.onupgradeneeded = () => ["about", "keys", "queue"].forEach((name) => asked.result.createObjectStore(name));
  return request(asked);
})();

const stored = async (store, key) => request((await opened).transaction(store).objectStore(store).get(key));

async function all(store) {
  return request((await opened).transaction(store).objectStore(store).getAll());
}

/** Changes a store, durably: what comes back is on the disk. */
async function change(store, work) {
  const transaction = (await opened).transaction(store, "readwrite", { durability: "strict" });
  work(transaction.objectStore(store));
  await new Promise((done, failed) => {
    transaction.oncomplete = done;
    transaction.onabort = transaction.onerror = () => failed(transaction.error);
  });
}

/** The member's key. It never leaves the browser, which gives its bytes to nobody, and not to us. */
async function keyOf(member, create) {
  const kept = await stored("keys", member);
  if (kept || !create) return kept;
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  // Another tab may have been first: its key stays.
  await change("keys", (keys) => { keys.get(member).onsuccess = (event) => event.target.result ?? keys.put(key, member); });
  return stored("keys", member);
}

const bound = (member, id) => new TextEncoder().encode(`vouchsafe guide queue v1\n${member}\n${id}`);

/** Keeps one form, sealed for its member. Only its day can be read without the key. */
async function keep(form) {
  const key = await keyOf(form.member, false);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const text = new TextEncoder().encode(JSON.stringify(form));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound(form.member, form.id) }, key, text);
  const item = { id: form.id, member: form.member, day: form.at.slice(0, 10), iv, sealed, refused: false };
  await change("queue", (queue) => queue.put(item, form.id));
}

/** Changes what was sent, unless it was kept anew meanwhile: what is in the answer is then not about what stands here. */
const settle = (item, work) => change("queue", (queue) => {
  queue.get(item.id).onsuccess = ({ target: { result } }) => { if (result && String(result.iv) === String(item.iv)) work(queue); };
});

async function open(item) {
  const key = await keyOf(item.member, false);
  const algorithm = { name: "AES-GCM", iv: item.iv, additionalData: bound(item.member, item.id) };
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, item.sealed)));
}

// ---- The desk.

/** Who is signed in: an account, null for nobody, undefined without network. */
async function whoIsSignedIn() {
  try {
    const answer = await fetch("/guide/me", { cache: "no-store", credentials: "same-origin", redirect: "manual" });
    if (!answer.ok) return answer.type === "opaqueredirect" || answer.status < 500 ? null : undefined;
    const me = await answer.json();
    await keyOf(me.member, true);
    await change("about", (about) => about.put(me, "me"));
    return me;
  } catch {
    return undefined;
  }
}

/** Sends one form. Gives nothing when it is recorded, or the sentence for which it was refused; throws when it has to be sent again. */
async function sendOne(form) {
  const answer = await fetch("/guide/queue", {
    method: "POST", credentials: "same-origin", redirect: "manual",
    headers: { "content-type": "application/json" }, body: JSON.stringify(form),
  });
  if (answer.type === "opaqueredirect" || answer.status >= 500 || answer.status === 429) throw new Error("again");
  const told = await answer.json().catch(() => ({}));
  if (answer.ok && typeof told.recorded === "string") return null;
  return told.refused ?? say("guide-refused-other");
}

const stillTold = (kept) => (kept === undefined ? [] : ["guide-record-told"]);

// Sentences for which items were refused. They may quote what is kept, so they are not.
const refusals = new Map();

/** Sends what waits of whoever is signed in; what is recorded durably leaves the device, and nothing else does. That this form was kept stays told while it waits. */
async function send(kept) {
  await navigator.locks.request("vouchsafe-guide-send", async () => {
    const me = await whoIsSignedIn();
    if (!me) return tell(...stillTold(kept), me === null ? "guide-signed-out" : "guide-no-network");
    const own = (await all("queue")).filter((item) => item.member === me.member);
    if (own.length === 0) return tell();
    for (const item of own) {
      try {
        const form = await open(item).catch(() => null);
        const refused = form === null ? say("guide-unreadable") : await sendOne(form);
        if (refused === null) {
          await settle(item, (queue) => queue.delete(item.id));
        } else {
          refusals.set(item.id, refused);
          await settle(item, (queue) => queue.put({ ...item, refused: true }, item.id));
        }
      } catch {
        const waits = (await all("queue")).some((item) => item.id === kept);
        tell(...stillTold(waits ? kept : undefined), "guide-no-network");
        break;
      }
    }
    const left = (await all("queue")).filter((item) => item.member === me.member);
    if (left.length === 0) tell("guide-sent");
  });
  await showKept();
}

/** What waits, by day and number alone; what the record refused, with why. */
async function showKept() {
  const [items, me] = [await all("queue"), await stored("about", "me")];
  const kept = document.getElementById("kept");
  const own = items.filter((item) => item.member === me?.member);
  const others = items.filter((item) => item.member !== me?.member);
  const days = (list) => {
    const counts = new Map();
    for (const { day } of list) counts.set(day, (counts.get(day) ?? 0) + 1);
    return make("ul", {}, ...Array.from(counts).sort().map(([day, count]) => make("li", {}, say("guide-kept-day", { day, count }))));
  };
  const refused = own.filter((item) => item.refused);
  const persisted = await navigator.storage?.persisted?.().catch(() => false);
  kept.replaceChildren(
    make("h2", { id: "kept-title" }, say("guide-kept-title")),
    ...(items.length === 0 ? [make("p", {}, say("guide-kept-nothing"))] : []),
    ...(own.length === 0 ? [] : [make("p", {}, say("guide-kept-here")), days(own)]),
    ...(others.length === 0 ? [] : [make("p", {}, say("guide-kept-others")), days(others)]),
    ...refused.map((item) => make("div", { class: "error", "data-refused": item.id },
      make("p", {}, say("guide-needs-person")), make("p", {}, refusals.get(item.id) ?? ""),
      make("button", { type: "button", click: () => mend(item) }, say("guide-mend")))),
    ...(items.length === 0 ? [] : [
      make("p", {}, make("button", { type: "button", class: "main", click: () => send() }, say("guide-send"))),
      make("p", {}, make("a", { href: "/sign-in" }, say("guide-sign-in")))]),
    ...(items.length > 0 && persisted === false ? [make("p", { class: "banner" }, say("guide-not-persistent"))] : []),
    make("p", { class: "quiet" }, say("guide-holds")),
  );
  kept.hidden = false;
}

// ---- The module.

let wasm = null;
let pack = null;

/** One call of the module. What it does not answer is for counsel. */
function ask(number, input) {
  const bytes = input instanceof Uint8Array ? input : new TextEncoder().encode(JSON.stringify(input));
  const at = wasm.alloc(bytes.length);
  new Uint8Array(wasm.memory.buffer, at, bytes.length).set(bytes);
  const fault = wasm.call(number, at, bytes.length);
  if (fault !== 0) throw new Error(`the module answered ${fault}`);
  return JSON.parse(new TextDecoder().decode(new Uint8Array(wasm.memory.buffer, wasm.out_ptr(), wasm.out_len())));
}

async function load() {
  const bytes = async (path) => (await fetch(path)).arrayBuffer();
  const [module, compiled] = await Promise.all([bytes("/guide/guide.wasm"), bytes("/guide/pack.json")]);
  wasm = (await WebAssembly.instantiate(module, {})).instance.exports;
  pack = ask(17, new Uint8Array(compiled));
}

/** Who may send and the rest, with the latest day that this device has seen since a desk last told it the day. */
async function known() {
  const me = await stored("about", "me");
  zone = me?.zone;
  const seen = today();
  if (me && seen > (me.seen ?? me.day)) {
    // Only what no desk said anew meanwhile.
    const kept = (about) => { about.get("me").onsuccess = ({ target: { result } }) => { if (result && seen > (result.seen ?? result.day)) about.put({ ...result, seen }, "me"); }; };
    await change("about", kept).catch((error) => console.error(error));
  }
  return me;
}

/** What the device knows of its age. Before a day that it has seen its clock went back, and then that day stands for the desk's word. */
function standing(me) {
  const day = today();
  const back = me?.seen && day < me.seen;
  return { today: day, confirmed: back ? me.seen : me?.day ?? null, server_pack: me?.pack ?? null };
}

/** At which site somebody works; "" = at no particular one. */
const siteOf = (me) => me.site ?? "";

// ---- The screens.

let steps = [];
let now = null;

/** Whether nobody is in the middle of a question, or of a form. */
const idle = () => (now === null || now.kind === "begin") && document.getElementById("keep") === null;

/** A new version was taken from another tab while somebody was in the middle: this page is made anew when they are done. */
let renewed = false;

/** Goes to a screen; the browser's way back leads to the one before. */
function go(next) {
  if (now !== null) {
    steps.push(now);
    history.pushState(null, "");
  }
  now = next;
  return draw();
}

addEventListener("popstate", () => {
  now = steps.pop() ?? { kind: "begin" };
  draw();
});

async function draw() {
  if (renewed && now.kind === "begin") return location.reload();
  const me = await known();
  try {
    if (!me) return show(make("h1", {}, say("guide-not-installed")), make("p", {}, make("a", { href: "/sign-in" }, say("guide-sign-in"))));
    if (now.kind === "begin") return begin(me);
    const given = { agency: me.agency, start: null, fields: [], answer: false, standing: standing(me), ...now.given };
    return step(me, ask(19, given));
  } catch (error) {
    console.error(error);
    return show(make("h1", {}, say("guide-broken")),
      make("div", { class: "outcome escalate" }, make("strong", {}, say("outcome-escalate")), make("p", {}, say("guide-broken-means"))),
      ...whom(me), again());
  }
}

const again = () => make("p", {}, make("button", { type: "button", click: () => { steps = []; now = null; go({ kind: "begin" }); } }, say("gate-new")));

function begin(me) {
  const { situations, acts } = ask(18, me.agency);
  const choices = situations.map((id) => make("li", {}, make("button",
    { type: "button", value: id, click: () => go({ kind: "step", given: { start: id } }) },
    say(`situation-${id}`), make("small", {}, say(`situation-${id}-hint`)))));
  const select = make("select", { id: "act" }, ...acts.map(({ value, title }) => make("option", { value }, title)));
  const chosen = () => go({ kind: "step", given: { fields: [["act", select.value]] } });
  show(make("h1", {}, say("gate-title")), make("p", {}, say("gate-emergency")), make("p", { class: "quiet" }, say("guide-why")),
    make("ul", { class: "choices" }, ...choices),
    make("details", {}, make("summary", {}, say("gate-other")), make("label", { for: "act" }, say("gate-other-act")), select,
      make("p", {}, make("button", { type: "button", class: "main", click: chosen }, say("gate-continue")))));
}

function step(me, answered) {
  const stale = document.getElementById("stale");
  stale.hidden = !answered.stale;
  stale.textContent = answered.stale ? say(`guide-stale-${answered.stale.replace("_", "-")}`) : "";
  if (answered.ask) question(answered);
  else answer(me, answered, null);
}

/** One question, as the gate asks it. */
function question(answered) {
  const { fields, ask: asks } = answered;
  const next = (more, kept = fields) => go({ kind: "step", given: { fields: [...kept, ...more] } });
  const buttons = (field, choices) => make("ul", { class: "choices" }, ...choices.map(({ value, title }) =>
    make("li", {}, make("button", { type: "button", value, click: () => next([[field, value]]) }, title))));
  const unknown = { value: "unknown", title: say("answer-unknown") };
  let [title, hint, body] = ["", "", null];
  if (asks.kind === "requester" || asks.kind === "statute") {
    [title, hint] = [say(`ask-${asks.kind}`), say(`ask-${asks.kind}-hint`)];
    body = buttons(asks.kind, asks.choices);
  } else if (asks.kind === "search") {
    [title, hint] = [say("ask-search"), say("ask-search-hint")];
    body = buttons("search", asks.choices.map((value) => ({ value, title: say(`gate-search-${value}`) })));
  } else if (asks.kind === "documents") {
    [title, hint] = [say("ask-documents"), say("ask-documents-hint")];
    const shown = fields.filter(([name]) => name === "document").map(([, value]) => value);
    const boxes = asks.choices.map(({ value, title: name, plain }) => make("label", { class: "check" },
      make("input", { type: "checkbox", name: "document", value, checked: shown.includes(value) }),
      make("span", {}, name, make("br"), make("span", { class: "quiet" }, plain))));
    // A paper and “no paper” are never ticked together.
    const change = (event) => {
      const ticked = event.target.checked ? event.target.value : null;
      for (const box of event.currentTarget.querySelectorAll("[name=document]")) {
        if (ticked !== null && box !== event.target && (ticked === "none" || box.value === "none")) box.checked = false;
      }
    };
    const submit = (event) => {
      event.preventDefault();
      const papers = new FormData(event.target).getAll("document").map((value) => ["document", value]);
      next([["documents", "answered"], ...papers], fields.filter(([name]) => name !== "document"));
    };
    body = make("form", { submit, change }, make("fieldset", {}, make("legend", {}, say("ask-documents-legend")), ...boxes),
      make("p", {}, make("button", { type: "submit", class: "main" }, say("gate-continue"))));
  } else {
    [title, hint] = [asks.question, say("ask-of", { who: asks.ask_of })];
    if (asks.yes_or_no) {
      const three = [["yes", say("answer-yes")], ["no", say("answer-no")], ["unknown", say("answer-unknown")]];
      body = make("div", { class: "row" }, ...three.map(([value, text]) =>
        make("button", { type: "button", value, click: () => next([[asks.field, value]]) }, text)));
    } else if (asks.choices.length > 0) {
      body = buttons(asks.field, [...asks.choices, unknown]);
    } else {
      const number = make("input", { id: "number", type: "number", min: "0", step: "1", required: true, inputmode: "numeric" });
      const submit = (event) => { event.preventDefault(); next([[asks.field, number.value]]); };
      body = make("form", { submit }, make("label", { for: "number" }, asks.unit ?? ""), number,
        make("p", {}, make("button", { type: "submit", class: "main" }, say("gate-continue"))));
    }
  }
  const standing = answered.said.map((one) => make("li", {}, `${one.question} `, make("strong", {}, say(`outcome-${one.word}`))));
  show(make("h1", {}, title), make("p", { class: "quiet" }, hint),
    make("ul", { class: "standing", "aria-label": say("gate-so-far") }, ...standing), body,
    make("p", {}, make("button", { type: "button", click: () => go({ kind: "step", given: { fields, answer: true } }) },
      say("gate-answer-now"), make("small", {}, say("gate-answer-now-hint")))),
    make("p", {}, make("button", { type: "button", click: () => history.back() }, say("guide-step-back"))));
}

function whom(me) {
  const posts = (me?.posts ?? []).flatMap(([what, who]) => [make("dt", {}, what), make("dd", {}, who)]);
  return [make("h2", {}, say("call-title")), make("dl", { class: "posts" }, ...posts)];
}

/** What is said: barred, or ask counsel; what to say and do; and the form that keeps it. `item` is what was in it before. */
function answer(me, answered, item) {
  const outcomes = answered.said.map((one) => make("div", { class: `outcome ${one.said}`, "data-act": one.act, "data-said": one.said },
    make("p", {}, one.question), make("strong", {}, say(`outcome-${one.word}`)), make("p", {}, say(`outcome-${one.word}-means`)),
    ...one.because.map((why) => make("p", {}, `${why.citation}: ${why.plain}`))));
  const sentence = (part) => {
    const exact = `${part}-${answered.family}-${answered.end}`;
    const plain = `${part}-${answered.said.every((one) => one.said === "barred") ? "barred" : answered.end.replace("-no-paper", "")}`;
    return say(said.has(exact) ? exact : plain);
  };
  const lines = (part) => sentence(part).split("\n").map((line) => make("p", {}, line));
  const goOn = () => go({ kind: "step", given: { fields: [...answered.fields, ["further", "yes"]] } });
  show(make("h1", {}, say("answer-title")), ...outcomes,
    answered.read_until ? make("p", { class: "banner", role: "note" }, say("read-until", { day: answered.read_until })) : null,
    make("h2", {}, say("say-title")), make("p", { class: "say" }, sentence("say")),
    make("h2", {}, say("do-title")), ...lines("do"),
    make("h2", {}, say("do-not-title")), ...lines("do-not"),
    ...whom(me),
    answered.further && !item ? make("p", {}, make("button", { type: "button", click: goOn }, say("gate-go-on"), make("small", {}, say("gate-go-on-hint")))) : null,
    make("h2", { id: "record-title" }, say("record-title")), make("p", {}, say("guide-record-why")),
    form(me, answered, item), again());
}

/** The form that records, filled in with what is known. */
function form(me, answered, item) {
  const { record } = answered;
  const parts = document.getElementById("record").content.cloneNode(true);
  const named = (name) => Array.from(parts.querySelectorAll(`[name="${name}"]`));
  // As at the desk: what is asked for comes first only where it is asked for.
  if (!record.about_a_person && record.information.length === 0) parts.querySelector("details").append(parts.getElementById("information"));
  if (!record.detainer) parts.getElementById("detainer").remove();
  for (const day of [...named("received"), ...named("lodged")]) day.max = today();
  const began = item ? item.fields : [
    ...record.information.map((word) => ["information", word]), ["received", today()],
    ...(record.requester ? [["requester", record.requester]] : []),
  ];
  for (const [name, value] of began) {
    for (const field of named(name)) {
      if (field.type === "checkbox") field.checked ||= field.value === value;
      else field.value = value;
    }
  }
  const fault = make("p", { class: "error", role: "alert", hidden: true });
  const submit = async (event) => {
    event.preventDefault();
    const typed = Array.from(new FormData(event.target)).filter(([, value]) => value !== "");
    if (record.about_a_person && !typed.some(([name]) => name === "information")) {
      fault.textContent = say("record-information-missing");
      fault.hidden = false;
      return;
    }
    // Who asked is a question of law too: with it the guide may have to say something else.
    const requester = typed.filter(([name]) => name === "requester");
    const question = [...answered.fields.filter(([name]) => name !== "requester" && name !== "agency"), ...requester];
    const taken = item && item.at <= minute() ? item : { at: minute(), standing: standing(me) };
    const id = item?.id ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    try {
      const last = ask(19, { agency: me.agency, start: null, fields: question, answer: true, standing: taken.standing });
      const says = last.said.map(({ act, said: what }) => ({ act, said: what }));
      const kept = {
        id, member: me.member, agency: me.agency, site: siteOf(me), at: taken.at, pack: last.pack.sha256, standing: taken.standing, said: says,
        fields: [...question, ...typed.filter(([name]) => name !== "requester")],
      };
      if (!item && JSON.stringify(says) !== JSON.stringify(answered.said.map(({ act, said: what }) => ({ act, said: what })))) {
        answer(me, last, kept);
        return tell("told-changed");
      }
      event.target.querySelector("button.main").disabled = true;
      await keep(kept);
    } catch (error) {
      console.error(error);
      fault.textContent = say("guide-not-kept");
      fault.hidden = false;
      return;
    }
    steps = [];
    now = null;
    await go({ kind: "begin" });
    tell("guide-record-told");
    await showKept();
    if (navigator.onLine) await send(id);
  };
  return make("form", { id: "keep", submit }, fault, parts,
    make("p", {}, make("button", { type: "submit", class: "main" }, say("guide-record-button"))));
}

/** Shows what the record refused to the member whose it is, with the form to mend it. It keeps its number. */
async function mend(item) {
  const me = await whoIsSignedIn();
  if (!me || me.member !== item.member) return tell(me ? "guide-other-member" : me === null ? "guide-signed-out" : "guide-no-network");
  const kept = await open(item).catch(() => null);
  if (kept === null) return tell("guide-unreadable");
  // Who was asked is not theirs to mend: it is sent when they act there again.
  if (kept.agency !== me.agency || (kept.site ?? siteOf(me)) !== siteOf(me)) return tell("guide-other-post");
  const form = new Set(Array.from(document.getElementById("record").content.querySelectorAll("[name]"), (field) => field.name));
  try {
    const question = kept.fields.filter(([name]) => name === "requester" || !form.has(name));
    const answered = ask(19, { agency: me.agency, start: null, fields: question, answer: true, standing: standing(me) });
    return answer(me, answered, kept);
  } catch {
    const parts = kept.fields.flatMap(([name, value]) => [make("dt", {}, String(name)), make("dd", {}, String(value))]);
    return show(make("h1", {}, say("guide-mend-title")), make("dl", {}, ...parts), again());
  }
}

// ---- The beginning.

/** The guide's worker; a new version is taken when nobody is in the middle of a question. */
async function install() {
  const policy = globalThis.trustedTypes?.createPolicy("guide-worker", {
    createScriptURL: (url) => { if (url !== "/guide/worker.js") throw new TypeError(url); return url; },
  });
  const url = policy ? policy.createScriptURL("/guide/worker.js") : "/guide/worker.js";
  const registration = await navigator.serviceWorker.register(url, { scope: "/guide/", updateViaCache: "none" });
  const controlled = navigator.serviceWorker.controller !== null;
  const take = () => { if (idle()) registration.waiting?.postMessage("take"); };
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!controlled) return;
    if (idle()) location.reload();
    else renewed = true;
  });
  const watch = () => registration.installing?.addEventListener("statechange", take);
  registration.addEventListener("updatefound", watch);
  // The browser looks for another worker at each opening as well, and may have found it before this page listened.
  watch();
  take();
  addEventListener("online", () => registration.update().catch(() => {}));
  if (controlled) await registration.update().catch(() => {});
}

async function showAge() {
  const me = await stored("about", "me");
  const age = document.getElementById("age");
  age.replaceChildren(me ? say("guide-age", { day: me.day }) : say("guide-never", { day: today() }),
    pack ? ` · ${pack.id} ${pack.version} · ${pack.read_until}` : "");
  age.hidden = false;
}

async function start() {
  await load().catch((error) => console.error(error));
  const me = await whoIsSignedIn();
  if (me) await navigator.storage?.persist?.().catch(() => false);
  await go({ kind: "begin" });
  await Promise.all([showAge(), showKept()]);
  addEventListener("online", () => send().then(showAge));
  if (me) await send();
  else if (me === null && (await all("queue")).length > 0) tell("guide-signed-out");
  await install().catch((error) => console.error(error));
  document.body.dataset.guide = "ready";
}

start();
