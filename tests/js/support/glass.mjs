// The elements that a picture is shown on, as far as a page's scripts ask them. What is drawn, the tests with real kiosks look at.

/** A video element without a picture. */
export const noPicture = () => /** @type {any} */ ({ videoWidth: 0, videoHeight: 0, cancelVideoFrameCallback: () => {} });

/** A canvas that nothing was drawn on. */
export const noCopy = () => /** @type {any} */ ({ hidden: true, width: 0, height: 0, getContext: () => ({ drawImage: () => {} }) });

/** A video element whose frames come when a test presents them. */
export function glass() {
  let callback = () => {};
  const video = {
    videoWidth: 1280,
    videoHeight: 720,
    srcObject: /** @type {object | null} */ (null),
    play: async () => {},
    requestVideoFrameCallback: (next) => (callback = next),
    cancelVideoFrameCallback: () => (callback = () => {}),
    presentFrame: () => callback(),
  };
  return /** @type {any} */ (video);
}
