// Wires the presenter page.

import { endNotice } from "./end_notice.js";
import { followStream } from "./event_stream.js";
import { Presentation } from "./presentation.js";
import { whyNot } from "./screen_share.js";
import { ShareView } from "./share_view.js";
import { keepTimeBy } from "../../joining/timing.js";
import { WakeLock } from "./wake_lock.js";
import { WallView } from "./wall_view.js";

keepTimeBy(new Worker(new URL("./time_worker.js", import.meta.url)));

const session = /** @type {HTMLSelectElement} */ (document.getElementById("session"));
const presentation = new Presentation();
const wall = new WallView();
const wakeLock = new WakeLock();
const share = new ShareView(presentation.snapshot, {
  share: () => void presentation.start(Number(session.value)),
  stop: () => void presentation.stop(),
  takeOver: (rival) => void presentation.start(Number(session.value), rival),
});

const isLive = () => presentation.snapshot.phase === "live" || presentation.snapshot.phase === "reconnecting";

presentation.addEventListener("change", () => {
  share.show(presentation.snapshot);
  wall.sharing = presentation.snapshot.capture !== null;
  void wakeLock.hold(isLive());
});
presentation.addEventListener("wall", (event) => wall.show(/** @type {CustomEvent} */ (event).detail));

let unfollow = () => {};
function follow() {
  unfollow();
  unfollow = followStream(`/api/presenter/v1/events?session_id=${session.value}`, "status", {
    heard: (status) => {
      wall.show(status);
      void presentation.obey(status.limits);
      presentation.wantStills(status.still_every_ms);
    },
    silent: (words) => wall.showStale(words),
    ended: (refusal) => wall.showEnded(endNotice(refusal)),
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
