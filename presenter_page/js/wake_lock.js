// Keeps the presenter's machine awake while it is live, where the browser can.

export class WakeLock {
  #sentinel = /** @type {WakeLockSentinel | null} */ (null);

  /** @param {boolean} isWanted */
  async hold(isWanted) {
    if (!isWanted) {
      await this.#sentinel?.release();
      this.#sentinel = null;
    } else if (this.#sentinel === null && document.visibilityState === "visible" && "wakeLock" in navigator) {
      try {
        this.#sentinel = await navigator.wakeLock.request("screen");
        this.#sentinel.addEventListener("release", () => (this.#sentinel = null));
      } catch (error) {
        console.info(`the machine may fall asleep: ${error}`);
      }
    }
  }
}
