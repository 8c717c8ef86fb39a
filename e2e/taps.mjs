// The walk from "what is happening" to the answer, without script: its taps, the drawings of papers, the screen that is printed or taken along.
import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import jsQR from "jsqr";
import { CIVIL, DESK, ICE, PAPERS, accessible, at, noSidewaysScroll } from "./stories.mjs";

const SMALL = { width: 360, height: 640 };
const NO_SCRIPT = { viewport: SMALL, javaScriptEnabled: false };
const SAFE = ["danger", "No"];

/** The nine cases that the desk meets most, each by the shortest honest way: who meets it, what is tapped, what it is told. */
const NINE = [
  ["DOC", "An immigration detainer came", [["release due", "Yes"], ["papers", PAPERS("Form I-200")]], /^No\./],
  ["DOC", "Somebody asks when a person is released", [CIVIL, ICE, ["search show", "Neither"]], /^No\./],
  ["DSS", "Officers want to come in", [SAFE, ["papers", PAPERS("Form I-200")]], /^No\./],
  ["DSS", "Officers want to come in", [SAFE, ["papers", PAPERS("search warrant that is said")]], /^Stop\./],
  ["DOC", "Somebody asks for a screenshot", [CIVIL, ICE, ["search show", "Neither"]], /^No\./],
  ["NYPD", "Somebody asks for an alert", [CIVIL], /^No\./],
  ["DOT", "Somebody asks to use a lot", [CIVIL], /^No\./],
  ["NYPD", "Somebody asks for plate-reader", [CIVIL], /^No\./],
  ["DOE", "Somebody asks about a student", [["papers", PAPERS("no paper")], CIVIL], /^No\./],
  ["DSS", "A subpoena or another paper", [["papers", PAPERS("administrative subpoena")], ICE], /^Stop\./],
];

/** What jsQR reads of a code on the page, drawn anew at four points a module. */
async function readCode(page) {
  const { points, side } = await page.locator("svg.qr").evaluate(async (svg) => {
    const side = Number(svg.getAttribute("viewBox").split(" ")[2]) * 4;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const context = canvas.getContext("2d");
    context.scale(4, 4);
    for (const path of svg.querySelectorAll("path")) { context.fillStyle = path.getAttribute("fill"); context.fill(new Path2D(path.getAttribute("d"))); }
    return { side, points: [...context.getImageData(0, 0, side, side).data] };
  });
  return Buffer.from(jsQR(Uint8ClampedArray.from(points), side, side).binaryData).toString();
}

