import assert from "node:assert/strict";
import { test } from "node:test";

import { luma, PictureSamples } from "../../kiosk/page/picture_samples.js";

const WATCHED = { readyState: 2, videoWidth: 1280 };

/**
 * Frames of a picture that is black left of the middle and white right of it; rows are longer in memory than on the screen.
 * @param {import("node:test").TestContext} context
 * @param {string | null} format
 * @param {boolean | null} fullRange
 */
function showFrames(context, format = "I420", fullRange = false) {
  const [width, height, stride] = [1280, 722, 1344];
  const [black, white] = fullRange ? [0, 255] : [16, 235];
  const seen = { closed: 0, copied: 0, drawn: /** @type {number[][]} */ ([]) };
  globalThis.VideoFrame = /** @type {any} */ (
    class {
      format = format;
      visibleRect = { x: 0, y: 0, width, height };
      colorSpace = { fullRange };
      allocationSize = () => 64 + 1.5 * stride * height;
      close() {
        seen.closed++;
      }
      /** @param {Uint8Array} into */
      async copyTo(into) {
        seen.copied++;
        for (let row = 0; row < height; row++) {
          into.fill(black, 64 + row * stride, 64 + row * stride + width / 2);
          into.fill(white, 64 + row * stride + width / 2, 64 + row * stride + width);
        }
        return [{ offset: 64, stride }];
      }
    }
  );
  globalThis.OffscreenCanvas = /** @type {any} */ (
    class {
      getContext = () => ({
        drawImage: (/** @type {any} */ _, /** @type {number[]} */ ...rect) => seen.drawn.push(rect.slice(0, 4)),
        getImageData: () => ({ data: [0, 255, 0, 255] }),
      });
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

for (const fullRange of [false, true]) {
  test(`a frame is copied once, and given back; its luma is ${fullRange ? "as it is" : "stretched"}`, async (context) => {
    const seen = showFrames(context, "I420", fullRange);
    const row = [0, 0, 0, 255, 255, 255];
    assert.deepEqual(await new PictureSamples(/** @type {any} */ (WATCHED)).take(), Array(6).fill(row).flat());
    assert.deepEqual(seen, { closed: 1, copied: 1, drawn: [] });
  });
}

test("a frame that a graphics card decoded is drawn, the middle of each field", async (context) => {
  const seen = showFrames(context, null);
  assert.deepEqual(await new PictureSamples(/** @type {any} */ (WATCHED)).take(), Array(36).fill(150));
  assert.deepEqual([seen.drawn.length, seen.drawn[0], seen.drawn.at(-1)], [36, [106, 60, 1, 1], [1173, 661, 1, 1]]);
  assert.deepEqual([seen.copied, seen.closed], [0, 1]);
});

test("no pixels, no samples", async (context) => {
  const seen = showFrames(context);
  assert.deepEqual(await new PictureSamples(/** @type {any} */ ({ readyState: 0, videoWidth: 0 })).take(), []);
  assert.equal(seen.closed, 0);
});
