// The QR that leads a phone to the dashboard. It holds the address and nothing else: the pairing code is for whoever reads the screen.

import { encode } from "./vendor/uqr.js";

const SVG = "http://www.w3.org/2000/svg";
const QUIET_ZONE_MODULES = 4; // as ISO/IEC 18004 asks for

/**
 * The modules that are dark, quiet zone included. Level M mends what a glare or a smear hides.
 * @param {string} address
 * @returns {boolean[][]} rows
 */
export function modulesOf(address) {
  return encode(address, { ecc: "M", border: QUIET_ZONE_MODULES }).data;
}

/** @param {string} address @returns {SVGSVGElement} */
export function drawCode(address) {
  const modules = modulesOf(address);
  const drawing = svgElement("svg", { viewBox: `0 0 ${modules.length} ${modules.length}`, role: "img", "aria-label": address });
  drawing.append(svgElement("path", { d: darkPath(modules), "shape-rendering": "crispEdges" }));
  return drawing;
}

/** @param {boolean[][]} modules */
function darkPath(modules) {
  return modules.map((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")).join("")).join("");
}

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} attributes
 */
function svgElement(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
