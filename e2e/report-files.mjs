// Files for the stories of the residents' page: a photo that tells its place, and pictures whose four quarters are known.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";

function segment(marker, bytes) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length + 2);
  return Buffer.concat([Buffer.from([0xff, marker]), length, bytes]);
}

/** A JPEG of one gray pixel with EXIF (a place and a name) and a comment. */
export function photoWithPlace() {
  const pixel = Buffer.from("/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q==", "base64");
  const exif = Buffer.concat([Buffer.from("Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", "latin1"), Buffer.from("GPS 40.7128 -74.0060 Maria")]);
  const comment = Buffer.from("taken by Maria at 40.7128");
  return Buffer.concat([pixel.subarray(0, 2), segment(0xe1, exif), segment(0xfe, comment), pixel.subarray(2)]);
}

/** A picture whose quarters are red, green, blue and yellow, as this browser writes it. */
export async function quarters(browser, width, height, type) {
  const page = await browser.newPage();
  const written = await page.evaluate(async ([width, height, type]) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const pen = canvas.getContext("2d");
    [["#f00", 0, 0], ["#0f0", 1, 0], ["#00f", 0, 1], ["#ff0", 1, 1]].forEach(([color, x, y]) => {
      pen.fillStyle = color;
      pen.fillRect(x * width / 2, y * height / 2, width / 2, height / 2);
    });
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, type));
    return new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.split(",")[1]);
      reader.readAsDataURL(blob);
    });
  }, [width, height, type]);
  await page.close();
  return Buffer.from(written, "base64");
}

/** The same JPEG as a camera writes it that was held on its side (EXIF orientation 6: to be turned clockwise). */
export function onItsSide(jpeg) {
  const entry = [0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0];
  const tiff = Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, ...entry, 0, 0, 0, 0]);
  return Buffer.concat([jpeg.subarray(0, 2), segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0"), tiff])), jpeg.subarray(2)]);
}

/** Width, height and the colors at some places (parts of width and height) of a picture, as this browser reads it. */
export async function looked(browser, bytes, places) {
  const page = await browser.newPage();
  const seen = await page.evaluate(async ([bytes, places]) => {
    const data = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([data]));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width, picture.height];
    const pen = canvas.getContext("2d");
    pen.drawImage(picture, 0, 0);
    const colors = places.map(([x, y]) => [...pen.getImageData(Math.floor(x * picture.width), Math.floor(y * picture.height), 1, 1).data].slice(0, 3));
    return { width: picture.width, height: picture.height, colors };
  }, [bytes.toString("base64"), places]);
  await page.close();
  return seen;
}

/** Writes a film of about so many bytes, of noise and a tone, with a place and a name in it, as ffmpeg makes it. */
export function film(path, bytes) {
  const part = `${path}.part.mp4`;
  const ffmpeg = (...words) => execFileSync("ffmpeg", ["-v", "error", "-y", ...words]);
  const place = ["-metadata", "title=Maria at 40.7128", "-metadata", "location=+40.7128-074.0060/"];
  ffmpeg("-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", "640x480", "-framerate", "30", "-i", "/dev/urandom", "-f", "lavfi", "-i", "sine",
    "-c:v", "libx264", "-preset", "ultrafast", "-qp", "10", "-c:a", "aac", "-fs", String(Math.min(bytes, FILM_PART)), ...place, part);
  // What is longer repeats itself, which is copied and not coded.
  ffmpeg("-stream_loop", "-1", "-i", part, "-c", "copy", "-fs", String(bytes), ...place, path);
  rmSync(part);
}
const FILM_PART = 30_000_000;

/** What is seen and heard of a film, as a hash over its coded frames. */
export const frames = (path) => execFileSync("ffmpeg", ["-v", "error", "-i", path, "-map", "0:v", "-map", "0:a", "-c", "copy", "-f", "md5", "-"], { encoding: "utf8" });
