import { describe, expect, it } from 'vitest';

import { toLastCommand, toPlainCommand } from '#workspace/tests/script.ts';

describe('a package script', () => {
  it.each([
    ['vitest run', ['vitest', 'run'], {}],
    ['NODE_ENV=test mocha "test/**/*.js" --exit', ['mocha', 'test/**/*.js', '--exit'], { NODE_ENV: 'test' }],
    ["mocha 'a b.js'", ['mocha', 'a b.js'], {}],
    ['node --test test/*.test.js', ['node', '--test', 'test/*.test.js'], {}],
  ])('%s is one plain command', (script, words, env) => {
    expect(toPlainCommand(script)).toEqual({ words, env });
  });

  it.each([
    'npm run build && node --test',
    'mocha test/**/*.js',
    'mocha | tap-spec',
    'mocha > out.txt',
    'mocha $FILES',
    'mocha "$(ls)"',
    'mocha `ls`',
    'mocha &',
    'mocha; true',
    'mocha {a,b}.js',
    'mocha ~/x.js',
    'FOO=$BAR mocha',
    'if true; then mocha; fi',
    '! mocha',
    '',
    'mocha "unclosed',
  ])('%s needs a shell', (script) => {
    expect(toPlainCommand(script)).toBeUndefined();
  });

  it.each([
    ['npm run build && node --test', ['node', '--test']],
    ['a && b && vitest run', ['vitest', 'run']],
    ['vitest run', ['vitest', 'run']],
    ['a || vitest run', undefined],
    ['a && b | c', undefined],
    ['vitest run; true', undefined],
  ])('%s ends with its last command', (script, words) => {
    expect(toLastCommand(script)?.words).toEqual(words);
  });
});
