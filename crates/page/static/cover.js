// Covers: black boxes over faces and plates, burnt into a new picture before anything is sent. This script is fetched when the
// reporter asks for it. The picture is held while it is looked at, and let go of afterwards. A box is parts of the picture's
// width and height: `x`, `y`, `w`, `h`, from 0 to 1.
"use strict";
const BOARD_SIDE = 1024;
// The largest canvas that every phone has; a larger photo is made smaller.
const MAX_PIXELS = 16777216;
const SMALLEST = 0.01;
const board = find("#cover-picture");
const sliders = { x: find("#cover-left"), y: find("#cover-top"), w: find("#cover-width"), h: find("#cover-height") };
const limited = (number, from, to) => Math.min(Math.max(number, from), to);
// What is open now: the picture, a small copy to draw on, its boxes, the type of what is made of it, and who waits for it.
let opened = null;
// Nothing changes while the new picture is made: what is seen is what is sent.
const editable = () => opened !== null && !opened.saving;

// An image element turns a photo the way its camera was held, in every browser; `createImageBitmap` does not in older ones.
async function pictureOf(file) {
  const address = URL.createObjectURL(file);
  const picture = new Image();
  picture.src = address;
  try { await picture.decode(); } finally { URL.revokeObjectURL(address); }
  return picture;
}

// Outward to whole pixels, so that no edge of what is covered shows through.
function pixels({ x, y, w, h }, { width, height }) {
  const [left, top] = [Math.floor(x * width), Math.floor(y * height)];
  return [left, top, Math.min(Math.ceil((x + w) * width), width) - left, Math.min(Math.ceil((y + h) * height), height) - top];
}

function paint(canvas, { picture, boxes }) {
  const pen = canvas.getContext("2d");
  // What is transparent looks as on paper.
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  for (const box of boxes) pen.fillRect(...pixels(box, canvas));
  return pen;
}

function sized(canvas, { naturalWidth, naturalHeight }, scale) {
  canvas.width = Math.max(1, Math.floor(naturalWidth * scale));
  canvas.height = Math.max(1, Math.floor(naturalHeight * scale));
  return canvas;
}

function drawBoard() {
  const { boxes } = opened;
  const pen = paint(board, { picture: opened.small, boxes });
  const last = boxes.at(-1);
  if (last) {
    // Two lines, so that one is seen on any picture.
    const [left, top, width, height] = pixels(last, board);
    [pen.lineWidth, pen.strokeStyle] = [6, "#000"];
    pen.strokeRect(left, top, width, height);
    [pen.lineWidth, pen.strokeStyle] = [3, "#ffd400"];
    pen.strokeRect(left, top, width, height);
    for (const [side, slider] of Object.entries(sliders)) slider.value = Math.round(last[side] * 100);
  }
  find("#cover-last").hidden = !last;
  find("#cover-undo").disabled = !last;
  find("#cover-count").textContent = `${say("cover-boxes")}: ${boxes.length}`;
}

// --- Drawing with a finger, a pen or the mouse

let from = null;

function pointed(event) {
  const { left, top, width, height } = board.getBoundingClientRect();
  return [limited((event.clientX - left) / width, 0, 1), limited((event.clientY - top) / height, 0, 1)];
}
function stretched(event) {
  const [x, y] = pointed(event);
  return { x: Math.min(x, from[0]), y: Math.min(y, from[1]), w: Math.abs(x - from[0]), h: Math.abs(y - from[1]) };
}
board.addEventListener("pointerdown", (event) => {
  if (!editable() || !event.isPrimary || event.button !== 0) return;
  from = pointed(event);
  board.setPointerCapture(event.pointerId);
  opened.boxes.push(stretched(event));
});
board.addEventListener("pointermove", (event) => {
  if (from === null || !event.isPrimary) return;
  opened.boxes[opened.boxes.length - 1] = stretched(event);
  drawBoard();
});
function lifted(event, keep) {
  if (from === null || !event.isPrimary) return;
  const box = stretched(event);
  from = null;
  // A tap, or two fingers that make the page larger, draw nothing.
  opened.boxes.pop();
  if (keep && box.w >= SMALLEST && box.h >= SMALLEST) opened.boxes.push(box);
  drawBoard();
}
board.addEventListener("pointerup", (event) => lifted(event, true));
board.addEventListener("pointercancel", (event) => lifted(event, false));

