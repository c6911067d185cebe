// Bandwidth drawn: today against its thresholds, and the last 24 hours. What is drawn also stands in words and in a table.

import { areaPath, bitsPerSecond, roundedUp, slots } from "./bandwidth_series.js";
import { element, part } from "./dom.js";
import { gigabytes, megabits, timeWords } from "./words.js";

/** @typedef {import("./snapshot.js").Bandwidth} Bandwidth */
/** @typedef {import("./snapshot.js").BandwidthHistory} History */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 720;
const HEIGHT = 160;
const MINUTES = 5;
const QUARTERS = 4;
const DAY_MS = 86_400_000;

/** A bar of today's bytes, with a mark at each threshold and one where the day is expected to end. @param {Bandwidth} bandwidth */
export function todayBar(bandwidth) {
  const most = Math.max(bandwidth.budget_bytes, bandwidth.used_bytes, 1) * 1.05;
  /** @param {number} bytes */
  const across = (bytes) => (WIDTH * Math.min(most, bytes)) / most;
  const bar = drawing(WIDTH, 24);
  bar.classList.add("plot--bar");
  bar.append(
    shape("rect", "plot-ground", { x: 0, y: 4, width: WIDTH, height: 16 }),
    shape("rect", "plot-expected", { x: 0, y: 4, width: across(bandwidth.forecast.expected_bytes), height: 16 }),
    shape("rect", "plot-sent", { x: 0, y: 4, width: across(bandwidth.used_bytes), height: 16 }),
  );
  for (const bytes of [bandwidth.warn_bytes, bandwidth.critical_bytes, bandwidth.budget_bytes]) {
    bar.append(shape("line", "plot-mark", { x1: across(bytes), x2: across(bytes), y1: 0, y2: 24 }));
  }
  return bar;
}

/** The last 24 hours: what was sent, and before it what was received; under it the time of day. @param {History} history */
export function dayPlot(history) {
  const made = slots(history, MINUTES);
  const sent = made.map((slot) => bitsPerSecond(slot.sent_bytes, MINUTES));
  const received = made.map((slot) => bitsPerSecond(slot.received_bytes, MINUTES));
  const most = roundedUp(Math.max(...sent, ...received));
  const plot = drawing(WIDTH, HEIGHT);
  plot.append(shape("path", "plot-sent", { d: areaPath(sent, most, WIDTH, HEIGHT) }));
  plot.append(shape("path", "plot-received", { d: areaPath(received, most, WIDTH, HEIGHT) }));
  for (let quarter = 1; quarter < QUARTERS; quarter += 1) {
    const x = (WIDTH * quarter) / QUARTERS;
    plot.append(shape("line", "plot-axis", { x1: x, x2: x, y1: 0, y2: HEIGHT }));
  }
  const framed = element("div", "plot-framed");
  framed.append(element("p", "plot-scale quiet", `Up to ${megabits(most)}`), plot, timeAxis(new Date(history.begins)));
  return framed;
}

/** The same by the hour, for whoever does not see a plot, and for whoever wants figures. @param {History} history */
export function showHours(history) {
  const rows = slots(history, 60).map((slot) => row([timeWords(slot.begins), gigabytes(slot.received_bytes), gigabytes(slot.sent_bytes)]));
  part("bandwidth-hours").replaceChildren(...rows.reverse());
  const days = history.days.map((day) => row([day.date, gigabytes(day.received_bytes), gigabytes(day.sent_bytes), gigabytes(day.used_bytes)]));
  part("bandwidth-days").replaceChildren(...days.reverse());
}

/** @param {string[]} texts the first is the row's heading */
export function row(texts) {
  const made = element("tr", "");
  texts.forEach((text, index) => {
    const cell = element(index === 0 ? "th" : "td", "", text);
    if (cell instanceof HTMLTableCellElement && index === 0) cell.scope = "row";
    made.append(cell);
  });
  return made;
}

/** @param {Date} begins */
function timeAxis(begins) {
  const axis = element("p", "plot-times quiet");
  for (let quarter = 0; quarter <= QUARTERS; quarter += 1) {
    axis.append(element("span", "", timeWords(new Date(begins.getTime() + (quarter * DAY_MS) / QUARTERS))));
  }
  return axis;
}

/** @param {number} width @param {number} height */
function drawing(width, height) {
  const svg = shape("svg", "plot", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" });
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

/** @param {string} tag @param {string} name the class @param {Record<string, string | number>} facts */
function shape(tag, name, facts) {
  const made = document.createElementNS(SVG, tag);
  made.setAttribute("class", name);
  for (const [fact, value] of Object.entries(facts)) made.setAttribute(fact, String(value));
  return made;
}
