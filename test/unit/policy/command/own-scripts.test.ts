import { describe, expect, it } from 'vitest';

import { verdictOf } from './command-lists.ts';

describe('a script that the command itself writes, under a name that a pattern finds', () => {
  it.each([
    "echo docker push x > a.sh; find . -name '*.sh' -exec sh {} ';'",
    'echo docker push x > a.sh; sh ./*.sh',
    'echo docker push x > ~+/a.sh; sh a.sh',
  ])('%s is refused', (command) => {
    expect(verdictOf(command)).toBe('deny');
  });

  it.each(['echo text > notes.md; sh ./*.sh', "echo text > notes.md; find . -name '*.sh' -exec sh {} ';'"])(
    '%s is allowed',
    (command) => {
      expect(verdictOf(command)).toBe('allow');
    },
  );
});
