// The stories of photographs of papers: attached on a telephone without script, seen by counsel, by nobody else.
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { CIVIL, DESK, ICE, PAPERS, accessible, at, noSidewaysScroll } from "./stories.mjs";

const shot = async (world, desk, name) => {
  if (world.shots) await desk.page.screenshot({ path: join(world.shots, `${name}.png`), fullPage: true });
};

/** A paper as a telephone photographs it: drawn here, upright on its side (EXIF orientation 6), with a place in its EXIF and a comment. */
export async function paper(browser, words) {
  const page = await browser.newPage();
  const written = await page.evaluate(async (words) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [1200, 900];
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#7a6a55";
    pen.fillRect(0, 0, 1200, 900);
    // Turned by a quarter, as a sensor sees a telephone that is held upright.
    pen.translate(0, 900);
    pen.rotate(-Math.PI / 2);
    pen.fillStyle = "#fdfdf8";
    pen.fillRect(80, 80, 740, 1040);
    pen.fillStyle = "#222";
    pen.font = "44px serif";
    words.forEach((line, number) => pen.fillText(line, 130, 180 + number * 90));
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
    return new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.split(",")[1]);
      reader.readAsDataURL(blob);
    });
  }, words);
  await page.close();
  const jpeg = Buffer.from(written, "base64");
  const segment = (marker, bytes) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length + 2);
    return Buffer.concat([Buffer.from([0xff, marker]), length, bytes]);
  };
  const tiff = Buffer.from("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0 GPS 40.7128 -74.0060", "latin1");
  const exif = segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff]));
  return Buffer.concat([jpeg.subarray(0, 2), exif, segment(0xfe, Buffer.from("at 40.7128 by Maria")), jpeg.subarray(2)]);
}

const file = (name, mimeType, buffer) => ({ name, mimeType, buffer });

/** Answers a detainer with its warrant and records it. */
async function recorded(desk) {
  await desk.tap("An immigration detainer came");
  await desk.answer([["papers", PAPERS("I-200")], ICE, CIVIL, ["", "I cannot know"]]);
  await desk.record();
}

/** What the page's own session gets from an address. */
const fetched = async (desk, path) => {
  const answer = await desk.context.request.get(path);
  return { status: answer.status(), headers: answer.headers(), bytes: await answer.body() };
};

