// How small a still is made: by its quality, and by a smaller picture only where quality alone does not do.

/** Headers included, so much takes 1 s on a link of 500 kbit/s: the still on the glass is then at most 5 s old, which was measured to fail with 80 KB. */
export const LARGEST_BYTES = 60_000;

/** A still that is smaller than this share of it can be made better. */
const ROOM_LEFT = 0.5;

/** Of the picture's sides, and the encoder's quality, best first. */
const SIZES = /** @type {const} */ ([[1, 0.85], [1, 0.65], [1, 0.45], [1, 0.25], [1, 0.1], [1, 0], [0.75, 0.2], [0.5, 0.2], [0.5, 0]]);

/** Of SIZES: the first one is waited for, and encoding one of a screen in motion too well takes a tenth of a second each time. */
const FIRST = 3;

export class StillSize {
  #at = FIRST;

  /**
   * The best picture that is small enough, looked for from where the last one was; null where even the smallest is too large.
   * @param {(scale: number, quality: number) => Promise<Blob>} encode
   */
  async fit(encode) {
    for (let at = this.#at; at < SIZES.length; at++) {
      const [scale, quality] = SIZES[at];
      const picture = await encode(scale, quality);
      if (picture.size <= LARGEST_BYTES) {
        this.#at = picture.size < ROOM_LEFT * LARGEST_BYTES ? Math.max(0, at - 1) : at;
        return picture;
      }
      if (picture.size > 2 * LARGEST_BYTES && at < SIZES.length - 2) at++;
    }
    return null;
  }
}
