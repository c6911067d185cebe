// The elements that a picture is shown on, as far as a page's scripts ask them. What is drawn, the tests with real kiosks look at.

import { Stills } from "../../../kiosk/page/stills.js";

/** A video element without a picture. */
export const noPicture = () => /** @type {any} */ ({ videoWidth: 0, videoHeight: 0, cancelVideoFrameCallback: () => {} });

/** No single pictures, for whoever needs none. */
export const noStills = () => new Stills(noCopy(), () => Promise.reject(new Error("nobody takes stills here")), () => {});

/**
 * Single pictures that are there as soon as they are told of, half a second old.
 * @param {import("node:test").TestContext} context takes away what draws them
 * @param {() => void} shown
 * @param {Partial<import("../../../kiosk/page/stills.js").TakenStill>} [changes]
 */
export function someStills(context, shown, changes = {}) {
  globalThis.createImageBitmap = async () => ({ width: 1280, height: 720, close: () => {} });
  context.after(() => delete globalThis.createImageBitmap);
  const picture = new Blob([new Uint8Array(40_000)]);
  const stills = new ToldStills(
    noCopy(),
    async (known) => {
      if (stills.told === null) throw new Error("there is no still");
      const etag = String(stills.told);
      return { etag, picture: etag === known ? null : picture, ageMs: 500, transferMs: 100, ...changes };
    },
    shown,
  );
  return stills;
}

class ToldStills extends Stills {
  told = /** @type {number | null} */ (null);

  /** @param {number | null} number */
  set newest(number) {
    this.told = number;
    super.newest = number;
  }
}

/** A canvas that nothing was drawn on. */
export const noCopy = () => /** @type {any} */ ({ hidden: true, width: 0, height: 0, getContext: () => ({ drawImage: () => {} }) });

/** A video element whose frames come when a test presents them. */
export function glass() {
  let callback = (/** @type {number} */ _now, /** @type {object} */ _frame) => {};
  const video = {
    videoWidth: 1280,
    videoHeight: 720,
    srcObject: /** @type {object | null} */ (null),
    play: async () => {},
    requestVideoFrameCallback: (next) => (callback = next),
    cancelVideoFrameCallback: () => (callback = () => {}),
    presentFrame: () => callback(0, {}),
  };
  return /** @type {any} */ (video);
}
