import assert from "node:assert/strict";
import { test } from "node:test";

import { lumas } from "../../kiosk/page/picture_samples.js";

test("luma weighs the colours as the eye does and leaves transparency out", () => {
  const pixels = [
    [0, 0, 0, 255],
    [255, 255, 255, 255],
    [255, 0, 0, 255],
    [0, 255, 0, 0],
    [0, 0, 255, 255],
  ];
  assert.deepEqual(lumas(new Uint8ClampedArray(pixels.flat())), [0, 255, 76, 150, 29]);
});

test("no pixels, no samples", () => {
  assert.deepEqual(lumas(new Uint8ClampedArray()), []);
});
