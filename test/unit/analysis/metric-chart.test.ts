import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { expect, it } from 'vitest';

import { toChart } from '#analysis/metric-chart.ts';

const points = Array.from({ length: 50 }, (_, n) => [n * 60_000, n < 30 ? 1 : 5] as const);
const options = {
  title: 'rate(x[5m])',
  window: { since: 0, until: 3_000_000 },
  onset: 1_800_000,
  changes: [1_800_000],
};
const compared = (labels: Record<string, string>) => [{ series: { name: 'x', labels, points }, base: [] }];

it('draws well-formed SVG with one line per series and the moments of onset and change [metrics:chart:svg]', () => {
  const svg = toChart(compared({ pod: 'a' }), options);
  expect(XMLValidator.validate(svg)).toBe(true);
  const parsed = new XMLParser({ ignoreAttributes: false }).parse(svg) as {
    svg: { path: { '@_stroke-width'?: string }[] };
  };
  expect(parsed.svg.path.filter((path) => path['@_stroke-width'] === '1.5')).toHaveLength(1);
});

it('shows hostile titles and labels as text only [metrics:labels:untrusted]', () => {
  const svg = toChart(compared({ pod: '"><script>alert(1)</script>\u0000\u202E' }), {
    ...options,
    title: '</text><a href="x">',
  });
  expect(XMLValidator.validate(svg)).toBe(true);
  expect(svg).not.toContain('<script');
  expect(svg).not.toContain('<a ');
  expect(svg).not.toMatch(/[\u0000\u202E]/u);
});

it('leaves gaps open', () => {
  const gappy = points.filter((_, n) => n < 10 || n > 20);
  const svg = toChart([{ series: { name: 'x', labels: {}, points: gappy }, base: [] }], options);
  expect(/d="(M[^"]*)" fill="none"/.exec(svg)?.[1]?.match(/M/g)).toHaveLength(2);
});
