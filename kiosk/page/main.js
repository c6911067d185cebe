// Wires the page: the view comes from the agent by long poll, reports go back each second.

import { AgentLink } from "./agent_link.js";
import { CardView } from "./cards.js";
import { IdentifyView } from "./identify_view.js";
import { PictureSamples } from "./picture_samples.js";
import { StepMark } from "./step_mark.js";
import { StillMark } from "./still_mark.js";
import { Stills } from "./stills.js";
import { Viewer } from "./viewer.js";

const REPORTS_EVERY_MS = 1000;

const video = /** @type {HTMLVideoElement} */ (document.getElementById("picture"));
const agent = new AgentLink(location.hash.slice(1));
const cards = new CardView(/** @type {HTMLElement} */ (document.getElementById("card")));
const mark = new StepMark(/** @type {HTMLElement} */ (document.getElementById("step")));
const identify = new IdentifyView(
  /** @type {HTMLElement} */ (document.getElementById("identify")),
  /** @type {HTMLElement} */ (document.getElementById("identify-name")),
);
const samples = new PictureSamples(video);
const stills = new Stills(canvas("still"), (etag) => agent.still(etag), () => viewer.stillCame());
const viewer = new Viewer(video, canvas("last-frame"), stills, {
  roomToken: () => agent.roomToken(),
  covered: cover,
  stepped: (step, isOwn) => mark.show(step, isOwn),
  changed: () => void report(),
});
const stillMark = new StillMark(/** @type {HTMLElement} */ (document.getElementById("still-mark")), () => stills.ageMs, () => viewer.whyStill);

/** @param {string} id */
function canvas(id) {
  return /** @type {HTMLCanvasElement} */ (document.getElementById(id));
}

/** @param {import("./cover.js").Covering} covering */
function cover(covering) {
  cards.covering = covering;
  stillMark.isShown = covering === "still";
}

/** Tell the agent what stands on the screen. */
async function report() {
  try {
    const isBare = cards.covering === "nothing" && !identify.isShown;
    await agent.report({ viewer: await viewer.report(), samples: isBare ? await samples.take() : [] });
  } catch (error) {
    console.warn(`report not taken: ${error}`);
  }
}

/** Show what the agent says, for as long as the page lives. */
async function followAgent() {
  for await (const view of agent.views()) {
    cards.show(view.card);
    identify.show(view.name, view.identify_for_ms);
    stills.newest = view.newest_still;
    viewer.follow({
      joins: view.joins,
      presenterIdentity: view.presenter_identity,
      presenterPhase: view.presenter_phase,
      step: view.step,
      isProtected: view.is_protected,
    });
  }
  location.reload();
}

setInterval(report, REPORTS_EVERY_MS);
void report();
void followAgent();
