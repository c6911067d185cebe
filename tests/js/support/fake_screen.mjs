// A browser that lets a page share a screen, as far as a presentation asks it: the capture, the worker's beats, the tab's memory.

/** @param {import("node:test").TestContext} context takes it away */
export function openBrowser(context) {
  const workers = [];
  class Worker extends EventTarget {
    constructor() {
      super();
      workers.push(this);
    }
    terminate() {
      workers.splice(workers.indexOf(this), 1);
    }
  }
  const captured = { getSettings: () => ({ width: 1920, height: 1080 }), applyConstraints: async () => {}, muted: false, stop: () => {} };
  const capture = Object.assign(new EventTarget(), captured);
  const mediaDevices = { getDisplayMedia: async () => ({ getVideoTracks: () => [capture] }) };
  const globals = { Worker, sessionStorage: openTab(), navigator: { mediaDevices, locks: openLocks(), onLine: true } };
  for (const [name, value] of Object.entries(globals)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    context.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
  }
  /** A second passes for the workers. */
  const beat = () => workers.forEach((worker) => worker.dispatchEvent(new Event("message")));
  return { capture, beat };
}

/**
 * A browser that gives pictures of a capture, and workers that encode them.
 * @param {import("node:test").TestContext} context takes it away
 * @param {() => Promise<Blob>} encoded what a worker makes of a picture
 */
export function openDarkroom(context, encoded) {
  const workers = [];
  class ImageCapture {
    grabFrame = async () => ({});
  }
  class Worker extends EventTarget {
    constructor() {
      super();
      workers.push(this);
    }
    async postMessage() {
      const picture = await encoded();
      this.dispatchEvent(Object.assign(new Event("message"), { data: picture }));
    }
    terminate() {
      workers.splice(workers.indexOf(this), 1);
    }
  }
  const globals = { ImageCapture, Worker };
  for (const [name, value] of Object.entries(globals)) globalThis[name] = value;
  context.after(() => Object.keys(globals).forEach((name) => delete globalThis[name]));
  return { workers };
}

/** The Web Locks that all tabs of a browser share, as far as they are asked for with ifAvailable. */
export function openLocks() {
  const held = new Set();
  return {
    async request(name, options, act) {
      if (!options.ifAvailable) throw new Error("this fake knows ifAvailable only");
      if (held.has(name)) return act(null);
      held.add(name);
      try {
        return await act({ name });
      } finally {
        held.delete(name);
      }
    },
  };
}

/** A tab's memory; of another tab, when it is its duplicate. @param {Iterable<[string, string]>} [copied] */
export function openTab(copied = []) {
  const kept = new Map(copied);
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, String(value)),
    removeItem: (key) => void kept.delete(key),
    [Symbol.iterator]: () => kept[Symbol.iterator](),
  };
}
