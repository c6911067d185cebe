// Luma of the decoded picture in a few places, for the window to compare with its own pixels.
//
// It is copied out of the frame. Drawing it instead, if only to a canvas of few pixels, leaves each whole frame in the browser's cache
// of images: 4 MB a second, until hundreds are full. A frame that a graphics card decoded can only be drawn.

const GRID = 6;

/** Frames keep two by two pixels' colour in one, and only such fields can be copied out of them. */
const FIELD = 2;

export class PictureSamples {
  #video;
  #field = new Uint8Array(4 * FIELD * FIELD);
  #context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
  }

  /** The middle of each field of a 6 x 6 grid, 0 to 255; empty while there is no picture. @returns {Promise<number[]>} */
  async take() {
    if (this.#video.readyState < 2 || this.#video.videoWidth === 0) return [];
    const frame = new VideoFrame(this.#video);
    try {
      return await this.#lumasOf(frame);
    } finally {
      frame.close();
    }
  }

  /** @param {VideoFrame} frame */
  async #lumasOf(frame) {
    const found = [];
    for (let row = 0; row < GRID; row++) {
      for (let column = 0; column < GRID; column++) {
        const [x, y] = [middle(column, frame.displayWidth), middle(row, frame.displayHeight)];
        found.push(luma(frame.format === null ? this.#drawn(frame, x, y) : await this.#copied(frame, x, y)));
      }
    }
    return found;
  }

  /** @param {VideoFrame} frame @param {number} x @param {number} y */
  async #copied(frame, x, y) {
    const rect = { x, y, width: FIELD, height: FIELD };
    await frame.copyTo(this.#field, /** @type {VideoFrameCopyToOptions} */ ({ rect, format: "RGBA" }));
    return this.#field;
  }

  /** @param {VideoFrame} frame @param {number} x @param {number} y */
  #drawn(frame, x, y) {
    this.#context?.drawImage(frame, x, y, 1, 1, 0, 0, 1, 1);
    return this.#context?.getImageData(0, 0, 1, 1).data ?? this.#field;
  }
}

/** @param {number} field @param {number} length */
function middle(field, length) {
  const at = Math.floor(((field + 0.5) * length) / GRID);
  return at - (at % FIELD);
}

/** Of a pixel. @param {ArrayLike<number>} pixel red, green, blue, 0 to 255 each */
export function luma(pixel) {
  return Math.round(0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]);
}