// --- The same without dragging: a box in the middle, and four sliders, which take taps and arrow keys

find("#cover-add").addEventListener("click", () => {
  if (!editable()) return;
  opened.boxes.push({ x: 0.4, y: 0.4, w: 0.2, h: 0.2 });
  drawBoard();
});
find("#cover-undo").addEventListener("click", () => {
  if (!editable()) return;
  opened.boxes.pop();
  drawBoard();
  if (opened.boxes.length === 0) find("#cover-add").focus();
});
for (const [side, slider] of Object.entries(sliders)) {
  slider.addEventListener("input", () => {
    if (!editable()) return;
    // Only this side: the others are not rounded to what their sliders show.
    const box = { ...opened.boxes.at(-1), [side]: Number(slider.value) / 100 };
    const [w, h] = [limited(box.w, SMALLEST, 1), limited(box.h, SMALLEST, 1)];
    opened.boxes[opened.boxes.length - 1] = { x: limited(box.x, 0, 1 - w), y: limited(box.y, 0, 1 - h), w, h };
    drawBoard();
  });
}

// --- The new picture

// Browsers that do not let pages read pictures give other pixels than were painted (Tor Browser), and one without memory
// gives none. So every box is looked at: of a picture whose boxes are not black nothing is sent.
function holds(pen, canvas, boxes) {
  return boxes.every((box) => {
    const [left, top, width, height] = pixels(box, canvas);
    const rows = [top, top + height - 1].map((row) => pen.getImageData(left, row, width, 1).data);
    return rows.every((row) => row.every((value, at) => (at % 4 === 3 ? value > 247 : value < 8)));
  });
}

async function burn({ picture, boxes, type }) {
  const { naturalWidth, naturalHeight } = picture;
  const canvas = sized(document.createElement("canvas"), picture, Math.min(1, Math.sqrt(MAX_PIXELS / (naturalWidth * naturalHeight))));
  const pen = paint(canvas, { picture, boxes });
  try {
    return holds(pen, canvas, boxes) ? await new Promise((resolve) => canvas.toBlob(resolve, type, 0.92)) : null;
  } finally {
    canvas.width = 0;
  }
}

find("#cover-save").addEventListener("click", async () => {
  if (!editable()) return;
  const now = opened;
  now.saving = true;
  from = null;
  now.boxes = now.boxes.filter(({ w, h }) => w >= SMALLEST && h >= SMALLEST);
  find("#cover-count").textContent = say("file-working");
  let blob = null;
  if (now.boxes.length > 0) {
    blob = await burn(now).catch(() => null);
    if (opened !== now) return;
    if (blob === null) {
      now.saving = false;
      find("#cover-error").hidden = false;
      find("#cover-error").focus();
      drawBoard();
      return;
    }
  }
  now.saved({ boxes: now.boxes, blob });
});

// Opens a picture; `saved` gets the boxes, and the new picture if there are any.
async function openCover({ file, type, boxes, saved }) {
  const picture = await pictureOf(file);
  if (picture.naturalWidth === 0 || picture.naturalHeight === 0) throw new Error("a picture without a size");
  opened = { picture, small: document.createElement("canvas"), type, saved, boxes: boxes.map((box) => ({ ...box })), saving: false };
  // A small copy, so that a large photo is not made smaller again at every move of a finger.
  sized(opened.small, picture, BOARD_SIDE / Math.max(picture.naturalWidth, picture.naturalHeight));
  paint(opened.small, { picture, boxes: [] });
  [board.width, board.height] = [opened.small.width, opened.small.height];
  board.setAttribute("aria-label", file.name);
  find("#cover-error").hidden = true;
  drawBoard();
}

function closeCover() {
  if (!opened) return;
  opened.picture.src = "";
  opened.small.width = 0;
  opened = null;
  from = null;
  board.width = 0;
  board.removeAttribute("aria-label");
}
window.addEventListener("vouchsafe-exit", closeCover);
