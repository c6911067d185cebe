// How much of the picture this display takes: as much as it was told, or less when its own statistics say that its link chokes, for then
// no word may reach it. Only the controller raises it again. Pure: told the counts, and when.

/** @typedef {import("./agent_link.js").Step} Step */

/** From the most to the least. */
const STEPS = /** @type {Step[]} */ (["full", "base", "stills", "off"]);

/** Part of the encoded frames that a step gives; the others give no frames. */
const FRAMES = { full: 1, base: 0.25 };

/** Over so long it is looked at: a link that lets nothing through is noticed after three. The page joins afresh after six. */
const LOOKED_AT_MS = 5000;

/** Received of the frames that were encoded, below which it chokes. A link of 2 Mbit/s was measured to let none through of 4. */
const CHOKES_BELOW = 0.4;

/** What was encoded in a time of which no beat told is not missed: then everything was away, or nothing was sent. */
const UNTOLD_MS = 2500;

/** Frames a second that the presenter must encode before a missing one means anything. */
const MOVING_FPS = 5;

export class Steps {
  #told = /** @type {Step} */ ("full");
  #own = /** @type {Step} */ ("full");
  #isProtected = false;
  #seen = /** @type {{atMs: number, encoded: number, received: number}[]} */ ([]);
  #toldAt = 0;

  /** What is taken now. A protected display takes everything. @returns {Step} */
  get now() {
    return this.#isProtected ? "full" : lowerOf(this.#told, this.#own);
  }

  /** Whether this display stepped down by itself. */
  get isOwn() {
    return this.now !== this.#told;
  }

  /** The controller's word. It ends an own step that it has taken up, or that it lifts. @param {Step} step @param {boolean} isProtected */
  tell(step, isProtected) {
    if (isLower(this.#told, step) || !isLower(this.#own, step) || isProtected) this.#own = "full";
    if (step !== this.#told || isProtected !== this.#isProtected) this.begin();
    this.#told = step;
    this.#isProtected = isProtected;
  }

  /** Another track came: what was counted before says nothing of it. */
  begin() {
    this.#seen = [];
  }

  /** Step down, if the link chokes. @param {{encoded: number, received: number}} counts @param {number} nowMs */
  look({ encoded, received }, nowMs) {
    const step = this.now;
    if (this.#isProtected || !(step === "full" || step === "base")) return;
    if (encoded !== this.#seen.at(-1)?.encoded) {
      if (nowMs - this.#toldAt > UNTOLD_MS) this.begin();
      this.#toldAt = nowMs;
    }
    this.#seen.push({ atMs: nowMs, encoded, received });
    while (this.#seen.length > 1 && nowMs - this.#seen[1].atMs >= LOOKED_AT_MS) this.#seen.shift();
    if (!chokes(this.#seen, FRAMES[step])) return;
    this.#own = STEPS[STEPS.indexOf(step) + 1];
    this.begin();
  }
}

/** @param {{atMs: number, encoded: number, received: number}[]} seen @param {number} share of the frames */
function chokes(seen, share) {
  const [first, last] = [seen[0], seen[seen.length - 1]];
  const seconds = (last.atMs - first.atMs) / 1000;
  const encoded = last.encoded - first.encoded;
  if (1000 * seconds < LOOKED_AT_MS || encoded < MOVING_FPS * seconds) return false;
  return last.received - first.received < CHOKES_BELOW * share * encoded;
}

/** @param {Step} one @param {Step} other */
function isLower(one, other) {
  return STEPS.indexOf(one) > STEPS.indexOf(other);
}

/** @param {Step} one @param {Step} other */
function lowerOf(one, other) {
  return isLower(one, other) ? one : other;
}
