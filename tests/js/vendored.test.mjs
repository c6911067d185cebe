// livekit-client is carried twice, uqr once, unchanged; VENDOR.md says which ones they are.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const FOLDERS = ["kiosk/page/vendor", "controller/web/static/js"];
const PACKAGE = "node_modules/livekit-client";

/** @param {string} path */
const read = (path) => readFileSync(new URL(path, ROOT));

/** @param {Buffer} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

const published = JSON.parse(read(`${PACKAGE}/package.json`).toString());

for (const folder of FOLDERS) {
  const vendored = read(`${folder}/livekit-client.min.js`);
  const told = read(`${folder}/VENDOR.md`).toString();

  test(`${folder} carries the package's own build, unchanged`, () => {
    assert.equal(sha256(vendored), sha256(read(`${PACKAGE}/dist/livekit-client.umd.js`)));
  });

  test(`${folder}/VENDOR.md tells version and sum truthfully`, () => {
    assert.equal(told.match(/`livekit-client` ([\d.]+),/)?.[1], published.version);
    assert.equal(told.match(/sha256 ([0-9a-f]{64})/)?.[1], sha256(vendored));
  });

  test(`${folder} carries the licence`, () => {
    assert.equal(published.license, "Apache-2.0");
    assert.equal(sha256(read(`${folder}/LICENSE.livekit-client`)), sha256(read(`${PACKAGE}/LICENSE`)));
  });
}

test("both copies are the same", () => {
  const [one, other] = FOLDERS.map((folder) => sha256(read(`${folder}/livekit-client.min.js`)));
  assert.equal(one, other);
});

test("the version is the one that package.json pins", () => {
  const { devDependencies } = JSON.parse(read("package.json").toString());
  assert.equal(devDependencies["livekit-client"], published.version);
});

for (const file of ["uqr.js", "uqr.d.ts"]) {
  test(`${file} is the one that VENDOR.md tells`, () => {
    const told = read("kiosk/page/vendor/VENDOR.md").toString();
    assert.equal(sha256(read(`kiosk/page/vendor/${file}`)), told.match(new RegExp(`sha256 ([0-9a-f]{64}) ${file}\\n`))?.[1]);
  });
}

test("uqr comes with its licence", () => {
  assert.match(read("kiosk/page/vendor/LICENSE.uqr").toString(), /^MIT License\n/);
});
