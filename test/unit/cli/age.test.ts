import { expect, it } from 'vitest';

import { parseAge } from '#cli/age.ts';

it.each(['30', 'soon', '30 parsecs', ''])('an age that is %j is refused with the units that there are', (age) => {
  expect(() => parseAge(age)).toThrow(
    expect.objectContaining({
      code: 'invalid_input',
      message: expect.stringMatching(/^--older-than: /),
      fix: 'Give an age such as 12h, 30d, 8w or 3mo.',
    }),
  );
});

it.each([
  ['30m', 30],
  ['12h', 720],
  ['30d', 43_200],
  ['8w', 80_640],
  ['3mo', 129_600],
])('the age %s is so many minutes', (age, minutes) => {
  expect(parseAge(age)).toBe(minutes * 60_000);
});
