import { describe, expect, it } from 'vitest';

import { outcomeOf, toCases } from './outcomes.ts';

const envelope = (section: string) => `*** Begin Patch\n${section}\n*** End Patch\n`;

/** The kinds of cases that the form's own first applier is tested by, each with files of its own. */
describe('the Begin Patch form', () => {
  const update = (path: string, ...lines: readonly string[]) =>
    envelope([`*** Update File: ${path}`, ...lines].join('\n'));
  const f = (text: string) => ({ 'f.txt': text });

  it.each(
    toCases({}, [
      ['a new file', envelope('*** Add File: new.txt\n+one\n+two'), { 'new.txt': 'one\ntwo\n' }, {}],
      [
        'three kinds of sections',
        envelope('*** Add File: n.txt\n+n\n*** Delete File: d.txt\n*** Update File: f.txt\n@@\n-old\n+new'),
        { 'n.txt': 'n\n', 'd.txt': undefined, 'f.txt': 'new\n' },
        { ...f('old\n'), 'd.txt': 'x\n' },
      ],
      [
        'several chunks',
        update('f.txt', '@@', '-line2', '+changed2', '@@', '-line4', '+changed4'),
        f('line1\nchanged2\nline3\nchanged4\n'),
        f('line1\nline2\nline3\nline4\n'),
      ],
      [
        'a move into a new folder',
        update('f.txt', '*** Move to: new/dir/g.txt', '@@', '-old content', '+new content'),
        { 'f.txt': undefined, 'new/dir/g.txt': 'new content\n' },
        f('old content\n'),
      ],
      ['an empty envelope', '*** Begin Patch\n*** End Patch\n', 'parse', {}],
      ['context that is not there', update('f.txt', '@@', '-missing line', '+x'), 'not_found', f('line1\n')],
      ['a deletion of a missing file', envelope('*** Delete File: missing.txt'), 'missing_file', {}],
      ['a section without chunks', update('f.txt'), 'parse', f('x\n')],
      ['an update of a missing file', update('missing.txt', '@@', '-old', '+new'), 'missing_file', {}],
      ['a deletion of a folder', envelope('*** Delete File: dir'), 'missing_file', { 'dir/f': 'x\n' }],
      ['an unknown section', envelope('*** Frobnicate File: f.txt'), 'parse', f('x\n')],
      ['a padded section line', envelope('  *** Update File: f.txt\n@@\n-old\n+new'), f('new\n'), f('old\n')],
      [
        'padded envelope lines',
        ' *** Begin Patch\n*** Update File: f.txt\n@@\n-one\n+two\n*** End Patch \n',
        f('two\n'),
        f('one\n'),
      ],
      [
        'both of them padded',
        '   *** Begin Patch   \n   *** Update File: f.txt   \n@@\n-one\n+two\n   *** End Patch   \n',
        f('two\n'),
        f('one\n'),
      ],
      [
        'typographic characters',
        update('f.txt', '@@', '-naïve – café', '+naïve — café ✅'),
        f('naïve — café ✅\n'),
        f('naïve – café\n'),
      ],
      ['a deletion of a file', envelope('*** Delete File: f.txt'), { 'f.txt': undefined }, f('x\n')],
      [
        'lines that only go',
        update('f.txt', '@@', ' line1', '-line2', ' line3'),
        f('line1\nline3\n'),
        f('line1\nline2\nline3\n'),
      ],
      [
        'a marker for the end of the file',
        update('f.txt', '@@', ' first', '-second', '+second updated', '*** End of File'),
        f('first\nsecond updated\n'),
        f('first\nsecond\n'),
      ],
      [
        'an addition at the marked end',
        update('f.txt', '@@', '+appended line', '*** End of File'),
        f('x\nappended line\n'),
        f('x\n'),
      ],
      [
        'an anchor',
        update('f.txt', '@@ def b():', '-  pass', '+  return 1'),
        f('def a():\n  pass\ndef b():\n  return 1\n'),
        f('def a():\n  pass\ndef b():\n  pass\n'),
      ],
    ]),
  )('does as its first applier for $name [workspace:patch:begin-patch]', ({ patch, want, tree }) => {
    expect(outcomeOf(patch, tree)).toEqual(want);
  });

  it.each(
    toCases({}, [
      [
        'a move over a file',
        update('f.txt', '*** Move to: g.txt', '@@', '-from', '+new'),
        'exists',
        { ...f('from\n'), 'g.txt': 'existing\n' },
      ],
      ['a new file over another', envelope('*** Add File: f.txt\n+new content'), 'exists', f('old content\n')],
      [
        'the first half of a patch whose second half fails',
        envelope('*** Add File: n.txt\n+hello\n*** Update File: missing.txt\n@@\n-old\n+new'),
        'missing_file',
        {},
      ],
      [
        'an addition without any place',
        update('f.txt', '@@', '+added line 1', '+added line 2'),
        'no_context',
        f('line1\nline2\n'),
      ],
    ]),
  )('refuses what its first applier does: $name [workspace:patch:begin-patch]', ({ patch, want, tree }) => {
    expect(outcomeOf(patch, tree)).toEqual(want);
  });

  it('leaves the end of a file as it is, where its first applier adds a newline', () => {
    expect(outcomeOf(update('f.txt', '@@', '-no newline', '+first', '+second'), f('no newline'))).toEqual(
      f('first\nsecond'),
    );
  });
});
