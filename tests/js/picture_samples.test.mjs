import assert from "node:assert/strict";
import { test } from "node:test";

import { luma, PictureSamples } from "../../kiosk/page/picture_samples.js";

const WATCHED = { readyState: 2, videoWidth: 1280 };

/**
 * Frames of a picture that is red left of the middle and blue right of it.
 * @param {import("node:test").TestContext} context
 * @param {string | null} format
 */
function showFrames(context, format = "I420") {
  const seen = { closed: 0, rects: /** @type {any[]} */ ([]) };
  globalThis.VideoFrame = /** @type {any} */ (
    class {
      format = format;
      displayWidth = 1280;
      displayHeight = 722;
      close() {
        seen.closed++;
      }
      /** @param {Uint8Array} into @param {any} wanted */
      async copyTo(into, wanted) {
        assert.equal(wanted.format, "RGBA");
        seen.rects.push(wanted.rect);
        into.set(Array(4).fill(wanted.rect.x < 640 ? [255, 0, 0, 255] : [0, 0, 255, 255]).flat());
      }
    }
  );
  globalThis.OffscreenCanvas = /** @type {any} */ (
    class {
      getContext = () => ({ drawImage: () => {}, getImageData: () => ({ data: [0, 255, 0, 255] }) });
    }
  );
  context.after(() => ["VideoFrame", "OffscreenCanvas"].forEach((name) => Reflect.deleteProperty(globalThis, name)));
  return seen;
}

test("luma weighs the colours as the eye does and leaves transparency out", () => {
  const pixels = [
    [0, 0, 0, 255],
    [255, 255, 255, 255],
    [255, 0, 0, 255],
    [0, 255, 0, 0],
    [0, 0, 255, 255],
  ];
  assert.deepEqual(pixels.map(luma), [0, 255, 76, 150, 29]);
});

test("the middle of each field is copied out of the frame, which is given back", async (context) => {
  const seen = showFrames(context);
  const row = [76, 76, 76, 29, 29, 29];
  assert.deepEqual(await new PictureSamples(/** @type {any} */ (WATCHED)).take(), Array(6).fill(row).flat());
  assert.deepEqual([seen.rects[0], seen.rects.at(-1)], [
    { x: 106, y: 60, width: 2, height: 2 },
    { x: 1172, y: 660, width: 2, height: 2 },
  ]);
  assert.equal(seen.closed, 1);
});

test("a frame that a graphics card decoded is drawn", async (context) => {
  const seen = showFrames(context, null);
  assert.deepEqual(await new PictureSamples(/** @type {any} */ (WATCHED)).take(), Array(36).fill(150));
  assert.deepEqual([seen.rects, seen.closed], [[], 1]);
});

test("no pixels, no samples", async (context) => {
  const seen = showFrames(context);
  assert.deepEqual(await new PictureSamples(/** @type {any} */ ({ readyState: 0, videoWidth: 0 })).take(), []);
  assert.equal(seen.closed, 0);
});
