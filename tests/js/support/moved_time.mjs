// Time that passes only when a test says so, for timers and performance.now() alike.

const STEP_MS = 50;

/** @param {import("node:test").TestContext} context gives the real time back */
export function moveTime(context) {
  let now = performance.now();
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  context.mock.method(performance, "now", () => now);

  async function step() {
    now += STEP_MS;
    context.mock.timers.tick(STEP_MS);
    await turn();
  }

  return {
    /** @param {number} ms */
    async pass(ms) {
      for (let passed = 0; passed < ms; passed += STEP_MS) await step();
    },

    /** Let time pass, and the network answer, until something is so. @param {() => unknown} condition @param {string} what */
    passUntil: (condition, what) => until(condition, what, step),
  };
}

/** Let everything run that waits for nothing but its turn. */
export async function turn() {
  for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate);
}

/**
 * Wait, in real time, for what the network brings.
 * @param {() => unknown} condition
 * @param {string} what
 * @param {() => Promise<unknown>} between looks
 */
export async function until(condition, what, between = turn) {
  const deadline = process.hrtime.bigint() + 5_000_000_000n;
  while (!condition()) {
    if (process.hrtime.bigint() > deadline) throw new Error(`not within 5 s: ${what}`);
    await between();
  }
}
