import { describe, expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { findBlocked } from '#policy/command/blocked.ts';
import { compileEntries } from '#policy/command/entry.ts';

import { cpuMs } from '../../../support/cpu-time.ts';

const doubts = (command: string | readonly string[]) =>
  analyzeCommand(command).opaque.map(({ construct, at }) => `${construct} at ${at}`);
const programs = (command: string | readonly string[]) =>
  analyzeCommand(command).invocations.map(({ program }) => program);

const nested = (depth: number) =>
  Array.from({ length: depth }).reduce<string>((text) => `eval ${JSON.stringify(text)}`, 'ls');

describe('characters that a reader does not see', () => {
  it.each([
    ['npm\u200b test', 'U+200B', 3],
    ['np\u202em test', 'U+202E', 2],
    ['\ufeffnpm test', 'U+FEFF', 0],
    ['npm\u00a0test', 'U+00A0', 3],
    ['npm\u3000test', 'U+3000', 3],
    ['npm \u2028test', 'U+2028', 4],
    ['npm \u2029test', 'U+2029', 4],
    ['npm \u00adtest', 'U+00AD', 4],
    ['npm \u0001test', 'U+0001', 4],
    ['npm \r', 'U+000D', 4],
    ['npm \u007f', 'U+007F', 4],
    ['npm \ufffd', 'U+FFFD', 4],
    ['npm \ud800', 'U+D800', 4],
    ['npm \u{e0041}', 'U+E0041', 4],
  ])('make %j doubtful', (command, name, at) => {
    expect(doubts(command)).toContain(`the hidden character ${name} at ${at}`);
  });

  it.each(['npm test', 'npm\ttest', 'npm \\\ntest', 'echo ❤\ufe0f', 'echo Überblick', 'echo 漢字'])(
    'are not in %j',
    (command) => {
      expect(doubts(command)).toEqual([]);
    },
  );

  it('make the name of a program doubtful in an argv, too', () => {
    expect(doubts(['npm\u200b'])).toEqual(['a command name with characters beyond plain ASCII at 0']);
    expect(doubts([' npm'])).toEqual(['a command name with characters beyond plain ASCII at 0']);
    expect(doubts(['npm '])).toEqual(['a command name with characters beyond plain ASCII at 0']);
    expect(doubts(['n'])).toEqual([]);
    expect(doubts(['a b'])).toEqual([]);
  });
});

describe('limits of what is read', () => {
  it('are 8,192 characters of text and 262,144 of an argv', () => {
    expect(doubts(`echo ${'a'.repeat(8_187)}`)).toEqual([]);
    expect(doubts(`echo ${'a'.repeat(8_188)}`)).toEqual(['the command is longer than 8192 characters at 8192']);
    expect(programs(`echo ${'a'.repeat(8_188)}`)).toEqual([]);
    expect(doubts(['echo', 'a'.repeat(262_139)])).toEqual([]);
    expect(doubts(['echo', 'a'.repeat(262_140)])).toEqual(['the command is longer than 262144 characters at 262144']);
  });

  it('are eight nested commands', () => {
    expect(doubts(nested(8))).toEqual([]);
    expect(programs(nested(8))).toHaveLength(9);
    expect(doubts(nested(9))).toEqual(['more than 8 nested commands at 5']);
    const wrapped = (count: number) => [...Array.from({ length: count }, () => 'nohup'), 'ls'];
    expect(doubts(wrapped(8))).toEqual([]);
    expect(doubts(wrapped(9))).toEqual(['more than 8 nested commands at 9']);
  });

  it('are 300,000 words that are looked at', () => {
    const tails = (words: number) => ['sudo', ...Array.from({ length: words }, () => 'unknown')];
    expect(doubts(tails(100))).toEqual([]);
    expect(doubts(tails(9_000))[0]).toMatch(/^more nested commands than can be judged/);
  });

  it('are not reached by options that are not known, however many', () => {
    const options = Array.from({ length: 60 }, () => '--unknown').join(' ');
    expect(programs(`sudo ${options} ls`)).toContain('ls');
    const blocked = (verb: string) =>
      findBlocked(analyzeCommand(`npm ${options} ${verb}`), compileEntries(['npm publish']));
    expect(blocked('publish')).toHaveLength(1);
    expect(blocked('test')).toEqual([]);
  });

  it('are not needed to read long arithmetic', () => {
    const started = cpuMs();
    expect(doubts(`n=0; echo "\${s:${'n'.repeat(40)}>0}"`)).toHaveLength(1);
    expect(cpuMs() - started).toBeLessThan(1_000);
  });

  it('lists twenty doubts and no more', () => {
    expect(doubts(Array.from({ length: 19 }, () => '$a').join(';'))).toHaveLength(19);
    expect(doubts(Array.from({ length: 25 }, () => '$a').join(';'))).toHaveLength(20);
  });

  it('are those of the stack as well', () => {
    expect(doubts('$('.repeat(4_000)).length).toBeGreaterThan(0);
    expect(analyzeCommand('$('.repeat(4_000)).opaque[0]?.construct).not.toBe('');
  });
});

describe('an argv', () => {
  it('is taken literally, and counted in arguments', () => {
    expect(analyzeCommand(['sudo', 'npm', '$x'])).toMatchObject({ unit: 'argument', raw: 'sudo npm $x', opaque: [] });
    expect(analyzeCommand('npm test')).toMatchObject({ unit: 'character', raw: 'npm test', redirects: [] });
    expect(doubts(['env', 'A=b', 'PATH=.', 'npm'])).toEqual(['an assignment to PATH, which can change what runs at 2']);
  });

  it('with a NUL character is doubtful, and one without words is nothing', () => {
    expect(doubts(['echo', 'a\0b'])).toEqual(['a NUL character at 0']);
    expect(analyzeCommand([])).toMatchObject({ invocations: [], opaque: [] });
  });

  it('points at the outer word from within nested text', () => {
    expect(doubts(['sh', '-c', 'true; $x'])).toEqual(['a command name that is not literal at 2']);
    expect(doubts('true; sh -c "true; \\$x"')).toEqual(['a command name that is not literal at 12']);
  });
});

describe('the name of the current folder', () => {
  it.each([
    ['ls $PWD', 3],
    ['ls -l $(pwd)/a', 6],
    ['ls "$PWD"', undefined],
    ['ls a', undefined],
    ['ls $x "$PWD"', undefined],
    ['sh -c "cd $PWD && ls"', 6],
  ])('may be several words in %j at %j', (command, at) => {
    expect(analyzeCommand(command).bareFolder).toBe(at);
  });
});

describe('a blocked command', () => {
  const found = (command: string | readonly string[], ...entries: readonly string[]) =>
    findBlocked(analyzeCommand(command), compileEntries(entries)).map(
      ({ entry, certainty, call, at }) => `${certainty} ${entry}: ${call.slice(0, 40)} at ${at}`,
    );

  it.each<[string, string, readonly string[]]>([
    ['npm publish', 'npm publish', ['yes npm publish: npm publish at 0']],
    ['true; sudo npm publish "$x" *.tgz', 'npm publish', ['yes npm publish: npm publish … … at 11']],
    ['npm $x', 'npm publish', ['unknown npm publish: npm … at 0']],
    ['true; sh -c "npm publish"', 'npm publish', ['yes npm publish: npm publish at 12']],
    ['npm $x; npm publish', 'npm publish', ['yes npm publish: npm publish at 8']],
    ['npm "pub$x"', 'npm publish', ['unknown npm publish: npm pub… at 0']],
    ['npm "x$x"', 'npm publish', []],
    ['npm -w "$x" publish', 'npm publish', ['yes npm publish: npm -w … publish at 0']],
    ['npm -w $x', 'npm publish', ['unknown npm publish: npm -w … at 0']],
    ['npm --unknown $x', 'npm publish', ['unknown npm publish: npm --unknown … at 0']],
    ['npm -- publish', 'npm publish', ['yes npm publish: npm -- publish at 0']],
    ['NPM PUBLISH', 'npm publish', ['yes npm publish: npm PUBLISH at 0']],
    ['rm -rf a', 'rm -rf', ['yes rm -rf: rm -rf a at 0']],
    ['rm -fr a', 'rm -rf', ['yes rm -rf: rm -fr a at 0']],
    ['rm -r -f a', 'rm -rf', ['yes rm -rf: rm -r -f a at 0']],
    ['rm -rvf a', 'rm -rf', ['yes rm -rf: rm -rvf a at 0']],
    ['rm -r1f a', 'rm -rf', []],
    ['rm -r a-f', 'rm -rf', []],
    ['rm -r "$x"', 'rm -rf', ['unknown rm -rf: rm -r … at 0']],
    ['rm -rf *', 'rm -rf /', []],
    ['rm -rf -v *', 'rm -rf /', []],
    ['rm -rf *.log /', 'rm -rf /', ['yes rm -rf /: rm -rf … / at 0']],
    ['rm -rf $x', 'rm -rf /', ['unknown rm -rf /: rm -rf … at 0']],
    ['ls *.log /', 'ls /', []],
    ['npm -w $x test', 'npm publish', ['unknown npm publish: npm -w … test at 0']],
    [
      'mvn org.apache.maven.plugins:maven-release-plugin:3.0.1:perform',
      'mvn release:perform',
      ['yes mvn release:perform: mvn org.apache.maven.plugins:maven-relea at 0'],
    ],
    ['git push --force', 'git push --force', ['yes git push --force: git push --force at 0']],
    ['git push --force=x', 'git push --force', ['yes git push --force: git push --force=x at 0']],
    ['git push --force-with-lease', 'git push --force', []],
    ['git push -f', 'git push -f', ['yes git push -f: git push -f at 0']],
    ['git push -uf', 'git push -f', ['yes git push -f: git push -uf at 0']],
    ['git push -u', 'git push -f', []],
    ['git push x-f', 'git push -f', []],
    ['a b', '^a b$', ['yes ^a b$: a b at 0']],
    ['sudo a b', '^a b$', ['yes ^a b$: a b at 0']],
    ['a c', '^a b$', []],
    ['a.b c', 'a.b c', ['yes a.b c: a.b c at 0']],
    ['axb c', 'a.b c', ['yes a.b c: axb c at 0']],
    ['k apply', 'kubectl apply', ['yes kubectl apply: kubectl apply at 0']],
    ['npm run publish', 'npm publish', []],
    ['npm pub', 'npm publish', ['yes npm publish: npm pub at 0']],
    ['npm p', 'npm publish', []],
    ['cnpm pub', 'cnpm publish', ['yes cnpm publish: cnpm pub at 0']],
    ['pnpm pub', 'pnpm publish', []],
    ['npm i', 'npm install', ['yes npm install: npm i at 0']],
    ['npm urn x', 'npm run-script', ['yes npm run-script: npm urn x at 0']],
    ['npm rum x', 'npm run', ['yes npm run: npm rum x at 0']],
    ['npm x a', 'npm exec', ['yes npm exec: npm x a at 0']],
    ['docker run', 'docker push', []],
  ])('of %j by %j is told as %j', (command, entry, told) => {
    expect(found(command, entry)).toEqual(told);
  });

  it('is told once for each entry, in their order', () => {
    expect(found('docker push a; npm publish; npm publish b', 'npm publish', 'docker push')).toEqual([
      'yes npm publish: npm publish at 15',
      'yes docker push: docker push a at 0',
    ]);
  });

  it('may be anything in a text that is too long to be searched', () => {
    const long = (length: number) => ['a', 'x'.repeat(length - 2)];
    expect(found(long(8_192), 'zz+')).toEqual([]);
    expect(found(long(8_193), 'zz+')).toEqual([`unknown zz+: a ${'x'.repeat(38)} at 0`]);
    const many = (count: number) => ['sudo', ...Array.from({ length: count }, () => 'unknown')];
    expect(found(many(20), 'zz+')).toEqual([]);
    expect(found(many(800), 'zz+')).toHaveLength(1);
  });
});
