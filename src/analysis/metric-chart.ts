import type { TimeWindow } from '#domain/evidence.ts';

import type { ComparedSeries } from './metric-summary.ts';

/** What a chart shows beside its lines. Title and labels are untrusted. */
export interface ChartOptions {
  readonly title: string;
  readonly window: TimeWindow;
  /** Where the window that is asked about begins. */
  readonly onset: number;
  /** Moments at which series changed. */
  readonly changes: readonly number[];
}

const WIDTH = 800;
const HEIGHT = 300;
const PLOT = { left: 60, right: 20, top: 30, bottom: 60 };
const COLORS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e', '#17becf'];
const MAX_LINES = COLORS.length;
const MAX_CHARS = 90;
const TICKS = 4;
/** Fewer pixels than the width of the plot: more points would not be seen. */
const MAX_POINTS = 400;

/** A picture of at most six series over time, as SVG without scripts, styles or links; text is escaped. */
export function toChart(compared: readonly ComparedSeries[], options: ChartOptions): string {
  const lines = compared
    .slice(0, MAX_LINES)
    .map(({ series, base }) => ({ series, points: [...base, ...series.points] }));
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const low = Math.min(0, ...values);
  const high = Math.max(...values, low + Number.MIN_VALUE);
  const { since, until } = options.window;
  const x = (at: number) => PLOT.left + ((at - since) / (until - since)) * (WIDTH - PLOT.left - PLOT.right);
  const y = (value: number) =>
    HEIGHT - PLOT.bottom - ((value - low) / (high - low || 1)) * (HEIGHT - PLOT.top - PLOT.bottom);
  const scale = { x, y };
  const parts = [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(PLOT.left, 18, options.title, 13),
    ...grid({ low, high }, options.window, scale),
    ...[...new Set(options.changes)].map((at) => upright(x(at), '#d62728', '4 3')),
    upright(x(options.onset), '#555555', '1 3'),
    ...lines.flatMap(({ series, points }, index) => [
      path(points, scale, COLORS[index] ?? '#000000'),
      legend(series, index),
    ]),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif">${parts.join('')}</svg>`;
}

interface Scale {
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
}

function grid(range: { low: number; high: number }, { since, until }: TimeWindow, { x, y }: Scale): string[] {
  const steps = Array.from({ length: TICKS + 1 }, (_, index) => index / TICKS);
  const values = steps.map((share) => range.low + share * (range.high - range.low));
  const times = steps.map((share) => since + share * (until - since));
  return [
    ...values.map((value) => `<path d="M${PLOT.left} ${px(y(value))}H${WIDTH - PLOT.right}" stroke="#dddddd"/>`),
    ...values.map((value) => text(4, y(value) + 4, String(Number(value.toPrecision(3))), 10)),
    ...times.map((at) => text(x(at) - 22, HEIGHT - PLOT.bottom + 14, new Date(at).toISOString().slice(11, 19), 10)),
  ];
}

function upright(at: number, color: string, dashes: string): string {
  return `<path d="M${px(at)} ${PLOT.top}V${HEIGHT - PLOT.bottom}" stroke="${color}" stroke-dasharray="${dashes}"/>`;
}

function path(points: readonly (readonly [number, number])[], { x, y }: Scale, color: string): string {
  const stride = Math.max(1, Math.ceil(points.length / MAX_POINTS));
  const kept = points.filter((_, index) => index % stride === 0 || index === points.length - 1);
  const step = Math.min(...kept.slice(1).map(([at], index) => at - (kept[index]?.[0] ?? at)));
  const d = kept
    // A gap is left open: what was not measured is not drawn.
    .map(
      ([at, value], index) =>
        `${index > 0 && at - (kept[index - 1]?.[0] ?? at) <= step * 2.5 ? 'L' : 'M'}${px(x(at))} ${px(y(value))}`,
    )
    .join('');
  return `<path d="${d}" fill="none" stroke="${color}" stroke-width="1.5"/>`;
}

function legend({ name, labels }: ComparedSeries['series'], index: number): string {
  const told = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  const left = PLOT.left + (index % 2) * 370;
  const top = HEIGHT - 34 + Math.floor(index / 2) * 13;
  const words = [name, ...told].filter((word) => word !== '').join(' ');
  return `<rect x="${left}" y="${top - 8}" width="8" height="8" fill="${COLORS[index]}"/>${text(left + 12, top, words.slice(0, 58), 10)}`;
}

function text(x: number, y: number, words: string, size: number): string {
  return `<text x="${px(x)}" y="${px(y)}" font-size="${size}">${escape(words)}</text>`;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Only what XML allows, on one line, cut. */
function escape(words: string): string {
  const line = words.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\s]+/gu, ' ').trim();
  const short = line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS).toWellFormed()}…` : line;
  return short.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
