// The wire's examples, one of each message.

import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../../wire/examples/", import.meta.url);

export const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));

/** @param {string} name */
export function example(name) {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
}
