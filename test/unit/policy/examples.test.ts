import { describe, expect, it } from 'vitest';

import { exampleChange, exampleRun } from '#policy/examples.ts';

describe('a question about names alone', () => {
  it('is a patch that writes empty files there, and neither reads nor loses anything', () => {
    expect(exampleChange(['a', 'b/c'])).toEqual({
      kind: 'patch',
      reason: '',
      fromTree: '',
      tree: '',
      writes: [
        { path: 'a', after: { mode: '100644', content: Buffer.alloc(0) }, added: 0, removed: 0 },
        { path: 'b/c', after: { mode: '100644', content: Buffer.alloc(0) }, added: 0, removed: 0 },
      ],
      reads: [],
      netChanges: [],
      diffHash: '',
      everTouched: ['a', 'b/c'],
      touched: [
        { path: 'a', bytes: 0, lostTests: [] },
        { path: 'b/c', bytes: 0, lostTests: [] },
      ],
    });
  });
});

describe('a question about a command', () => {
  it.each(['npm test', ['npm', 'test']])('is a test run that executes %j and nothing else', (command) => {
    expect(exampleRun(command)).toEqual({
      kind: 'test',
      plan: {
        suite: '',
        required: true,
        argv: [],
        cwd: '.',
        env: {},
        format: 'exit_code',
        scope: 'all',
        files: [],
        selection: '',
        tree: '',
        timeoutSeconds: 1,
      },
      commands: [{ command, origin: 'the command' }],
    });
  });
});
