import { describe, expect, it } from 'vitest';

import { outcomeOf, toCases } from './outcomes.ts';
import { blobId } from './patching.ts';

const queue = `import { log } from './log.ts';

export class Queue {
  items = [];

  add(item) {
    this.items.push(item);
    log('add', item);
  }

  take() {
    const item = this.items.shift();
    log('take', item);
    return item;
  }
}
`;
const log = "export function log(...parts) {\n  console.log('[queue]', ...parts);\n}\n";
const files = { 'src/queue.ts': queue, 'src/log.ts': log, 'docs/a b.md': '# Title\n\nText.\n' };

const header = '--- a/src/queue.ts\n+++ b/src/queue.ts\n';
const gitHeader = (oid: string) => `diff --git a/src/queue.ts b/src/queue.ts\nindex ${oid}..1234567 100644\n${header}`;
const body =
  "     const item = this.items.shift();\n-    log('take', item);\n+    log('take', item.id);\n     return item;\n";
const good = `${header}@@ -12,3 +12,3 @@\n${body}`;
const fixed = queue.replace("log('take', item)", "log('take', item.id)");
const logPatch =
  "--- a/src/log.ts\n+++ b/src/log.ts\n@@ -1,3 +1,3 @@\n export function log(...parts) {\n-  console.log('[queue]', ...parts);\n+  console.info('[queue]', ...parts);\n }\n";
const envelope = (section: string) => `*** Begin Patch\n${section}\n*** End Patch\n`;
const block = (search: string, replace: string) =>
  `src/queue.ts\n<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n`;
const isFixed = { 'src/queue.ts': fixed };

describe('a damaged hunk', () => {
  it.each(
    toCases(files, [
      [
        'that was cut off within its lines, counts telling of it',
        `${header}@@ -12,3 +12,3 @@\n     const item = this.items.shift();\n-    log('take', item);\n`,
        'no_context',
      ],
      [
        'that was cut off before any change',
        `${header}@@ -12,3 +12,3 @@\n     const item = this.items.shift();\n`,
        'no_change',
      ],
      ['that was cut off after its header', `${header}@@ -12,3 +12,3 @@\n`, 'no_change'],
      ['that was cut off after the file header', header, 'parse'],
      ['that was cut off in a line', good.slice(0, -12), 'not_found'],
      ['that lost its first context line', good.replace('     const item = this.items.shift();\n', ''), 'no_context'],
      [
        'that lost a line in the middle',
        `${header}@@ @@\n   add(item) {\n     log('add', item);\n-  }\n+  } // end\n`,
        'not_found',
      ],
      ['whose context lost its space', good.replace('     const', '    const'), 'not_found'],
      ['whose context lost all white space', good.replace('     const', 'const'), 'missing_prefix'],
      [
        'whose added line lost its plus',
        good.replace("+    log('take', item.id);", "    log('take', item.id);"),
        'not_found',
      ],
      [
        'whose removed line lost its minus',
        good.replace("-    log('take', item);", "    log('take', item);"),
        'not_found',
      ],
      [
        'with minus and plus swapped',
        good.replace('-    log', '#').replace('+    log', '-    log').replace('#', '+    log'),
        'already_applied',
      ],
      ['with a hallucinated context line', good.replace('     return item;', '     return item ?? null;'), 'not_found'],
      [
        'with a hallucinated removed line',
        good.replace("-    log('take', item);", "-    log('take', item, 1);"),
        'not_found',
      ],
      [
        'with a comment put into its context',
        good.replace('     return', '     // the oldest\n     return'),
        'not_found',
      ],
      ['with an elision for context', good.replace('     const item = this.items.shift();', ' ...'), 'not_found'],
      [
        'merged with the next one',
        `${header}@@ -6,2 +6,2 @@\n   add(item) {\n-    this.items.push(item);\n+    this.items.push(item.id);\n     const item = this.items.shift();\n-    log('take', item);\n+    log('take', item.id);\n`,
        'not_found',
      ],
      [
        'in the wrong order',
        `${header}@@ @@\n-    log('take', item);\n+    log('took', item);\n@@ @@\n-    log('add', item);\n+    log('added', item);\n`,
        'order',
      ],
      ['that stands twice', `${good}@@ -12,3 +12,3 @@\n${body}`, 'order'],
      ['that changes nothing', `${header}@@ @@\n     return item;\n-  }\n+  }\n`, 'no_change'],
      ['of context alone', `${header}@@ @@\n     return item;\n   }\n`, 'no_change'],
      ['of added lines alone', `${header}@@ -15,0 +16,1 @@\n+  peek() {}\n`, 'no_context'],
      ['of one closing brace', `${header}@@ -9,1 +9,1 @@\n-  }\n+  };\n`, 'ambiguous'],
      ['of blank lines', `${header}@@ -10,1 +10,2 @@\n \n+  // here\n`, 'ambiguous'],
      [
        'with a marker for the end of the file in its middle',
        `${header}@@ @@\n-    return item;\n\\ No newline at end of file\n-  }\n+x\n`,
        'parse',
      ],
      [
        'with a marker for the end of the file elsewhere',
        `${header}@@ @@\n-    return item;\n\\ No newline at end of file\n+    return 1;\n\\ No newline at end of file\n`,
        'not_found',
      ],
      ['below a stray line', good.replace('-    log', 'oops\n-    log'), 'missing_prefix'],
      ['with the file quoted by numbers', good.replace('     const', ' 12      const'), 'not_found'],
    ]),
  )('$name [workspace:patch:damaged]', ({ patch, want, tree }) => {
    expect(outcomeOf(patch, tree)).toEqual(want);
  });
});

