// Luma of the decoded picture in a few places, for the window to compare with its own pixels.
//
// The whole frame is copied, at once and as it is. Drawing it instead, if only to a canvas of few pixels, leaves each frame in the
// browser's cache of images: 4 MB a second, until hundreds are full; and each copy of a part in another format leaves 0.6 KB for good.
// A frame that a graphics card decoded can only be drawn.

const GRID = 6;

/** Formats that begin with a byte of luma for each pixel. */
const LUMA_FIRST = ["I420", "I420A", "I422", "I444", "NV12"];

export class PictureSamples {
  #video;
  #bytes = new Uint8Array();
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
      return LUMA_FIRST.includes(frame.format ?? "") ? await this.#copied(frame) : this.#drawn(frame);
    } finally {
      frame.close();
    }
  }

  /** @param {VideoFrame} frame */
  async #copied(frame) {
    const size = frame.allocationSize();
    if (this.#bytes.length !== size) this.#bytes = new Uint8Array(size);
    const [{ offset, stride }] = await frame.copyTo(this.#bytes);
    const isFullRange = frame.colorSpace.fullRange ?? false;
    return middles(frame).map(([x, y]) => shown(this.#bytes[offset + y * stride + x], isFullRange));
  }

  /** @param {VideoFrame} frame */
  #drawn(frame) {
    return middles(frame).map(([x, y]) => {
      this.#context?.drawImage(frame, x, y, 1, 1, 0, 0, 1, 1);
      return luma(this.#context?.getImageData(0, 0, 1, 1).data ?? [0, 0, 0]);
    });
  }
}

/** The middle of each field, row by row. @param {VideoFrame} frame @returns {[number, number][]} */
function middles({ visibleRect }) {
  const { width, height } = visibleRect ?? { width: 0, height: 0 };
  return Array.from({ length: GRID * GRID }, (_, field) => [middle(field % GRID, width), middle(Math.floor(field / GRID), height)]);
}

/** @param {number} field @param {number} length */
function middle(field, length) {
  return Math.floor(((field + 0.5) * length) / GRID);
}

/** Luma as it is shown: video keeps black at 16 and white at 235, unless it says otherwise. @param {number} kept @param {boolean} isFullRange */
function shown(kept, isFullRange) {
  return isFullRange ? kept : Math.min(255, Math.max(0, Math.round(((kept - 16) * 255) / 219)));
}

/** Of a pixel. @param {ArrayLike<number>} pixel red, green, blue, 0 to 255 each */
export function luma(pixel) {
  return Math.round(0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]);
}
