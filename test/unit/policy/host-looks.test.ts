import { describe, expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { doubtfulWords, onlyLists, onlyLooks } from '#policy/host-looks.ts';

const callOf = (command: string) => {
  const [call] = analyzeCommand(command).invocations;
  if (call === undefined) throw new Error(`${command} calls nothing`);
  return { ...call, raw: command };
};

describe('a call that only looks', () => {
  it.each([
    ['cat a', true],
    ['rg x src', true],
    ['git status', true],
    ['git merge-base a b', true],
    ['git statusx', false],
    ['git push', false],
    ['git', false],
    ['npm test', false],
    ['./cat a', true],
  ])('%s: %s', (command, looks) => {
    expect(onlyLooks(callOf(command))).toBe(looks);
  });
});

describe('a call that shows names alone', () => {
  it.each([
    ['ls a', true],
    ['find . -name a', true],
    ['[ -e a ]', true],
    ['tree a', true],
    ['tree --fromfile a', false],
    ['tree --info a', false],
    ['find -files0-from a', false],
    ['du --files0-from=a', false],
    ['du a --exclude-from=b', false],
    ['du -X a', false],
    ['ls a--from', true],
    ['cat a', false],
    ['rg --files', true],
    ['rg -l --files a', true],
    ['rg x', false],
    ['git status', true],
    ['git -C x ls-files', true],
    ['git log', true],
    ['git log -p', false],
    ['git grep x', false],
    ['git cat-file -p x', false],
    ['git', false],
  ])('%s: %s', (command, lists) => {
    expect(onlyLists(callOf(command))).toBe(lists);
  });
});

describe('words that a program may write', () => {
  it.each<[string, readonly string[]]>([
    ['frob a b', ['a', 'b']],
    ['cat a b', []],
    ['less -oF a', ['-oF']],
    ['tree -o F', []],
    ['tree --output=F', ['--output=F']],
    ['git log -p a', []],
    ['git -C x log a', []],
    ['git frob a', ['frob', 'a']],
    ['git relog a', ['relog', 'a']],
    ['git logs a', ['logs', 'a']],
    ['eslint src a.js', []],
    ['eslint -o F src', []],
    ['eslint --output-file F src', ['F']],
    ['eslint --output-file=F src', ['--output-file=F']],
    ['eslint -oF src', ['-oF']],
    ['eslint -cF src', []],
    ['eslint --config=F src', []],
    ['eslint --CONFIG=F src', []],
    ['eslint x--config=F', []],
    ['vitest --coverage-report F', ['F']],
    ['vitest --reporters F', ['F']],
    ['vitest run --silent F', []],
    ['aws s3 cp a F', ['s3', 'cp', 'a', 'F']],
    ['aws s3 cpx a F', []],
    ['python -m json.tool a F', ['F']],
    ['python -m json.tool a F G', ['F', 'G']],
    ['python -mjson.tool a F', ['F']],
    ['python -mzipfile -c F a', ['-mzipfile', '-c', 'F', 'a']],
    ['python -Imgzip F', ['-Imgzip', 'F']],
    ['go test -coverprofile F', ['F']],
    ['go test -c=F', []],
    ['go test -run x', ['-run']],
    ['make 9-oF', []],
  ])('%s: %j', (command, words) => {
    expect(doubtfulWords(callOf(command), false).map(({ text }) => text)).toEqual(words);
  });

  it('are none where a table tells what it writes, and where it only talks', () => {
    expect(doubtfulWords(callOf('frob a'), true)).toEqual([]);
    expect(doubtfulWords(callOf('printf a'), false)).toEqual([]);
  });
});
