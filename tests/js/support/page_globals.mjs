// What a page has and Node has not: an address that relative paths begin at, events of the window, and a network that is there.

const fetchAnywhere = globalThis.fetch;
const pretended = /** @type {Map<string, () => Response>} */ (new Map());
let pageOrigin = /** @type {string | undefined} */ (undefined);
const pageEvents = new EventTarget();

globalThis.addEventListener ??= pageEvents.addEventListener.bind(pageEvents);
globalThis.dispatchEvent ??= pageEvents.dispatchEvent.bind(pageEvents);

Object.defineProperty(globalThis.navigator, "onLine", { value: true, writable: true, configurable: true });

globalThis.fetch = async (path, options) => {
  const url = new URL(path, pageOrigin);
  const answer = pretended.get(url.hostname);
  return answer ? answer() : fetchAnywhere(url, options);
};

/** From now on relative paths lead to `origin`. @param {string} origin */
export function openPageAt(origin) {
  pageOrigin = origin;
}

/** Answer for a host that there is not. @param {string} host @param {() => Response} answer may throw, as fetch does */
export function pretend(host, answer) {
  pretended.set(host, answer);
}
