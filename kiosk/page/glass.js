// The glass: the presenter's track on the video element, its frames counted, and a copy of the last one once the track is gone.
//
// The element is fed by hand: the SDK would empty it before it tells that a track goes.

/** The copy is dimmed, so it need not be sharp: two megabytes at most, and none while there is a picture. */
const COPY_WIDTH = 960;

export class Glass {
  #video;
  #copy;
  #frameCame;
  #nextFrame = 0;
  #presented = 0;
  #lastFrameAt = /** @type {number | null} */ (null);

  /**
   * @param {HTMLVideoElement} video
   * @param {HTMLCanvasElement} copy lies over it
   * @param {(frame: VideoFrameCallbackMetadata) => void} frameCame
   */
  constructor(video, copy, frameCame) {
    this.#video = video;
    this.#copy = copy;
    this.#frameCame = frameCame;
  }

  /** Frames presented since the track came. */
  get presented() {
    return this.#presented;
  }

  /** When the last of them was; null before the first. */
  get lastFrameAt() {
    return this.#lastFrameAt;
  }

  /** Whether there is something to see, if only the last frame of before. */
  get hasFrame() {
    return this.#presented > 0 || !this.#copy.hidden;
  }

  get width() {
    return this.#video.videoWidth;
  }

  get height() {
    return this.#video.videoHeight;
  }

  /** @param {MediaStreamTrack} track */
  show(track) {
    this.#keepCopy();
    this.#startCount();
    this.#video.srcObject = new MediaStream([track]);
    this.#video.play().catch((error) => console.warn(`the picture does not play: ${error}`));
    this.#countFrames();
  }

  /** The track is gone; its last frame stays. */
  hold() {
    this.#keepCopy();
    this.#empty();
  }

  /** Nothing of the picture stays. */
  clear() {
    this.dropCopy();
    this.#empty();
  }

  /** The picture is there again. */
  dropCopy() {
    this.#copy.hidden = true;
    this.#copy.width = this.#copy.height = 0;
  }

  #keepCopy() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (this.#presented === 0 || width === 0) return;
    const scale = Math.min(1, COPY_WIDTH / width);
    this.#copy.width = Math.round(width * scale);
    this.#copy.height = Math.round(height * scale);
    this.#copy.getContext("2d", { willReadFrequently: true })?.drawImage(this.#video, 0, 0, this.#copy.width, this.#copy.height);
    this.#copy.hidden = false;
  }

  #empty() {
    this.#startCount();
    this.#video.srcObject = null;
  }

  #startCount() {
    this.#video.cancelVideoFrameCallback(this.#nextFrame);
    this.#presented = 0;
    this.#lastFrameAt = null;
  }

  #countFrames() {
    this.#nextFrame = this.#video.requestVideoFrameCallback((_now, frame) => {
      this.#presented++;
      this.#lastFrameAt = performance.now();
      this.#frameCame(frame);
      this.#countFrames();
    });
  }
}