export const photographStories = {
  "on a telephone without script a desk attaches the paper's photograph, and it comes back without its place": async (world) => {
    const desk = await at(world, "DOC", { javaScriptEnabled: false, name: "Photo Clerk" });
    const { page } = desk;
    await recorded(desk);
    await noSidewaysScroll(page, "the recorded request");
    await page.getByRole("link", { name: "Attach a photograph of the paper" }).click();
    assert.equal(new URL(page.url()).hash, "#photographs");
    await page.getByLabel("Which paper do the photographs show?").selectOption({ label: (await page.locator("#photograph-paper option").allInnerTexts()).find((text) => text.includes("I-200")) });
    assert.equal(await page.getByLabel("Take a photograph now").getAttribute("capture"), "environment");
    // A PDF first, under a picture's name and type: the bytes decide, and the page says what to do.
    await page.getByLabel("Or choose photographs that you have").setInputFiles([file("warrant.jpg", "image/jpeg", Buffer.from("%PDF-1.7\n1 0 obj"))]);
    await desk.press(page.getByRole("button", { name: "Attach" }));
    assert.match(await page.getByRole("alert").first().innerText(), /no photograph that can be attached[^]*Nothing was attached[^]*Photograph the paper/);
    const first = await paper(world.browser, ["WARRANT FOR ARREST", "Form I-200", "Signed by an officer"]);
    const second = await paper(world.browser, ["Page two"]);
    await page.getByLabel("Take a photograph now").setInputFiles([file("IMG_2041.jpg", "image/jpeg", first)]);
    await page.getByLabel("Or choose photographs that you have").setInputFiles([file("IMG_2042.jpg", "image/jpeg", second)]);
    await shot(world, desk, "photographs-form");
    await desk.press(page.getByRole("button", { name: "Attach" }));
    assert.match(await page.getByRole("alert").first().innerText(), /Attached, and sealed/);
    assert.equal(await page.locator("ol.photographs > li").count(), 2);
    assert.equal(await page.locator("ol.photographs img").count(), 0, "nothing is opened by itself");
    assert.doesNotMatch(await page.content(), /IMG_204|Maria/);
    const request = new URL(page.url()).pathname;
    await page.getByRole("link", { name: "Show the photographs here" }).click();
    await page.waitForURL("**photographs=shown**");
    await page.waitForLoadState("load");
    const pictures = page.locator("ol.photographs img");
    assert.equal(await pictures.count(), 2);
    const seen = await pictures.evaluateAll((all) => all.map((one) => [one.naturalWidth, one.naturalHeight, one.getBoundingClientRect().width]));
    for (const [wide, high, shown] of seen) assert.ok(wide === 900 && high === 1200 && shown > 200, `upright: ${wide} x ${high}, ${shown} wide`);
    assert.match(await pictures.first().getAttribute("alt"), /^Photograph 1: .*I-200/);
    await noSidewaysScroll(page, "photographs shown");
    await shot(world, desk, "photographs-phone");
    const path = await pictures.first().getAttribute("src");
    const alone = await fetched(desk, new URL(path, world.origin).href);
    assert.equal(alone.status, 200);
    assert.equal(alone.headers["content-type"], "image/jpeg");
    assert.equal(alone.headers["cache-control"], "no-store");
    assert.equal(alone.headers["x-content-type-options"], "nosniff");
    assert.match(alone.headers["content-disposition"], /^inline; filename="en-[0-9a-z]+\.jpeg"$/);
    assert.ok(alone.bytes.length > 5000 && !alone.bytes.includes("40.7128") && !alone.bytes.includes("Maria") && first.includes("40.7128"));
    await page.goto(new URL(path, world.origin).href);
    await shot(world, desk, "photographs-alone");
    await page.goBack();
    await page.locator("summary", { hasText: "Who opened this request" }).click();
    assert.match(await desk.text(), /Photograph opened by Photo Clerk/);
    desk.complaints.length = 0; // the browser's own page for a picture
    await desk.close();
    // What looks for barriers is a script: the same pages once more, at the same size.
    const eyes = await at(world, "DOC");
    for (const [query, where] of [["?told=attached", "photographs attached"], ["?photographs=shown", "photographs shown"]]) {
      await eyes.page.goto(`${world.origin}${request}${query}`);
      await accessible(eyes.page, where);
    }
    await eyes.close();
  },

  "counsel sees the photographs on a desktop and attaches none; another agency finds neither": async (world) => {
    const desk = await at(world, "DOC", { viewport: DESK });
    await recorded(desk);
    const request = new URL(desk.page.url()).pathname;
    await desk.page.getByLabel("Or choose photographs that you have").setInputFiles([file("a.jpg", "image/jpeg", await paper(world.browser, ["DETAINER", "I-247A"]))]);
    await desk.press(desk.page.getByRole("button", { name: "Attach" }));
    await accessible(desk.page, "photographs, desktop");
    const path = await desk.page.locator("ol.photographs a").first().getAttribute("href");
    await desk.close();
    const counsel = await at(world, "DOC", { role: "counsel", viewport: DESK, name: "A. Counsel" });
    await counsel.page.goto(`${world.origin}${request}?photographs=shown`);
    await counsel.page.waitForLoadState("load");
    assert.equal(await counsel.page.locator("ol.photographs img").evaluateAll((all) => all.filter((one) => one.naturalWidth > 0).length), 1);
    assert.equal(await counsel.page.locator("input[type=file]").count(), 0);
    await accessible(counsel.page, "photographs, counsel");
    await noSidewaysScroll(counsel.page, "photographs, counsel");
    await shot(world, counsel, "photographs-counsel");
    await counsel.close();
    const other = await at(world, "NYPD", { role: "counsel", viewport: DESK });
    for (const one of [request, path]) assert.equal((await fetched(other, `${world.origin}${one}`)).status, 404, one);
    await other.close();
  },
};
