// What a page has and Node has not: an address that relative paths begin at, events of the window, and a network that is there.

const fetchAnywhere = globalThis.fetch;
const pageEvents = new EventTarget();

globalThis.addEventListener ??= pageEvents.addEventListener.bind(pageEvents);
globalThis.dispatchEvent ??= pageEvents.dispatchEvent.bind(pageEvents);

Object.defineProperty(globalThis.navigator, "onLine", { value: true, writable: true, configurable: true });

/** From now on relative paths lead to `origin`. @param {string} origin */
export function openPageAt(origin) {
  globalThis.fetch = (path, options) => fetchAnywhere(new URL(path, origin), options);
}