export const tapStories = {
  "each of the nine common cases is answered in at most five taps on a small phone without script": async (world) => {
    const times = [];
    for (const [agency, situation, answers, expected] of NINE) {
      const desk = await at(world, agency, NO_SCRIPT);
      let began = performance.now();
      desk.press = async (button) => {
        began = performance.now();
        await button.click();
        await desk.page.waitForLoadState("domcontentloaded");
        times.push(performance.now() - began);
      };
      await desk.tap(situation);
      await desk.answer(answers);
      const told = await desk.outcomes();
      assert.ok(told.length > 0 && told.every((text) => expected.test(text)), `${situation}: ${told.join(" | ")}`);
      assert.ok(desk.taps() <= 5, `${situation}: ${desk.taps()} taps`);
      assert.equal(await desk.page.locator("script").count(), 0);
      await noSidewaysScroll(desk.page, situation);
      await desk.close();
    }
    times.sort((one, two) => one - two);
    // Told, and not tested: a machine that is busy says nothing about the page.
    console.log(`        from a tap to the next page: median ${times[times.length >> 1].toFixed(0)} ms, longest ${times.at(-1).toFixed(0)} ms of ${times.length}`);
  },

  "what can be said so far moves with every answer": async (world) => {
    const desk = await at(world, "DOC", NO_SCRIPT);
    await desk.tap("An immigration detainer came");
    assert.equal(await desk.page.locator(".standing li").count(), 2);
    const before = await desk.page.locator(".standing").innerText();
    assert.match(before, /No, not yet/);
    await desk.tap("Yes");
    await desk.check("Form I-200");
    await desk.tap("Continue");
    assert.deepEqual(await desk.outcomes(), ["No. The law bars this.", "No. The law bars this."]);
    await desk.close();
  },

  "the drawings show how to tell papers apart: without script, on a small phone, in the dark, on paper, and in words": async (world) => {
    const desk = await at(world, "DSS", NO_SCRIPT);
    await desk.tap("Officers want to come in");
    await desk.tap("No");
    assert.match(await desk.heading(), /papers/);
    const sheets = desk.page.locator("svg.sheet");
    assert.equal(await sheets.first().isVisible(), false, "they stand behind one line");
    await desk.page.locator("summary", { hasText: "Show me how to tell" }).click();
    assert.equal(await sheets.count(), 8);
    await noSidewaysScroll(desk.page, "drawings");
    for (const sheet of await sheets.all()) {
      const [label, texts] = await sheet.evaluate((svg) => {
        const scale = svg.getBoundingClientRect().width / 320;
        const inside = (text) => { const box = text.getBBox(); return box.x >= (text.matches(".number") ? 10 : 40) && box.x + box.width <= 318; };
        return [svg.getAttribute("aria-label"), [...svg.querySelectorAll("text")].map((text) => [parseFloat(getComputedStyle(text).fontSize) * scale, inside(text)])];
      });
      assert.match(label, /^Drawing: .*signature/);
      for (const [size, inside] of texts) assert.ok(size >= 13 && inside, `${label}: ${size} px, inside: ${inside}`);
    }
    if (world.shots) await desk.page.screenshot({ path: join(world.shots, "tell-phone.png"), fullPage: true });
    await desk.close();
    for (const colorScheme of ["light", "dark"]) {
      const other = await at(world, "DSS", { viewport: DESK, colorScheme });
      await other.page.goto(`${world.origin}/gate/papers`);
      await accessible(other.page, `drawings, ${colorScheme}`);
      await noSidewaysScroll(other.page, `drawings, ${colorScheme}`);
      if (world.shots) {
        await other.page.screenshot({ path: join(world.shots, `tell-${colorScheme}.png`), fullPage: true });
        writeFileSync(join(world.shots, `tell-${colorScheme}.pdf`), await other.page.pdf({ format: "Letter" }));
      }
      await other.close();
    }
  },

  "a court's paper stops the questions for counsel, and the desk can go on": async (world) => {
    const desk = await at(world, "DSS", { viewport: SMALL });
    await desk.tap("Officers want to come in");
    await desk.answer([SAFE, ["papers", PAPERS("search warrant that is said")]]);
    assert.deepEqual(await desk.outcomes(), ["Stop. Counsel reads the paper first."]);
    assert.match(await desk.text(), /I see the paper\. I am calling our counsel now to read it/);
    await accessible(desk.page, "counsel reads first");
    await desk.tap("Go on with the questions");
    assert.equal((await desk.outcomes()).length, 0);
    await desk.close();
  },

  "the answer says four things, fits on one page of paper, and its code says the sentence, the law and the time, and nobody": async (world) => {
    for (const [agency, situation, answers] of [NINE[0], NINE[2], NINE[3]]) {
      const desk = await at(world, agency, { viewport: SMALL, name: "Q. Quiet" });
      await desk.tap(situation);
      await desk.answer(answers);
      for (const title of ["Say this", "Do this", "Do not do this", "Call this person"]) {
        assert.equal(await desk.page.getByRole("heading", { name: title, exact: true }).count(), 1, title);
      }
      await desk.page.locator("summary", { hasText: "show it as a QR code" }).click();
      const read = await readCode(desk.page);
      const said = await desk.page.locator("p.say").innerText();
      assert.ok(read.includes(said), read);
      assert.match(read, /SHA-256 [0-9a-f]{64}, \d{4}-\d\d-\d\d \d\d:\d\d/);
      assert.doesNotMatch(read, /Quiet|Enforcement|DOC|DSS/);
      await accessible(desk.page, "answer");
      await noSidewaysScroll(desk.page, "answer");
      const name = `answer-${agency}-${read.slice(0, 4).trim().replace(/\W/g, "")}`;
      if (world.shots) await desk.page.screenshot({ path: join(world.shots, `${name}.png`), fullPage: true });
      await desk.page.locator("summary", { hasText: "show it as a QR code" }).click();
      const paper = await desk.page.pdf({ format: "Letter" });
      if (world.shots) writeFileSync(join(world.shots, `${name}.pdf`), paper);
      assert.equal(paper.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g).length, 1, `${situation}: one page of paper`);
      await desk.page.emulateMedia({ media: "print" });
      assert.ok(await desk.page.locator("svg.qr").isVisible(), "the code is printed, opened or not");
      assert.ok(!(await desk.page.getByText("Record this request").first().isVisible()), "the form is not printed");
      await desk.close();
    }
  },
};
