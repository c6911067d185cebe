import assert from "node:assert/strict";
import { test } from "node:test";

import { LARGEST_BYTES, StillSize } from "../../presenter_page/js/still_size.js";

/** An encoder whose pictures would be so large without any loss, a sixth of it at the worst quality; what it was asked. @param {number} bytes */
function encoderOf(bytes) {
  const asked = [];
  const encode = async (scale, quality) => {
    asked.push([scale, quality]);
    return new Blob([new Uint8Array(Math.round((bytes * scale * scale * (1 + 5 * quality)) / 6))]);
  };
  return { asked, encode };
}

test("the first one is made fast, and of slides each is better than the last", async () => {
  const { asked, encode } = encoderOf(20_000);
  const size = new StillSize();
  for (let made = 0; made < 5; made++) await size.fit(encode);
  assert.deepEqual(asked, [[1, 0.25], [1, 0.45], [1, 0.65], [1, 0.85], [1, 0.85]]);
});

test("a picture that is too large loses quality first, and its size only where that does not do", async () => {
  const motion = encoderOf(200_000);
  assert.ok((await new StillSize().fit(motion.encode)).size <= LARGEST_BYTES);
  assert.equal(motion.asked.at(-1)[0], 1);
  const noise = encoderOf(1_200_000);
  assert.ok((await new StillSize().fit(noise.encode)).size <= LARGEST_BYTES);
  assert.ok(noise.asked.at(-1)[0] < 1);
});

test("the next one begins where the last one was, and gets better when there is room", async () => {
  const size = new StillSize();
  await size.fit(encoderOf(200_000).encode);
  const again = encoderOf(200_000);
  await size.fit(again.encode);
  assert.equal(again.asked.length, 1);
  const quiet = encoderOf(20_000);
  for (let made = 0; made < 6; made++) await size.fit(quiet.encode);
  assert.deepEqual(quiet.asked.at(-1), [1, 0.85]);
  assert.equal(quiet.asked.length, 6, "one encoding each");
});

test("no still at all where even the smallest is too large", async () => {
  assert.equal(await new StillSize().fit(encoderOf(1e8).encode), null);
});
