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
  const response = await fetch(path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(message),
    signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
    ...options,
  }).catch(() => {
    throw new Unreachable();
  });
  const answer = await response.json().catch(() => ({ error: "nonsense", message: `The controller answered ${response.status}.` }));
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
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
