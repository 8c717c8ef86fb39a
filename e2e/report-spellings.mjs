// How a secret could stand in what a phone asks, and where it does: what stories of the residents' page look for.
import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { unescapeBuffer } from "node:querystring";

/** The sixteen bytes of a receipt as it is shown: twelve words of BIP 39, or three rows of thirteen digits and two that check them. */
export function receiptBytes(shown, words) {
  if (shown.length === 3) {
    const number = BigInt(shown.map((row) => row.replaceAll(" ", "").slice(0, 13)).join(""));
    return Buffer.from(number.toString(16).padStart(32, "0"), "hex");
  }
  const bits = shown.map((word) => words.indexOf(word).toString(2).padStart(11, "0")).join("");
  const bytes = Buffer.from(bits.slice(0, 128).match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const check = createHash("sha256").update(bytes).digest()[0] >> 4;
  assert.equal(bits.slice(128), check.toString(2).padStart(4, "0"), `no receipt: ${shown}`);
  return bytes;
}

/** Plain, with + for spaces, in hex, and in either base64 wherever it begins in what is encoded. */
function spellings(secret) {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  const inBase64 = [0, 1, 2].flatMap((before) => {
    const whole = Math.floor((before + bytes.length) * 8 / 6);
    const url = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64url").slice(Math.ceil(before * 8 / 6), whole);
    return [url, url.replaceAll("-", "+").replaceAll("_", "/")];
  });
  const plus = typeof secret === "string" ? [secret.replaceAll(" ", "+")] : [];
  return [bytes, hex, hex.toUpperCase(), ...plus, ...inBase64];
}

/** Nothing that was asked says any of these, in address, header or body, as it came or with its %-escapes undone. */
export function assertUnsaid(asked, secrets, what) {
  const looked = secrets.flatMap(spellings);
  if (looked.length === 0) return;
  for (const { url, headers = {}, body = "" } of asked) {
    const plain = Buffer.concat([Buffer.from([url, ...Object.entries(headers).flat(2)].join("\n"), "latin1"), Buffer.from(body)]);
    for (const bytes of [plain, unescapeBuffer(plain.toString("latin1"))]) {
      for (const one of looked) assert.ok(!bytes.includes(one), `${what} is in what was asked of ${url}: ${one}`);
    }
  }
}
