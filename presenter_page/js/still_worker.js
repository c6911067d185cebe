// Makes a WebP picture of what it is sent, small enough for a thin link. In a worker, because encoding takes a tenth of a second.

import { StillSize } from "./still_size.js";

const size = new StillSize();

addEventListener("message", async ({ data: bitmap }) => {
  const picture = await size.fit((scale, quality) => encode(bitmap, scale, quality)).catch(() => null);
  bitmap.close();
  postMessage(picture);
});

/** Opaque: the controller takes plain pictures only. @param {ImageBitmap} bitmap @param {number} scale @param {number} quality */
function encode(bitmap, scale, quality) {
  const canvas = new OffscreenCanvas(Math.round(scale * bitmap.width), Math.round(scale * bitmap.height));
  canvas.getContext("2d", { alpha: false })?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/webp", quality });
}
