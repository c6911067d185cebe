// Whether a link is cut: nothing came back for too long. Pure: told what has come so far, and when.

/** The media server acknowledges each second's beat and each picture; three missed are no accident. */
const CUT_AFTER_MS = 3000;

export class CutWatch {
  #bytes = -1;
  #since = 0;

  /** @param {number | null} arrivedBytes so far; null: not known @param {number} nowMs */
  look(arrivedBytes, nowMs) {
    if (arrivedBytes === null || arrivedBytes !== this.#bytes) this.#since = nowMs;
    this.#bytes = arrivedBytes ?? -1;
    return nowMs - this.#since >= CUT_AFTER_MS;
  }
}
