// Luma of the decoded picture in a few places, for the window to compare with its own pixels.

const GRID = 6;

export class PictureSamples {
  #video;
  #canvas = new OffscreenCanvas(GRID, GRID);
  #context;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
    this.#context = this.#canvas.getContext("2d", { willReadFrequently: true });
  }

  /** The middle of each field of a 6 x 6 grid, 0 to 255; empty while there is no picture. @returns {number[]} */
  take() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const context = this.#context;
    if (context === null || this.#video.readyState < 2 || width === 0 || height === 0) return [];
    for (let row = 0; row < GRID; row++) {
      for (let column = 0; column < GRID; column++) {
        const x = Math.floor(((column + 0.5) * width) / GRID);
        const y = Math.floor(((row + 0.5) * height) / GRID);
        context.drawImage(this.#video, x, y, 1, 1, column, row, 1, 1);
      }
    }
    return lumas(context.getImageData(0, 0, GRID, GRID).data);
  }
}

/** @param {Uint8ClampedArray} pixels red, green, blue, alpha @returns {number[]} */
export function lumas(pixels) {
  const found = [];
  for (let at = 0; at < pixels.length; at += 4) {
    found.push(Math.round(0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2]));
  }
  return found;
}