describe('a hunk with harmless damage', () => {
  it.each(
    toCases(files, [
      ['wrong numbers', good.replace('-12,3 +12,3', '-99,3 +2,3'), isFixed],
      ['a count too large', good.replace('-12,3 +12,3', '-12,3 +12,9'), isFixed],
      ['counts too small', good.replace('-12,3 +12,3', '-12,1 +12,1'), isFixed],
      ['counts of none', good.replace('-12,3 +12,3', '-12,0 +12,0'), isFixed],
      ['a header without numbers', good.replace('-12,3 +12,3 @@', ''), isFixed],
      ['a header with a function', good.replace('+12,3 @@', '+12,3 @@ take() {'), isFixed],
      ['trailing white space on its context', good.replace('shift();\n', 'shift(); \t\n'), isFixed],
      ['CRLF on some of its lines', good.replace('shift();\n', 'shift();\r\n'), isFixed],
      ['CRLF throughout', good.replaceAll('\n', '\r\n'), isFixed],
      ['no final newline', good.trimEnd(), isFixed],
      ['a blank line below it', `${good}\n\n`, isFixed],
      ['all of it outdented by four', good.replaceAll(/^([ +-]) {4}/gmu, '$1'), isFixed],
      ['all of it indented by two', good.replaceAll(/^([ +-]) {4}/gmu, '$1      '), isFixed],
      ['tabs for its spaces', good.replaceAll(/^([ +-]) {4}/gmu, '$1\t'), isFixed],
      ['typographic quotes', good.replaceAll("'", '’'), { 'src/queue.ts': fixed }],
      ['no-break spaces', good.replace('const item', 'const\u00A0item'), isFixed],
      ['a fence and prose around it', `Here:\n\n\`\`\`diff\n${good}\`\`\`\n\nThat is all.\n`, isFixed],
      ['a heredoc around it', `git apply <<'EOF'\n${good}EOF\n`, isFixed],
      ['words of git before it', `On branch main\nChanges not staged for commit:\n\n${good}`, isFixed],
      [
        'a blank context line without its space',
        `${header}@@ @@\n   }\n\n   take() {\n-    const item = this.items.shift();\n+    const item = this.items.pop();\n`,
        { 'src/queue.ts': queue.replace('shift', 'pop') },
      ],
      [
        'CRLF in the file',
        good,
        { 'src/queue.ts': fixed.replaceAll('\n', '\r\n') },
        { 'src/queue.ts': queue.replaceAll('\n', '\r\n') },
      ],
      [
        'CRLF on one line of the file',
        good,
        { 'src/queue.ts': fixed.replace('add(item) {\n', 'add(item) {\r\n') },
        { 'src/queue.ts': queue.replace('add(item) {\n', 'add(item) {\r\n') },
      ],
      [
        'a file that grew above it',
        good,
        { 'src/queue.ts': `// new\n// lines\n${fixed}` },
        { 'src/queue.ts': `// new\n// lines\n${queue}` },
      ],
      [
        'two sections for one file',
        good + header + "@@ @@\n-    log('add', item);\n+    log('add', item.id);\n",
        { 'src/queue.ts': fixed.replace("log('add', item)", "log('add', item.id)") },
      ],
    ]),
  )('$name is applied [workspace:patch:damaged]', ({ patch, want, tree }) => {
    expect(outcomeOf(patch, tree)).toEqual(want);
  });
});

