// @ts-check

/**
 * One server's value.
 *
 * @typedef {object} Bar
 * @property {string} label
 * @property {number} median - as long as the bar is
 * @property {number} lowest
 * @property {number} highest
 * @property {string} text - the median, as it is written beside the bar
 * @property {"subject" | "peer" | "ceiling"} kind - the kind of server: a `ceiling` is not a real server, but shows the
 *   best possible value
 */

/**
 * Bars with one scale.
 *
 * @typedef {object} Panel
 * @property {string} title
 * @property {readonly Bar[]} bars - at least one
 */

const WIDTH = 760;
const MARGIN = 16;
/** Left edge of the bars. Their labels are before it. */
const BARS_LEFT = 190;
/** Width of the longest bar. Its number is after it. */
const BARS_WIDTH = 480;
const TITLE_HEIGHT = 34;
const ROW_HEIGHT = 26;
const BAR_HEIGHT = 16;
const PANEL_GAP = 14;
const CAPTION_HEIGHT = 24;

/** An image in a page can't know the page's colours, only the reader's preference, so it has its own background. */
const STYLE = `
  .background { fill: #ffffff }
  text { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .caption { font-size: 12px }
  .subject { fill: #0969da }
  .peer { fill: #818b98 }
  .ceiling { fill: none; stroke: #818b98; stroke-dasharray: 4 3 }
  .range { fill: none; stroke: #1f2328 }
  @media (prefers-color-scheme: dark) {
    .background { fill: #0d1117 }
    text { fill: #f0f6fc }
    .subject { fill: #4493f8 }
    .peer { fill: #656c76 }
    .ceiling { stroke: #9198a1 }
    .range { stroke: #f0f6fc }
  }
`;

/**
 * Draws a chart of bars: each as long as the median, with a line from the lowest value to the highest.
 *
 * @param {string} title - for readers who can't see it
 * @param {readonly Panel[]} panels
 * @param {string} caption - date and machine of the measurement
 * @returns {string} SVG
 */
export function drawChart(title, panels, caption) {
  let top = MARGIN;
  const drawn = panels.map((panel) => {
    const text = drawPanel(panel, top);
    top += heightOf(panel) + PANEL_GAP;
    return text;
  });
  const height = top - PANEL_GAP + CAPTION_HEIGHT + MARGIN / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">
<title id="title">${escapeXml(title)}</title>
<desc id="description">${escapeXml(describePanels(panels))}</desc>
<style>${STYLE}</style>
<rect class="background" width="${WIDTH}" height="${height}" rx="6"/>
${drawn.join("\n")}
<text class="caption" x="${MARGIN}" y="${height - MARGIN}">${escapeXml(caption)}</text>
</svg>
`;
}

/**
 * Describes the panels in words, for screen readers.
 *
 * @param {readonly Panel[]} panels
 * @returns {string}
 */
export function describePanels(panels) {
  return panels
    .map(({ title, bars }) => `${title}: ${bars.map(({ label, text }) => `${label} ${text}`).join(", ")}.`)
    .join(" ");
}

/** @param {Panel} panel */
function heightOf({ bars }) {
  return TITLE_HEIGHT + bars.length * ROW_HEIGHT;
}

/**
 * @param {Panel} panel
 * @param {number} top
 * @returns {string}
 */
function drawPanel({ title, bars }, top) {
  const scale = BARS_WIDTH / Math.max(...bars.map(({ highest }) => highest));
  const rows = bars.map((bar, index) => drawBar(bar, top + TITLE_HEIGHT + index * ROW_HEIGHT, scale));
  return [`<text class="title" x="${MARGIN}" y="${top + 16}">${escapeXml(title)}</text>`, ...rows].join("\n");
}

/**
 * @param {Bar} bar
 * @param {number} top
 * @param {number} scale - pixels for 1
 * @returns {string}
 */
function drawBar({ label, median, lowest, highest, text, kind }, top, scale) {
  const end = (/** @type {number} */ value) => round(BARS_LEFT + Math.max(value, 0) * scale);
  const middle = top + BAR_HEIGHT / 2;
  const baseline = top + BAR_HEIGHT - 3;
  const width = round(end(median) - BARS_LEFT);
  return [
    `<text x="${BARS_LEFT - 10}" y="${baseline}" text-anchor="end">${escapeXml(label)}</text>`,
    `<rect class="${kind}" x="${BARS_LEFT}" y="${top}" width="${width}" height="${BAR_HEIGHT}"/>`,
    `<path class="range" d="M${end(lowest)} ${middle - 4}v8m0-4H${end(highest)}m0-4v8"/>`,
    `<text x="${round(end(Math.max(median, highest)) + 8)}" y="${baseline}">${escapeXml(text)}</text>`,
  ].join("\n");
}

/**
 * @param {number} pixels
 * @returns {number} to a tenth
 */
function round(pixels) {
  return Math.round(pixels * 10) / 10;
}

/**
 * @param {string} text
 * @returns {string}
 */
function escapeXml(text) {
  return text.replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;" })[character] ?? "&gt;");
}
