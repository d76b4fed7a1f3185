/** Writes docs/benchmarks.svg: one bar chart per workload, readable on light and dark pages. */
import * as format from './format.mjs';
import { ratio } from './goals.mjs';
import { WORKLOADS } from './workloads.mjs';

const PANELS = ['seq', 'pipe10', 'pipe100', 'pipe1000', 'burst', 'get1k', 'hgetall', 'lrange'];
const WIDTH = 880;
const COLUMNS = 2;
const GAP = 40;
const PANEL = (WIDTH - GAP * (COLUMNS - 1)) / COLUMNS;
const TOP = 58;
const HEAD = 26;
const ROW = 20;
const LABEL = 138;
const VALUE = 112;

const STYLE = `
  text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #3d444d; }
  .title { font-size: 16px; font-weight: 600; fill: #1f2328; }
  .panel { font-size: 13px; font-weight: 600; fill: #1f2328; }
  .own { font-weight: 600; fill: #1f2328; }
  .bar { fill: #afb8c1; }
  .bar-own { fill: #c2410c; }
  .line { stroke: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    text { fill: #b7bdc8; }
    .title, .panel, .own { fill: #f0f6fc; }
    .bar { fill: #545d68; }
    .bar-own { fill: #fb8b4b; }
    .line { stroke: #3d444d; }
  }`;

const titleOf = workload => WORKLOADS.find(({ name }) => name === workload).title;
const escape = text => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function text(x, y, content, attributes = '') {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escape(content)}</text>`;
}

/** One row: name, bar, rate, and ratio to redis. */
function bar({ name, label, rate, times }, most, x, y) {
  const own = name === 'oxredis';
  const room = PANEL - LABEL - VALUE;
  const length = Math.max(1.5, room * rate / most);
  const kind = own ? 'class="own"' : '';
  return [
    text(x + LABEL - 8, y + 13, label, `text-anchor="end" ${kind}`),
    `<rect class="${own ? 'bar-own' : 'bar'}" x="${(x + LABEL).toFixed(1)}" y="${y + 3}" width="${length.toFixed(1)}" height="${ROW - 7}" rx="2"/>`,
    text(x + LABEL + length + 6, y + 13, `${format.rate(rate)}${times === undefined ? '' : `  (${format.times(times)})`}`, kind)
  ].join('\n');
}

function panel(workload, rows, x, y) {
  const most = Math.max(...rows.map(({ rate }) => rate));
  return [
    `<text x="${x}" y="${y + 13}"><tspan class="panel">${workload}</tspan>  ${escape(titleOf(workload))}</text>`,
    `<line class="line" x1="${x}" y1="${y + 19}" x2="${x + PANEL}" y2="${y + 19}"/>`,
    ...rows.map((row, i) => bar(row, most, x, y + HEAD + i * ROW))
  ].join('\n');
}

function rowsOf(results, workload) {
  const of = results.summary.get(workload);
  return results.contenders.filter(({ name, variant }) => !variant && of?.has(name)).map(({ name, label }) => ({
    name, label: label.replace('auto-pipelining', 'auto-pipe'), rate: of.get(name).rate, times: ratio(of, name, 'redis')
  }));
}

/** Returns the whole picture as text. */
export function svgReport(results) {
  const panels = PANELS.map(workload => ({ workload, rows: rowsOf(results, workload) })).filter(({ rows }) => rows.length > 0);
  const height = HEAD + ROW * Math.max(1, ...panels.map(({ rows }) => rows.length)) + 18;
  const total = TOP + Math.ceil(panels.length / COLUMNS) * height;
  const drawn = panels.map(({ workload, rows }, i) =>
    panel(workload, rows, (i % COLUMNS) * (PANEL + GAP), TOP + Math.floor(i / COLUMNS) * height));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 ${WIDTH + 16} ${total}" width="${WIDTH + 16}" height="${total}" role="img" aria-label="Operations per second of oxredis and its rivals">`,
    `<style>${STYLE}</style>`,
    text(0, 22, 'Operations per second (more is better)', 'class="title"'),
    text(0, 42, `In brackets: ratio to npm redis with default options. ${results.machine.cores} cores, Node.js ${results.machine.node}, loopback.`),
    ...drawn,
    '</svg>', ''
  ].join('\n');
}