describe('a patch made for another version', () => {
  const moved = queue.replace("    log('take', item);\n", "    this.count += 1;\n    log('take', item);\n");
  it.each(
    toCases(files, [
      ['that has a line more within the hunk', good, 'not_found', { 'src/queue.ts': moved }],
      ['that has the fix already', good, 'already_applied', { 'src/queue.ts': fixed }],
      [
        'that has its place twice',
        `${header}@@ @@\n-    log('take', item);\n+    x();\n`,
        'ambiguous',
        { 'src/queue.ts': queue + queue },
      ],
      ['whose index line is of other bytes', gitHeader('abcdef1') + `@@ -9,1 +9,1 @@\n-  }\n+  };\n`, 'ambiguous'],
      [
        'whose index line is of these bytes, and whose line is right',
        `${gitHeader(blobId(queue).slice(0, 10))}@@ -9,1 +9,1 @@\n-  }\n+  };\n`,
        { 'src/queue.ts': queue.replace('item);\n  }\n\n  take', 'item);\n  };\n\n  take') },
      ],
      [
        'whose index line is of these bytes, and whose line is wrong',
        `${gitHeader(blobId(queue).slice(0, 10))}@@ -8,1 +8,1 @@\n-  }\n+  };\n`,
        'ambiguous',
      ],
      ['whose file is gone', good, 'missing_file', { 'src/log.ts': log }],
      ['whose file moved to another folder', good, 'missing_file', { 'lib/queue.ts': queue }],
    ]),
  )('$name [workspace:patch:damaged]', ({ patch, want, tree }) => {
    expect(outcomeOf(patch, tree)).toEqual(want);
  });
});

describe('several files', () => {
  it.each(
    toCases(files, [
      [
        'that all fit',
        good + logPatch,
        { 'src/queue.ts': fixed, 'src/log.ts': log.replace('console.log', 'console.info') },
      ],
      ['of which one does not fit', good + logPatch.replace("'[queue]'", "'[other]'"), 'not_found'],
      ['of which one is missing', good + logPatch.replaceAll('log.ts', 'nope.ts'), 'missing_file'],
      [
        'of which one is applied already',
        good + logPatch,
        'already_applied',
        { ...files, 'src/log.ts': log.replace('console.log', 'console.info') },
      ],
      [
        'of which one has a binary change',
        `${good}diff --git a/x.png b/x.png\nGIT binary patch\nliteral 1\n`,
        'binary',
      ],
      ['of which one leaves the tree', good + logPatch.replaceAll('src/log.ts', '../log.ts'), 'path_denied'],
      [
        'with a broken envelope in between',
        `${envelope(`*** Update File: src/queue.ts\n${body.trimEnd()}`)}*** Update File: src/log.ts\n+x\n`,
        'parse',
      ],
    ]),
  )('$name [workspace:patch:damaged]', ({ patch, want, tree }) => {
    expect(outcomeOf(patch, tree)).toEqual(want);
  });
});

