// Today's bytes against the thresholds, where day and month will end, who takes how much, and the last 24 hours.

import { dayPlot, row, showHours, todayBar } from "./bandwidth_plot.js";
import { hasTraffic } from "./bandwidth_series.js";
import { sentence } from "./doubt_view.js";
import { badgeElement, element, factElements, part, setText } from "./dom.js";
import { budgetBadge, costWords, driftWords, forecastWords, gigabytes, megabits, monthWords } from "./words.js";

const HISTORY_EVERY_MS = 60_000;
const ANSWERS_WITHIN_MS = 10_000;
const NOTHING_COUNTED = "No whole minute was counted in these 24 hours yet.";

export class BandwidthView {
  #badge = "";
  #timer = window.setInterval(() => this.#showHistory(), HISTORY_EVERY_MS);

  constructor() {
    this.#showHistory();
  }

  /** @param {import("./snapshot.js").Bandwidth} bandwidth */
  show(bandwidth) {
    setText(part("bandwidth-used"), gigabytes(bandwidth.used_bytes));
    setText(part("bandwidth-message"), bandwidth.message);
    const badge = budgetBadge(bandwidth);
    if (badge.text !== this.#badge) {
      this.#badge = badge.text;
      part("bandwidth-state").replaceChildren(badgeElement(badge));
    }
    part("bandwidth-alarm").hidden = bandwidth.drift.alarm === null;
    if (bandwidth.drift.alarm !== null) setText(part("bandwidth-alarm"), sentence(bandwidth.drift.alarm));
    part("bandwidth-today").replaceChildren(todayBar(bandwidth));
    part("bandwidth-facts").replaceChildren(
      ...factElements([
        ["Now", megabits(bandwidth.rate_bps)],
        ["Received", gigabytes(bandwidth.received_bytes)],
        ["Sent", gigabytes(bandwidth.sent_bytes)],
        ["Warning", gigabytes(bandwidth.warn_bytes)],
        ["Critical", gigabytes(bandwidth.critical_bytes)],
        ["Budget", gigabytes(bandwidth.budget_bytes)],
        ["Expected today", forecastWords(bandwidth.forecast)],
        ["Month", monthWords(bandwidth.month)],
        ["Drift", driftWords(bandwidth.drift)],
        ["One more display", costWords(bandwidth.one_more_display)],
      ]),
    );
    const shares = bandwidth.displays.map((share) => row([share.name, megabits(share.sent_bps), gigabytes(share.today_bytes)]));
    const rest = row(["All else: control traffic, pages, other services", megabits(bandwidth.rest_bps), gigabytes(bandwidth.rest_today_bytes)]);
    part("bandwidth-shares").replaceChildren(...shares, rest);
    for (const id of ["waiting-cost", "approve-cost"]) {
      setText(part(id), `One more display takes ${costWords(bandwidth.one_more_display)}.`);
    }
  }

  close() {
    window.clearInterval(this.#timer);
  }

  async #showHistory() {
    const history = await readHistory();
    part("bandwidth-history-problem").hidden = history !== null;
    if (history === null) return;
    const isCounted = hasTraffic(history);
    part("bandwidth-plot").replaceChildren(isCounted ? dayPlot(history) : element("p", "quiet", NOTHING_COUNTED));
    part("bandwidth-legend").hidden = !isCounted;
    showHours(history);
  }
}

/** @returns {Promise<import("./snapshot.js").BandwidthHistory | null>} null when it cannot be read now */
async function readHistory() {
  const answer = await fetch("/api/admin/bandwidth/history", { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}
