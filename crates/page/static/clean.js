// The worker that cleans: from a file to the clean file, made of slices of the old one (`media`). A film is never held.
let file = null;
let reader = null;
let held = new Map();
let missing = null;

// The module asks for bytes. Where a worker can read at once it does; elsewhere (lockdown modes have no FileReaderSync) what is
// missing is noted, read, and the question put again, with what was read before.
const BLOCK = 262144;
const MAX_HELD = 96 * 1048576;

function read(high, low, to, length) {
  const offset = (high >>> 0) * 4294967296 + (low >>> 0);
  to >>>= 0;
  const into = () => new Uint8Array(module.memory.buffer, to, length);
  if (reader) {
    const bytes = reader.readAsArrayBuffer(file.slice(offset, offset + length));
    if (bytes.byteLength !== length) return 0;
    into().set(new Uint8Array(bytes));
    return 1;
  }
  for (let block = Math.floor(offset / BLOCK); block * BLOCK < offset + length; block += 1) {
    if (!held.has(block)) { missing = { from: block, to: Math.floor((offset + length - 1) / BLOCK) }; return 0; }
  }
  for (let at = offset; at < offset + length;) {
    const block = Math.floor(at / BLOCK);
    const part = held.get(block).subarray(at - block * BLOCK, Math.min(BLOCK, offset + length - block * BLOCK));
    if (part.length === 0) return 0;
    new Uint8Array(module.memory.buffer).set(part, to + at - offset);
    at += part.length;
  }
  return 1;
}

async function edits() {
  for (;;) {
    missing = null;
    try {
      return answer(module.clean(Math.floor(file.size / 4294967296), file.size >>> 0));
    } catch (error) {
      if (!(error instanceof Fault) || error.number !== 64 || missing === null) throw error;
      if ((held.size + missing.to - missing.from) * BLOCK > MAX_HELD) throw new Fault(63, new Uint8Array());
      for (let block = missing.from; block <= missing.to; block += 1) {
        if (held.has(block)) continue;
        held.set(block, new Uint8Array(await file.slice(block * BLOCK, (block + 1) * BLOCK).arrayBuffer()));
      }
    }
  }
}

const NOTHING = new Uint8Array(65536);

function build(list) {
  const parts = [];
  for (let at = 0; at < list.length;) {
    const what = list[at];
    const from = number(list.subarray(at + 1, at + 9));
    const length = number(list.subarray(at + 9, at + 17));
    at += 17;
    if (what === 0) parts.push(file.slice(from, from + length));
    if (what === 1) for (let left = length; left > 0; left -= 65536) parts.push(NOTHING.subarray(0, Math.min(left, 65536)));
    if (what === 2) {
      const size = number(list.subarray(at, at + 4));
      parts.push(list.slice(at + 4, at + 4 + size));
      at += 4 + size;
    }
  }
  return new Blob(parts);
}

self.onmessage = async ({ data }) => {
  file = data.file;
  held = new Map();
  try {
    await start("media", data.hashes, { page: { read_at: read } });
  } catch (error) {
    self.postMessage(unready(error));
    return;
  }
  try {
    reader = typeof FileReaderSync === "function" ? new FileReaderSync() : null;
    self.postMessage({ id: data.id, blob: build(await edits()) });
  } catch (error) {
    self.postMessage({ id: data.id, fault: error instanceof Fault ? error.number : 61 });
  }
};