describe('names and whole files', () => {
  const add = (path: string) => `--- /dev/null\n+++ ${path}\n@@ -0,0 +1 @@\n+x\n`;
  const del = (path: string, text: string) =>
    `--- ${path}\n+++ /dev/null\n@@ -1,3 +0,0 @@\n${text.replaceAll(/^(?=.)/gmu, '-')}`;
  it.each(
    toCases(files, [
      ['a name with its prefix doubled', good.replaceAll(/([ab])\/src/gu, '$1/$1/src'), isFixed],
      [
        'a name with its prefix doubled and different inside',
        good.replace('a/src', 'a/a/src').replace('b/src', 'b/b/lib'),
        'contradiction',
      ],
      ['a name with the folder of the repository', good.replaceAll(/([ab])\/src/gu, '$1/app/src'), 'missing_file'],
      ['a name without prefix', good.replaceAll(/[ab]\/src/gu, 'src'), isFixed],
      ['a name with backslashes', good.replaceAll('src/queue.ts', 'src\\queue.ts'), 'path_denied'],
      ['an absolute name', good.replaceAll(/[ab]\/src/gu, '/src'), 'path_denied'],
      ['a name in quotes', good.replaceAll(/([ab]\/src\/queue\.ts)/gu, '"$1"'), isFixed],
      ['a name in broken quotes', good.replace('a/src/queue.ts', '"a/src/queue.ts'), 'parse'],
      ['a name in capitals', good.replaceAll('queue.ts', 'Queue.ts'), 'missing_file'],
      [
        'a name with a space',
        '--- a/docs/a b.md\n+++ b/docs/a b.md\n@@ -3 +3 @@\n-Text.\n+Words.\n',
        { 'docs/a b.md': '# Title\n\nWords.\n' },
      ],
      ['two names that differ', good.replace('+++ b/src/queue.ts', '+++ b/src/log.ts'), 'contradiction'],
      ['a new file', add('b/new.ts'), { 'new.ts': 'x\n' }],
      ['a new file without prefix', add('new.ts'), { 'new.ts': 'x\n' }],
      ['a new file from a name that is there', add('b/src/log.ts'), 'exists'],
      ['a new file below a file', add('b/src/log.ts/x.ts'), 'exists'],
      ['a new file from nothing to nothing', '--- /dev/null\n+++ /dev/null\n@@ -0,0 +1 @@\n+x\n', 'contradiction'],
      [
        'a new file that still has old lines',
        '--- /dev/null\n+++ b/new.ts\n@@ -1,1 +1,2 @@\n x\n+y\n',
        'contradiction',
      ],
      ['an edit of a file that is not there', '--- a/new.ts\n+++ b/new.ts\n@@ -1,1 +1,2 @@\n x\n+y\n', 'missing_file'],
      ['a deletion', del('a/src/log.ts', log), { 'src/log.ts': undefined }],
      ['a deletion that shows other lines', del('a/src/log.ts', log.replace('queue', 'other')), 'not_found'],
      ['a deletion that shows a part', del('a/src/log.ts', log.split('\n').slice(0, 1).join('\n')), 'no_context'],
      [
        'a deletion that shows a part and says so',
        del('a/src/log.ts', log.split('\n').slice(0, 1).join('\n')).replace('-1,3', '-1,1'),
        'not_found',
      ],
      ['a deletion of a folder', envelope('*** Delete File: src'), 'missing_file'],
      ['a deletion of what is not there', envelope('*** Delete File: src/x.ts'), 'missing_file'],
      [
        'a rename over a file',
        'diff --git a/src/log.ts b/src/queue.ts\nrename from src/log.ts\nrename to src/queue.ts\n',
        'exists',
      ],
      [
        'a rename to below a file',
        'diff --git a/src/log.ts b/src/queue.ts/log.ts\nrename from src/log.ts\nrename to src/queue.ts/log.ts\n',
        'exists',
      ],
      ['a rename of what is not there', 'diff --git a/x.ts b/y.ts\nrename from x.ts\nrename to y.ts\n', 'missing_file'],
      ['a rename with one half lost', 'diff --git a/src/log.ts b/src/l.ts\nrename to src/l.ts\n', 'parse'],
      [
        'a rename with an edit that does not fit',
        'diff --git a/src/log.ts b/src/l.ts\nrename from src/log.ts\nrename to src/l.ts\n--- a/src/log.ts\n+++ b/src/l.ts\n@@ @@\n-nothing like it\n+x\n',
        'not_found',
      ],
      ['a copy', 'diff --git a/src/log.ts b/src/l.ts\ncopy from src/log.ts\ncopy to src/l.ts\n', { 'src/l.ts': log }],
      [
        'a mode that is no file',
        'diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n',
        'path_denied',
      ],
      [
        'a mode that is no mode',
        'diff --git a/l b/l\nnew file mode abc\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+x\n',
        'parse',
      ],
      ['a folder of git', add('b/.git/config'), 'path_denied'],
    ]),
  )('$name [workspace:patch:damaged]', ({ patch, want, tree }) => {
    expect(outcomeOf(patch, tree)).toEqual(want);
  });
});

