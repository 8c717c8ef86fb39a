// Files for the stories of the residents' page: a photo that tells its place, and the investigator's way to open attachments.
import { createHash, webcrypto } from "node:crypto";

const { subtle } = webcrypto;
const join = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));

/** A JPEG of one gray pixel with EXIF (a place and a name) and a comment. */
export function photoWithPlace() {
  const pixel = Buffer.from("/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q==", "base64");
  const segment = (marker, bytes) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length + 2);
    return Buffer.concat([Buffer.from([0xff, marker]), length, bytes]);
  };
  const exif = Buffer.concat([Buffer.from("Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", "latin1"), Buffer.from("GPS 40.7128 -74.0060 Maria")]);
  const comment = Buffer.from("taken by Maria at 40.7128");
  return Buffer.concat([pixel.subarray(0, 2), segment(0xe1, exif), segment(0xfe, comment), pixel.subarray(2)]);
}

/** The content of an attachment, opened with the key from the report (C2SP chunked-encryption), its padding taken off. */
export async function openChunked(all, { content, key }) {
  const sealed = all.find((bytes) => createHash("sha256").update(bytes).digest("hex") === content);
  if (!sealed) throw new Error("no upload has this name");
  const CONTEXT = Buffer.from("vouchsafe/attachment/v1");
  const LABEL = Buffer.from("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0");
  const salt = sealed.subarray(0, 24);
  const mac = await subtle.importKey("raw", Buffer.from(key, "hex"), { name: "HMAC", hash: "SHA-512" }, false, ["sign"]);
  const block = async (...parts) => new Uint8Array(await subtle.sign("HMAC", mac, join(...parts)));
  const first = await block(LABEL, salt, CONTEXT, [1]);
  const stream = join(first, await block(first, LABEL, salt, CONTEXT, [2]));
  if (!Buffer.from(stream.slice(44, 76)).equals(sealed.subarray(24, 56))) throw new Error("the commitment is another");
  const cipher = await subtle.importKey("raw", stream.slice(0, 32), "AES-GCM", false, ["decrypt"]);
  const plain = [];
  for (let at = 56, chunk = 0; at < sealed.length; at += 16400, chunk += 1) {
    const iv = stream.slice(32, 44);
    const view = new DataView(iv.buffer);
    view.setUint32(8, (view.getUint32(8) ^ chunk) >>> 0);
    plain.push(Buffer.from(await subtle.decrypt({ name: "AES-GCM", iv }, cipher, sealed.subarray(at, at + 16400))));
  }
  const whole = Buffer.concat(plain);
  const length = Number(whole.readBigUInt64BE(1));
  if (whole[0] !== 1 || whole.subarray(9 + length).some((byte) => byte !== 0)) throw new Error("the padding is another");
  return whole.subarray(9, 9 + length);
}
