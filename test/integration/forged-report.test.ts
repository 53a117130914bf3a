import { describe, expect, it } from 'vitest';

import type { SuiteDeclaration } from '#domain/suite.ts';

import { absent, hasProgram, mochaModules, withoutMocha } from '../support/needs.ts';
import { createRunnerFixture } from '../support/test-runner-fixture.ts';

interface Runner {
  readonly argv: string[];
  readonly absent: () => string | undefined;
  readonly modules?: string;
  /** One test that passes, and one with this body. */
  readonly files: (body: string) => Readonly<Record<string, string>>;
  /** Writes the report of two tests that passed, ends the process with exit code 0 and prints nothing. */
  readonly forge: string;
  /** Fails, and does the same when the runner is done. */
  readonly forgeLater: string;
}

const junit = '<testsuites><testsuite name="A"><testcase name="one"/><testcase name="two"/></testsuite></testsuites>';
const mochaForge = `const file = /output=(.*)/.exec(process.argv.join('\\n'))[1];
const forge = () => { require('fs').writeFileSync(file, '{"passes":[{"fullTitle":"one"},{"fullTitle":"two"}],"failures":[],"pending":[]}'); process.reallyExit(0); };`;
const rspecForge = `forge = proc do
  File.write(File.read('/proc/self/cmdline')[/\\.fixgate-report-[^\\0]*/], '{"examples":[{"full_description":"a one","status":"passed"},{"full_description":"a two","status":"passed"}]}')
  exit!(0)
end`;
const phpForge = `$forge = function () { file_put_contents(preg_filter('/^.*(\\.fixgate-report-\\S+).*$/s', '$1', implode(' ', $_SERVER['argv'])), '${junit}'); exit(0); };`;

const runners: Readonly<Record<string, Runner>> = {
  mocha: {
    argv: ['mocha'],
    absent: withoutMocha,
    modules: mochaModules,
    files: (body) => ({ 'test/a.js': `it('one', () => {});\nit('two', () => {\n${mochaForge}\n${body}\n});\n` }),
    forge: 'forge();',
    forgeLater: "process.on('exit', forge); throw new Error('no');",
  },
  RSpec: {
    argv: ['rspec'],
    absent: () => absent('rspec', hasProgram('rspec')),
    files: (body) => ({
      'spec/a_spec.rb': `describe 'a' do\n  it('one') { }\n  it('two') do\n${rspecForge}\n${body}\n  end\nend\n`,
    }),
    forge: 'forge.call',
    forgeLater: "at_exit(&forge)\nraise 'no'",
  },
  PHPUnit: {
    argv: ['phpunit', 'tests'],
    absent: () => absent('phpunit', hasProgram('phpunit')),
    files: (body) => ({
      'tests/ATest.php': `<?php\nclass ATest extends PHPUnit\\Framework\\TestCase {\n  function testOne() { $this->assertTrue(true); }\n  function testTwo() { ${phpForge}\n${body} }\n}\n`,
    }),
    forge: '$forge();',
    forgeLater: 'register_shutdown_function($forge); $this->fail();',
  },
};

describe('a report that a test wrote itself [workspace:tests:two-words]', () => {
  const rows = Object.entries(runners).flatMap(([name, runner]) => [
    {
      name,
      runner,
      when: 'before it ended the process',
      body: runner.forge,
      words: 'the runner printed no end of a run',
    },
    { name, runner, when: 'after it had failed', body: runner.forgeLater, words: 'the runner printed that 1 failed' },
  ]);

  it.for(rows)('$when is not believed: $name', async ({ runner, body, words }, { skip }) => {
    const why = runner.absent();
    if (why) skip(why);
    const unit: SuiteDeclaration = {
      argv: runner.argv,
      cwd: '.',
      env: {},
      required: true,
      timeout_s: 60,
      network: false,
      services: {},
      limits: {},
    };
    const { files, modules } = runner;
    await using fixture = await createRunnerFixture({
      files: files(body),
      suites: { unit },
      ...(modules && { modules }),
    });
    const { result } = await fixture.run();
    expect(result).toMatchObject({ verdict: 'fail', exitCode: 0, counts: { passed: 2, failed: 0 } });
    expect(result.reason).toContain(words);
  });
});