describe('damaged blocks and envelopes', () => {
  const old = "    log('take', item);";
  it.each(
    toCases(files, [
      ['a block that fits', block(old, "    log('take', item.id);"), isFixed],
      ['a block without its end', block(old, 'x').replace('>>>>>>> REPLACE\n', ''), 'parse'],
      ['a block without its middle', block(old, 'x').replace('=======\n', ''), 'parse'],
      ['a block without its start', block(old, 'x').replace('<<<<<<< SEARCH\n', ''), 'unrecognised_format'],
      ['a block without a path', block(old, 'x').replace('src/queue.ts\n', ''), 'parse'],
      ['a block with two middles', block(old, 'x\n=======\ny'), 'parse'],
      ['a block of a line that occurs twice', block('  }', '  };'), 'ambiguous'],
      ['a block with nothing to search for', block('', 'x').replace('SEARCH\n\n', 'SEARCH\n'), 'no_context'],
      ['a block with marks of a conflict', `<<<<<<< HEAD\n${old}\n=======\nx\n>>>>>>> main\n`, 'unrecognised_format'],
      ['an envelope without its end', `*** Begin Patch\n*** Update File: src/queue.ts\n${body}`, 'parse'],
      ['an envelope without its start', `*** Update File: src/queue.ts\n${body}*** End Patch\n`, isFixed],
      [
        'an envelope with a unified header in it',
        envelope(
          `*** Update File: src/queue.ts\n--- a/src/queue.ts\n+++ b/src/queue.ts\n@@ -12,3 +12,3 @@\n${body.trimEnd()}`,
        ),
        'not_found',
      ],
      ['an envelope with a unified diff in it', envelope(good.trimEnd()), 'parse'],
      [
        'an envelope in an envelope',
        envelope(envelope(`*** Update File: src/queue.ts\n${body.trimEnd()}`).trimEnd()),
        'parse',
      ],
      ['a section without a name', envelope(`*** Update File: \n${body.trimEnd()}`), 'path_denied'],
      [
        'an anchor of another place',
        envelope(`*** Update File: src/queue.ts\n@@   add(item) {\n${body.trimEnd()}`),
        'not_found',
      ],
      [
        'an anchor that is hallucinated',
        envelope(`*** Update File: src/queue.ts\n@@ remove(item) {\n${body.trimEnd()}`),
        'anchor_not_found',
      ],
      [
        'a marker for the end elsewhere',
        envelope(`*** Update File: src/queue.ts\n${body}*** End of File`),
        'not_found',
      ],
      ['prose', 'Please change the queue so that it logs ids.', 'unrecognised_format'],
      ['JSON', '{"path": "src/queue.ts", "old": "a", "new": "b"}', 'unrecognised_format'],
      ['an ed script', '13c\n    log(1);\n.\nw\n', 'unrecognised_format'],
      [
        'a diff without marks',
        "13c13\n<     log('take', item);\n---\n>     log('take', item.id);\n",
        'unrecognised_format',
      ],
    ]),
  )('$name [workspace:patch:damaged]', ({ patch, want, tree }) => {
    expect(outcomeOf(patch, tree)).toEqual(want);
  });
});
