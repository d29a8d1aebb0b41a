/** A line of a chart. */
export interface ChartLine {
  readonly name: string;
  /** x and y, both above 0. */
  readonly points: readonly (readonly [number, number])[];
}

/** One chart: both axes logarithmic. */
export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly ChartLine[];
}

const WIDTH = 380;
const HEIGHT = 270;
const PLOT = { left: 62, right: 16, top: 34, bottom: 44 };
const COLUMNS = 2;
/** Told apart by colour-blind eyes too, on white and on black (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73'];

/** Draws charts side by side, for light and dark backgrounds. */
export function drawCharts(charts: readonly Chart[]): string {
  const rows = Math.ceil(charts.length / COLUMNS);
  const size = `width="${WIDTH * COLUMNS}" height="${HEIGHT * rows}"`;
  const parts = charts.map((chart, i) => {
    const x = (i % COLUMNS) * WIDTH;
    const y = Math.floor(i / COLUMNS) * HEIGHT;
    return `<g transform="translate(${x} ${y})">\n${drawChart(chart)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${WIDTH * COLUMNS} ${HEIGHT * rows}" role="img">
<title>${charts.map(({ title }) => escaped(title)).join('; ')}</title>
<style>
text { font: 12px sans-serif; fill: #24292f; }
.title { font-weight: bold; font-size: 13px; }
.grid { stroke: #d0d7de; stroke-width: 1; }
.line { fill: none; stroke-width: 2; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .grid { stroke: #3d444d; } }
</style>
${parts.join('\n')}
</svg>
`;
}

function drawChart({ title, xLabel, yLabel, lines }: Chart): string {
  const points = lines.flatMap((line) => line.points);
  const x = axis(
    points.map(([value]) => value),
    [PLOT.left, WIDTH - PLOT.right],
  );
  const y = axis(
    points.map(([, value]) => value),
    [HEIGHT - PLOT.bottom, PLOT.top],
  );
  const middle = (PLOT.top + HEIGHT - PLOT.bottom) / 2;
  return [
    `<text class="title" x="${PLOT.left}" y="18">${escaped(title)}</text>`,
    ...x.ticks.map(
      ({ at, label }) =>
        `<line class="grid" x1="${at}" x2="${at}" y1="${PLOT.top}" y2="${HEIGHT - PLOT.bottom}"/>` +
        `<text x="${at}" y="${HEIGHT - PLOT.bottom + 16}" text-anchor="middle">${label}</text>`,
    ),
    ...y.ticks.map(
      ({ at, label }) =>
        `<line class="grid" x1="${PLOT.left}" x2="${WIDTH - PLOT.right}" y1="${at}" y2="${at}"/>` +
        `<text x="${PLOT.left - 6}" y="${at + 4}" text-anchor="end">${label}</text>`,
    ),
    `<text x="${(PLOT.left + WIDTH - PLOT.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>`,
    ...lines.map((line, i) =>
      drawLine(line, { x: x.place, y: y.place, index: i, of: lines.length }),
    ),
  ].join('\n');
}

interface LinePlace {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly index: number;
  readonly of: number;
}

function drawLine({ name, points }: ChartLine, { x, y, index, of }: LinePlace): string {
  const colour = COLOURS[index % COLOURS.length];
  const places = points.map(([px, py]) => [x(px), y(py)] as const);
  const path = places.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${px} ${py}`).join(' ');
  const dots = places.map(([px, py]) => `<circle cx="${px}" cy="${py}" r="3" fill="${colour}"/>`);
  const legendY = PLOT.top + 14 + index * 15;
  const legend =
    of === 1
      ? ''
      : `<circle cx="${PLOT.left + 10}" cy="${legendY - 4}" r="4" fill="${colour}"/>` +
        `<text x="${PLOT.left + 19}" y="${legendY}">${escaped(name)}</text>`;
  return `<path class="line" stroke="${colour}" d="${path}"/>${dots.join('')}${legend}`;
}

/** Whole powers of ten around the values. */
function axis(values: readonly number[], [from, to]: readonly [number, number]) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const place = (value: number) =>
    Math.round((from + ((Math.log10(value) - low) / (high - low)) * (to - from)) * 10) / 10;
  const powers = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  return { place, ticks: powers.map((power) => ({ at: place(power), label: tickLabel(power) })) };
}

function tickLabel(power: number): string {
  if (power >= 1) return power.toLocaleString('en');
  return power.toFixed(Math.round(-Math.log10(power)));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
