// Keeps the presenter's machine awake while it is live, where the browser can.

export class WakeLock {
  #sentinel = /** @type {WakeLockSentinel | null} */ (null);
  #isWanted = false;
  #isAsking = false;

  /** @param {boolean} isWanted */
  async hold(isWanted) {
    this.#isWanted = isWanted;
    if (!isWanted) await this.#sentinel?.release();
    else if (this.#sentinel === null && !this.#isAsking) await this.#ask();
  }

  /** One sentinel at a time: one that is forgotten would keep the machine awake for as long as the tab is visible. */
  async #ask() {
    if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    this.#isAsking = true;
    try {
      const sentinel = await navigator.wakeLock.request("screen");
      this.#sentinel = sentinel;
      sentinel.addEventListener("release", () => (this.#sentinel = null));
      if (!this.#isWanted) await sentinel.release();
    } catch (error) {
      console.info(`the machine may fall asleep: ${error}`);
    } finally {
      this.#isAsking = false;
    }
  }
}
