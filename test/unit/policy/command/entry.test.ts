import { describe, expect, it } from 'vitest';

import { compileEntries, compileEntry } from '#policy/command/entry.ts';

describe('an entry', () => {
  it.each(['', '  ', '\t'])('of %j names no command', (entry) => {
    expect(compileEntry(entry)).toEqual({ entry, patterns: [], problem: 'names no command' });
  });

  it('of plain words is a pattern, in which options stand apart', () => {
    expect(compileEntry(' /usr/bin/rm  -rf /tmp -v')).toEqual({
      entry: ' /usr/bin/rm  -rf /tmp -v',
      patterns: [{ program: 'rm', verbs: ['/tmp'], flags: ['-rf', '-v'] }],
    });
  });

  it('with a dot is an expression as well', () => {
    const { patterns, regex, problem } = compileEntry('deploy.sh a');
    expect(patterns).toEqual([{ program: 'deploy.sh', verbs: ['a'], flags: [] }]);
    expect(regex?.('x deployxsh a')).toBe(true);
    expect(problem).toBeUndefined();
  });

  it.each(['a*', 'a+', 'a?', '(a)', '[a]', '{a', 'a|b', '^a', 'a$', 'a\\.b'])('%j is an expression alone', (entry) => {
    expect(compileEntry(entry).patterns).toEqual([]);
    expect(compileEntry(entry).regex).toBeDefined();
  });

  it('is compiled once for each list', () => {
    const list = ['npm publish', 'a+'];
    expect(compileEntries(list).map(({ entry }) => entry)).toEqual(list);
    expect(compileEntries(list)).toBe(compileEntries(list));
    expect(compileEntries([...list])).not.toBe(compileEntries(list));
  });
});
