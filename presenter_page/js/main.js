// Wires the presenter page.

import { Presentation } from "./presentation.js";
import { whyNot } from "./screen_share.js";
import { ShareView } from "./share_view.js";
import { WakeLock } from "./wake_lock.js";
import { followWall } from "./wall_events.js";
import { WallView } from "./wall_view.js";

const session = /** @type {HTMLSelectElement} */ (document.getElementById("session"));
const presentation = new Presentation();
const wall = new WallView();
const wakeLock = new WakeLock();
const share = new ShareView(presentation.snapshot, {
  share: () => void presentation.start(Number(session.value)),
  stop: () => void presentation.stop(),
});

const isSharing = () => presentation.snapshot.capture !== null;
const isLive = () => presentation.snapshot.phase === "live" || presentation.snapshot.phase === "reconnecting";

presentation.addEventListener("change", () => {
  share.show(presentation.snapshot);
  void wakeLock.hold(isLive());
});
presentation.addEventListener("wall", (event) => wall.show(/** @type {CustomEvent} */ (event).detail, isSharing()));

let unfollow = () => {};
function follow() {
  unfollow();
  unfollow = followWall(Number(session.value), {
    status: (status) => wall.show(status, isSharing()),
    silent: () => wall.showStale(),
  });
}
session.addEventListener("change", follow);
follow();

addEventListener("beforeunload", (event) => isLive() && event.preventDefault());
addEventListener("pagehide", () => presentation.leave());

const obstacle = whyNot();
if (obstacle !== null) {
  share.showProblem(obstacle);
  /** @type {HTMLButtonElement} */ (document.getElementById("share")).disabled = true;
}
