// Where the tab remembers its last lease, so that a reload may renew it. A new tab remembers none, but a duplicated one copies the
// first tab's memory; so a lease counts only in the tab that holds its Web Lock, which ends with the page.

const KEY = "marquee-lease";

export class LeaseMemory {
  #held = /** @type {string | null} */ (null);
  #letGo = () => {};

  /** The lease to name; null when there is none, or when it is another tab's. */
  async recall() {
    const lease = sessionStorage.getItem(KEY);
    return lease !== null && (await this.#hold(lease)) ? lease : null;
  }

  /** @param {string} lease */
  async remember(lease) {
    sessionStorage.setItem(KEY, lease);
    await this.#hold(lease);
  }

  /** @param {string} lease @returns {Promise<boolean>} whether it is this tab's */
  #hold(lease) {
    if (lease === this.#held) return Promise.resolve(true);
    return new Promise((resolve) => {
      void navigator.locks.request(`${KEY}-${lease}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        if (lock === null) return;
        this.#letGo();
        this.#held = lease;
        return /** @type {Promise<void>} */ (new Promise((letGo) => (this.#letGo = letGo)));
      });
    });
  }
}
