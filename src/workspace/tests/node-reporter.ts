import { writeInside } from './originals.ts';

/**
 * A reporter for `node --test`: node's own JUnit, and below it the files whose tests were begun and never summed up. Node says so in its
 * events only: a file that ends itself with `process.exit(0)` after some of its tests passed is nowhere else told from one that ended
 * well. A release that sums up no files (before 22) is judged by tests that were announced and never finished.
 */
const source = `
import { resolve } from 'node:path';
import { junit } from 'node:test/reporters';
const files = new Map();
let summed = false;
function look({ type, data: { file, name } }) {
  if (!file) { summed ||= type === 'test:summary'; return; }
  if (!files.has(file)) files.set(file, { own: false, begun: false, ended: false, open: 0 });
  const seen = files.get(file);
  if (type === 'test:summary') seen.ended = true;
  else if (file === resolve(name ?? '')) seen.own = true;
  else if (type === 'test:enqueue') { seen.begun = true; seen.open += 1; }
  else if (type === 'test:pass' || type === 'test:fail') { seen.begun = true; seen.open -= 1; }
}
async function* looking(events) { for await (const event of events) { look(event); yield event; } }
export default async function* (events) {
  yield* junit(looking(events));
  const open = [...files].filter(([, { own, begun, ended, open }]) => own && begun && (summed ? !ended : open > 0));
  const names = encodeURIComponent(JSON.stringify(open.map(([file]) => file)));
  yield '<!-- unfinished ' + names.replaceAll('-', '%2D') + ' -->\\n';
}
`;

/** Where it lies in the suite's folder while tests run: linters and formatters pass dependencies over. */
const REPORTER = 'node_modules/.fixgate/node-reporter.mjs';

/** As node takes a reporter of the working folder. */
export const nodeReporter = `./${REPORTER}`;

/** Puts the reporter where a command looks for it, whatever the repository has in its place. */
export async function placeNodeReporter(folder: string, argv: readonly string[]): Promise<void> {
  if (!argv.includes(`--test-reporter=${nodeReporter}`)) return;
  await writeInside(folder, [{ path: REPORTER, content: Buffer.from(source.trimStart()), mode: 0o644 }]);
}

/** The files that the reporter names below a report; undefined when another reporter wrote it. */
export function unfinishedFiles(report: string): readonly string[] | undefined {
  const names = /<\/testsuites>\s*<!-- unfinished (\S{1,1000000}) -->\s*$/.exec(report)?.[1];
  if (names === undefined) return undefined;
  const files: unknown = JSON.parse(decodeURIComponent(names));
  return Array.isArray(files) ? files.filter((each) => typeof each === 'string') : [];
}
