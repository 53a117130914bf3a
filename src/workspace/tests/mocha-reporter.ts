import { join } from 'node:path';

import { writeInside } from './originals.ts';

/**
 * A reporter for mocha: JSON in a file, in the shape of mocha's own, and what mocha prints for people. Mocha's JSON reporter prints
 * nothing beside its file, so that nothing would contradict a report that a test wrote itself; and before release 9.2 it knows no file.
 */
const source = `
'use strict';
const { writeFileSync } = require('fs');
const { resolve } = require('path');
const write = process.stdout.write.bind(process.stdout);
const print = (line) => write(line + '\\n');
const now = Date.now;
function show(value) {
  if (typeof value === 'string' || value === undefined) return value;
  try { return JSON.stringify(value); } catch { return String(value); }
}
function toCase(test) {
  return { fullTitle: test.fullTitle(), file: test.file, duration: test.duration };
}
function toError(thrown) {
  const { message, stack, expected, actual } = Object(thrown);
  return { message: show(message === undefined ? thrown : message), stack: show(stack), expected: show(expected), actual: show(actual) };
}
module.exports = function (runner, options) {
  const report = resolve(options.reporterOptions.output);
  const [passes, failures, pending] = [[], [], []];
  const start = now();
  runner.on('pass', (test) => { passes.push(toCase(test)); print('  ✓ ' + test.fullTitle()); });
  runner.on('pending', (test) => { pending.push(toCase(test)); print('  - ' + test.fullTitle()); });
  runner.on('fail', (test, thrown) => {
    failures.push({ ...toCase(test), err: toError(thrown) });
    print('  ' + failures.length + ') ' + test.fullTitle());
  });
  runner.on('end', () => {
    writeFileSync(report, JSON.stringify({ passes, failures, pending }));
    print('\\n  ' + passes.length + ' passing (' + (now() - start) + 'ms)');
    if (pending.length > 0) print('  ' + pending.length + ' pending');
    if (failures.length > 0) print('  ' + failures.length + ' failing');
  });
};
`;

const REPORTER = 'node_modules/.fixgate/mocha-reporter.cjs';

/** The option by which a plan asks for the reporter. */
export const mochaReporter = `--reporter=./${REPORTER}`;

/** Puts the reporter where it is looked for, and names it by its whole path: releases before 4 look for no other. */
export async function placeMochaReporter(folder: string, argv: readonly string[]): Promise<readonly string[]> {
  if (!argv.includes(mochaReporter)) return argv;
  await writeInside(folder, [{ path: REPORTER, content: Buffer.from(source.trimStart()), mode: 0o644 }]);
  return argv.map((word) => (word === mochaReporter ? `--reporter=${join(folder, REPORTER)}` : word));
}
