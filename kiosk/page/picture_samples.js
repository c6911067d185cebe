// Luma of the decoded picture in a few places, for the window to compare with its own pixels.
//
// It is copied out of the frame. Drawing the video instead, if only to a canvas of few pixels, leaves each whole frame in the
// browser's cache of images: 4 MB a second, until hundreds are full.

const GRID = 6;

/** Frames keep two by two pixels' colour in one, and only such fields can be copied out of them. */
const FIELD = 2;

export class PictureSamples {
  #video;
  #field = new Uint8Array(4 * FIELD * FIELD);

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
  }

  /**
   * The middle of each field of a 6 x 6 grid, 0 to 255; empty while there is no picture, and where its pixels cannot be had.
   * @returns {Promise<number[]>}
   */
  async take() {
    if (this.#video.readyState < 2 || this.#video.videoWidth === 0) return [];
    const frame = new VideoFrame(this.#video);
    try {
      // a frame that a graphics card decoded has no format
      return frame.format === null ? [] : await this.#lumasOf(frame);
    } finally {
      frame.close();
    }
  }

  /** @param {VideoFrame} frame */
  async #lumasOf(frame) {
    const found = [];
    for (let row = 0; row < GRID; row++) {
      for (let column = 0; column < GRID; column++) {
        const rect = { x: middle(column, frame.displayWidth), y: middle(row, frame.displayHeight), width: FIELD, height: FIELD };
        await frame.copyTo(this.#field, /** @type {VideoFrameCopyToOptions} */ ({ rect, format: "RGBA" }));
        found.push(luma(this.#field));
      }
    }
    return found;
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
