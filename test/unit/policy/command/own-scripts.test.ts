import { describe, expect, it } from 'vitest';

import { verdictOf } from './command-lists.ts';

describe('a script that the command itself writes, under a name that a pattern finds', () => {
  it.each([
    "echo docker push x > a.sh; find . -name '*.sh' -exec sh {} ';'",
    'echo docker push x > a.sh; sh ./*.sh',
    'echo docker push x > ~+/a.sh; sh a.sh',
    'echo docker push x > d/f; env -C d sh f',
    "echo docker push x > d/f; find d -execdir sh ./f ';'",
    'echo docker push x > f; sh ./"$x"f',
    'echo docker push x > f; npx < f',
    'echo docker push x > f; chroot / < f',
  ])('%s is refused', (command) => {
    expect(verdictOf(command)).toBe('deny');
  });

  it.each([
    'npm test > "$log"; sh ./"$dir"x.sh',
    'git -C repo log > out.txt; sh run.sh',
    'echo y > answers.txt; npx create-app < answers.txt',
    'echo text > notes.md; sh ./*.sh',
    "echo text > notes.md; find . -name '*.sh' -exec sh {} ';'",
  ])('%s is allowed', (command) => {
    expect(verdictOf(command)).toBe('allow');
  });
});
