// The residents' modules and their twins, asked in Node what the Rust tests asked natively: the same tests, byte for byte.
//
// node e2e/modules.mjs MODULES VECTORS, where MODULES is the folder that `cargo xtask web` fills, and VECTORS the one in which
// `VOUCHSAFE_VECTORS=… cargo test -p web` wrote down what its tests asked and were answered (crates/web/tests/it/tape.rs). What is
// counted are tests, each once in each program; a test passes if all that it asked is answered there as it was natively.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const [MODULES = "target/xtask/modules", VECTORS = "target/xtask/vectors"] = process.argv.slice(2);

// What a phone that only sends does not have (`web::calls`, the feature `back`).
const ONLY_BACK = [3, 4, 5, 8, 10, 15];
// The call that begins a hash: whatever asked it has a module of its own, since the module remembers.
const BEGINS = 11;
const NO_CALL = 2;
// More than there are.
const CALLS = 64;

const lines = (name) => readFileSync(join(VECTORS, name), "utf8").trim().split("\n").map((line) => JSON.parse(line));
const bytes = (hex) => Buffer.from(hex, "hex");

function grouped(vectors, by) {
  const groups = new Map();
  for (const vector of vectors) groups.set(by(vector), [...(groups.get(by(vector)) ?? []), vector]);
  return groups;
}

let passed = 0;
let failed = 0;
function count(what, broken) {
  if (broken === null) passed += 1;
  else failed += 1;
  if (broken !== null) console.error(`${what}: ${broken}`);
}

// As `glue.js` loads them: an instance of the module, or what the classic script `twin` gives. The script is run anew for each:
// what wasm2js writes has one memory a script, not one a call of `twin`, and a worker of the page calls it once.
const PROGRAMS = {
  wasm: (name) => {
    const module = new WebAssembly.Module(readFileSync(join(MODULES, `${name}.wasm`)));
    return (imports) => new WebAssembly.Instance(module, imports).exports;
  },
  twin: (name) => {
    const script = new Function(`${readFileSync(join(MODULES, `${name}.twin.js`), "utf8")}\nreturn twin;`);
    return (imports) => script()(imports);
  },
};

function answer(module, fault) {
  const at = module.out_ptr();
  return { fault, out: Buffer.from(new Uint8Array(module.memory.buffer).slice(at, at + module.out_len())).toString("hex") };
}

function call(module, number, input) {
  const at = module.alloc(input.length);
  new Uint8Array(module.memory.buffer).set(input, at);
  return answer(module, module.call(number, at, input.length));
}

// The page's file: the beginning of it that was read, and its whole length.
function cleaner(begin) {
  let known;
  const read_at = (high, low, to, length) => {
    const offset = (high >>> 0) * 4294967296 + (low >>> 0);
    if (offset + length > known.length) return 0;
    new Uint8Array(module.memory.buffer).set(known.subarray(offset, offset + length), to >>> 0);
    return 1;
  };
  const module = begin({ page: { read_at } });
  return ({ read, len }) => {
    known = bytes(read);
    return answer(module, module.clean(Math.floor(len / 4294967296), len >>> 0));
  };
}

// What is wrong with an answer, or null.
function differs(vector, answered) {
  let said;
  try {
    said = answered();
  } catch (error) {
    return `the module stopped (${error.message ?? error}) where natively the answer was ${vector.fault}`;
  }
  const shown = ({ fault, out }) => `${fault} ${out.length > 80 ? `${out.slice(0, 80)}… (${out.length / 2} bytes)` : out}`;
  return said.fault === vector.fault && said.out === vector.out ? null : `${shown(said)}, natively ${shown(vector)}`;
}

// All that each test asked.
function byTest(what, vectors, ask) {
  for (const [test, questions] of grouped(vectors, (vector) => vector.test)) {
    let broken = null;
    for (const [place, vector] of questions.entries()) {
      broken = differs(vector, () => ask(vector));
      if (broken !== null) { broken = `question ${place} (${vector.call ?? "clean"}): ${broken}`; break; }
    }
    count(`${what}, ${test}`, broken);
  }
}

// A call of which no question was answered or none was refused, or that was asked and is not there; or null. Which calls there
// are the module says itself.
function unasked(begin, vectors) {
  const module = begin({});
  const known = [...Array(CALLS).keys()].filter((number) => call(module, number, new Uint8Array()).fault !== NO_CALL);
  const answered = new Set(vectors.filter((vector) => vector.fault === 0).map((vector) => vector.call));
  const refused = new Set(vectors.filter((vector) => ![0, NO_CALL].includes(vector.fault)).map((vector) => vector.call));
  const without = known.filter((number) => !answered.has(number) || !refused.has(number));
  const absent = [...answered].filter((number) => !known.includes(number));
  if (known.length > 0 && without.length === 0 && absent.length === 0) return null;
  return `without an answer or a refusal: ${without}; not there: ${absent}; there: ${known}`;
}

// Questions share a module, but for those of a state that begins a hash: each such state has its own.
function caller(begin, vectors) {
  const own = new Map(vectors.filter((vector) => vector.call === BEGINS).map((vector) => [vector.state, null]));
  const shared = begin({});
  return ({ state, call: number, input }) => {
    if (own.get(state) === null) own.set(state, begin({}));
    return call(own.get(state) ?? shared, number, bytes(input));
  };
}

// The guide of the desk lies beside them and is asked in `guide.mjs`.
const residents = (name) => name.endsWith(".wasm") && !name.endsWith(".raw.wasm") && name !== "guide.wasm";
const names = readdirSync(MODULES).filter(residents).sort();
count("every module is asked", `${names}` === "back.wasm,card.wasm,media.wasm,report.wasm" ? null : `there are ${names}`);

const asked = readdirSync(VECTORS).flatMap(lines);
const of = (module) => asked.filter((vector) => vector.module === module);
// The calls that each module has, with what was asked of them.
const CALLED = { report: of("back").filter((vector) => !ONLY_BACK.includes(vector.call)), back: of("back"), card: of("card") };
const timed = [];
function time(what, questions, work) {
  const start = performance.now();
  work();
  timed.push(`${what}: ${questions} questions in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
for (const [kind, load] of Object.entries(PROGRAMS)) {
  for (const [name, vectors] of Object.entries(CALLED)) {
    time(`${name}, ${kind}`, vectors.length, () => {
      const begin = load(name);
      count(`${name}, ${kind}, every call is asked`, unasked(begin, vectors));
      byTest(`${name}, ${kind}`, vectors, caller(begin, vectors));
    });
  }
  const [cleaned, refused] = [true, false].map((well) => of("media").some((vector) => (vector.fault === 0) === well));
  count(`media, ${kind}, is asked`, cleaned && refused ? null : `cleaned: ${cleaned}; refused: ${refused}`);
  time(`media, ${kind}`, of("media").length, () => byTest(`media, ${kind}`, of("media"), cleaner(load("media"))));
}
console.log(timed.join("\n"));
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;
