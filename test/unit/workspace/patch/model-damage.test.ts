import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';

import { outcomeOf, toCases } from './outcomes.ts';
import { patchTexts } from './patching.ts';

const pool = `export class Pool {
  async acquire() {
    const job = this.free.pop() ?? (await connect());
    this.busy.add(job);
    return job;
  }

  release(job) {
    this.busy.delete(job);
    if (this.free.length < this.size) {
      this.free.push(job);
    }
  }

  async close() {
    this.free = [];
  }
}
`;
const files = { 'src/pool.js': pool };
const header = '--- a/src/pool.js\n+++ b/src/pool.js\n';
const change = '-    this.busy.delete(job);\n+    if (!this.busy.delete(job)) return;\n';
const below = '     if (this.free.length < this.size) {\n';
const good = `${header}@@ -8,3 +8,3 @@\n   release(job) {\n${change}${below}`;
const second = '@@ -15,3 +15,3 @@\n   async close() {\n-    this.free = [];\n+    this.free.length = 0;\n   }\n';
const fixed = pool.replace('    this.busy.delete(job);\n', '    if (!this.busy.delete(job)) return;\n');
const both = fixed.replace('this.free = []', 'this.free.length = 0');
const blocks = (search: string, replace: string) =>
  `src/pool.js\n<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n`;

function fixOf(patch: string): string {
  try {
    patchTexts(patch, files);
  } catch (error) {
    if (error instanceof FixgateError) return error.fix;
    throw error;
  }
  return 'applied';
}

describe('a patch as a model damages it', () => {
  it.each(
    toCases(files, [
      ['counts that are all zero', good.replace('-8,3 +8,3', '-0,0 +0,0'), { 'src/pool.js': fixed }],
      ['counts that are far too large', good.replace('-8,3 +8,3', '-8,30 +8,45'), { 'src/pool.js': fixed }],
      [
        'two fences with words around',
        `One:\n\`\`\`diff\n${good}\`\`\`\nTwo:\n\`\`\`diff\n${header}${second}\`\`\`\n.`,
        { 'src/pool.js': both },
      ],
      [
        'a unified body in an envelope',
        `*** Begin Patch\n*** Update File: src/pool.js\n${good.slice(header.length)}*** End Patch`,
        { 'src/pool.js': fixed },
      ],
      ['hunks in the wrong order', `${header}${second}${good.slice(header.length)}`, 'order'],
      ['the same hunk twice', good + good.slice(header.length), 'order'],
      ['an elision in its context', good.replace(' \n', '').replace('   release', ' ...\n   release'), 'not_found'],
      ['a comment that stands for code', good.replace(below, '     // ... rest of the method\n'), 'not_found'],
      ['an elision in SEARCH', blocks('  release(job) {\n    ...\n  }', '  release() {\n    ...\n  }'), 'not_found'],
      ['escapes of HTML', good.replaceAll('<', '&lt;'), 'not_found'],
      [
        'a context line that was wrapped',
        `${header}@@ -3,2 +3,2 @@\n     const job = this.free.pop() ??\n (await connect());\n-    this.busy.add(job);\n+    this.busy.add(job, 1);\n`,
        'not_found',
      ],
      ['a marker for a last line that is not the last', `${good}\\ No newline at end of file\n`, 'not_found'],
      ['a first hunk that is in the tree', good + second, 'already_applied', { 'src/pool.js': fixed }],
      ['a merge of two parents', `diff --cc src/pool.js\n${good.replaceAll('@@', '@@@')}`, 'parse'],
      ['a fence that never ends', `\`\`\`diff\n${good}`, 'parse'],
    ]),
  )('with $name [workspace:patch:damaged]', ({ patch, want, tree }) => {
    expect(outcomeOf(patch, tree)).toEqual(want);
  });

  it.each<[string, string, string]>([
    [
      'the numbers of its lines',
      `${header}@@ @@\n 8|   release(job) {\n-9|     this.busy.delete(job);\n+9|     x();\n`,
      'without the line numbers',
    ],
    [
      'the numbers of cat -n',
      `${header}@@ @@\n      8\t  release(job) {\n-     9\t    this.busy.delete(job);\n+     9\t    x();\n`,
      'without the line numbers',
    ],
    ['escaped line breaks', JSON.stringify(good).slice(1, -1), 'real line breaks'],
    ['JSON around it', JSON.stringify({ patch: good }), 'real line breaks'],
    ['the marks of a quoted mail', good.replaceAll(/^(?=.)/gm, '> '), 'without "> " before each'],
    ['an indentation of its own', good.replaceAll(/^(?=.)/gm, '    '), 'without "    " before each'],
  ])('with %s is told what to leave out [workspace:patch:errors]', (_, patch, words) => {
    expect(fixOf(patch)).toContain(words);
  });
});
