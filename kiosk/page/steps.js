// How much of the picture this display takes: as much as it was told, or less when its own statistics say that its link carries less, for
// then no word may reach it. Only the controller raises it again. Pure: told what the link carries.

/** @typedef {import("./agent_link.js").Step} Step */

/** From the most to the least. */
const STEPS = /** @type {Step[]} */ (["full", "base", "stills", "off"]);

export class Steps {
  #told = /** @type {Step} */ ("full");
  #own = /** @type {Step} */ ("full");
  #isProtected = false;

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
    this.#told = step;
    this.#isProtected = isProtected;
  }

  /** Step down to what the link carries. @param {Step} carried */
  look(carried) {
    if (!this.#isProtected && isLower(carried, this.now)) this.#own = carried;
  }
}

/** @param {Step} one @param {Step} other */
export function isLower(one, other) {
  return STEPS.indexOf(one) > STEPS.indexOf(other);
}

/** @param {Step} one @param {Step} other */
function lowerOf(one, other) {
  return isLower(one, other) ? one : other;
}
