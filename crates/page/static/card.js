// The worker that draws the code on the card: from the promise to the dark squares of a QR code, as an SVG path.
self.onmessage = async ({ data }) => {
  try {
    await start("card", data.hashes, {});
    const [[side], path] = call(16, data.text);
    self.postMessage({ side, path: text(path) });
  } catch (error) {
    self.postMessage(unready(error));
  }
};
