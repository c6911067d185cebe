// What the page asks of the controller.

/** The controller said no, in words for the presenter. */
export class Refusal extends Error {
  /** @param {number} status @param {{error: string, message: string, details?: Record<string, string>}} answer */
  constructor(status, answer) {
    super(answer.message);
    this.status = status;
    this.code = answer.error;
    this.details = answer.details ?? {};
  }

  /** Whether the same may succeed later without anybody doing anything. */
  get mayPass() {
    return this.status >= 500 || this.status === 429;
  }
}

/** The controller could not be reached. */
export class Unreachable extends Error {
  constructor() {
    super("The controller cannot be reached.");
  }
}

const ANSWERS_WITHIN_MS = 4000;

/**
 * Send a message and read the answer. Throws Refusal or Unreachable.
 * @param {"POST" | "PUT" | "DELETE"} method
 * @param {string} path
 * @param {object} message
 * @param {{keepalive?: boolean}} [options] keepalive: also when the page is just being closed
 */
export async function ask(method, path, message, options = {}) {
  const headers = { "Content-Type": "application/json" };
  const response = await request(path, { method, headers, body: JSON.stringify(message), ...options });
  return answerOf(response);
}

/**
 * Send a picture. Throws Refusal or Unreachable.
 * @param {string} path
 * @param {Blob} picture
 * @param {Record<string, string>} headers
 */
export async function sendPicture(path, picture, headers) {
  await request(path, { method: "POST", headers: { "Content-Type": picture.type, ...headers }, body: picture });
}

/** @param {string} path @param {RequestInit} init */
async function request(path, init) {
  const response = await fetch(path, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS), ...init }).catch(() => {
    throw new Unreachable();
  });
  if (!response.ok) throw new Refusal(response.status, await answerOf(response));
  return response;
}

/** @param {Response} response */
function answerOf(response) {
  return response.json().catch(() => ({ error: "nonsense", message: `The controller answered ${response.status}.` }));
}

/**
 * Why a stream is not opened; null when it would be, or when nobody answers.
 * @param {string} path
 * @returns {Promise<Refusal | null>}
 */
export async function refusalAt(path) {
  const asking = new AbortController();
  try {
    const response = await fetch(path, { signal: AbortSignal.any([asking.signal, AbortSignal.timeout(ANSWERS_WITHIN_MS)]) });
    return response.ok ? null : new Refusal(response.status, await response.json());
  } catch {
    return null;
  } finally {
    asking.abort();
  }
}
