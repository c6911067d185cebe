// The capture: one screen, asked for at the size and rate that the wall is promised.

export const WIDTH = 1920;
export const HEIGHT = 1080;
export const FRAMES_PER_SECOND = 15;

/** The presenter changed their mind: nothing is wrong. */
export class Cancelled extends Error {}

/** The screen cannot be captured, and why. */
export class CannotCapture extends Error {}

/** What keeps this browser from presenting at all, in words; null when nothing does. */
export function whyNot() {
  if (!window.isSecureContext) {
    return "Browsers share screens only from https:// pages or from this same machine (localhost). Open this page by https, or through an ssh tunnel to localhost.";
  }
  if (!navigator.mediaDevices?.getDisplayMedia) {
    return "This browser cannot share a screen; phones and tablets cannot. Use Chrome, Edge or Chromium on a computer.";
  }
  return sendsVp9() ? null : "This browser cannot send VP9 video. Use Chrome, Edge or Chromium 113 or newer.";
}

/** Ask the presenter for a screen. Throws Cancelled or CannotCapture. @returns {Promise<MediaStreamTrack>} */
export async function captureScreen() {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      audio: false,
      video: constraintsAt(FRAMES_PER_SECOND),
    });
    return stream.getVideoTracks()[0];
  } catch (error) {
    throw inWords(error);
  }
}

/** What is asked of the capture. @param {number} framesPerSecond */
export function constraintsAt(framesPerSecond) {
  return {
    width: { ideal: WIDTH, max: WIDTH },
    height: { ideal: HEIGHT, max: HEIGHT },
    frameRate: { ideal: framesPerSecond, max: framesPerSecond },
  };
}

/** @param {unknown} error */
function inWords(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" && !/system/i.test(String(error))) return new Cancelled("Nothing was chosen.");
  if (name === "NotAllowedError") {
    return new CannotCapture("The system does not let this browser record the screen. Allow it in the system's privacy settings.");
  }
  if (name === "NotFoundError") return new CannotCapture("There is no screen to share.");
  if (name === "NotReadableError") return new CannotCapture("The system refused the capture. Close other programs that record the screen, then try again.");
  return new CannotCapture(`The screen could not be captured: ${error instanceof Error ? error.message : error}`);
}

function sendsVp9() {
  const codecs = RTCRtpSender.getCapabilities?.("video")?.codecs ?? [];
  return codecs.some((codec) => codec.mimeType.toLowerCase() === "video/vp9");
}
