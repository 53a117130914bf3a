import { expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { findGuardCalls } from '#policy/host-guard.ts';

const guarded = (command: string) => findGuardCalls(analyzeCommand(command)).map(({ rule }) => rule);

it.each([
  'fixgate approve A-1 --reason x',
  'npx fixgate reject A-1',
  'npx -y fixgate@latest release PD-1',
  'node node_modules/fixgate/bin/fixgate.js incident confirm PD-1 --severity SEV4',
  'sh -c "fixgate stop --all"',
  'env X=1 fixgate incident open --id PD-2 --repo .',
  'fixgate call open_pr --json {}',
  'fixgate serve',
  'node fixgate/src/main.ts serve',
  'node /opt/fixgate/dist/main.mjs serve',
  'fixgate "$VERB"',
  'fixgate report PD-1 --output .env',
  'node x fixgate approve A-1',
  'npm --loglevel info exec fixgate approve A-1',
  'npm -w list exec fixgate approve A-1',
  'npm --loglevel info run fixgate approve A-1',
  'node view fixgate approve A-1',
  'fixgate policy test --corpus x --execute',
])('leaves to humans: %s', (command) => {
  expect(guarded(command)).toContain('guard/human_verb');
});

it.each([
  'fixgate report PD-1',
  'npx fixgate policy explain --path .env',
  'fixgate --version',
  'grep "fixgate approve" README.md',
  'node fixgate/src/main.tsx serve',
  'node my-fixgate/src/main.ts serve',
  'node --fixgate serve',
  'node --import=lib/fixgate app.js serve',
  'grep fixgate serve',
  'cat fixgate',
])('lets an agent read: %s', (command) => {
  expect(guarded(command)).toEqual([]);
});

it.each([
  'claude -p "go"',
  'claude mcp add x -- y',
  'codex exec go',
  'timeout 60 gemini -p go',
  'kilo run go',
  'kilocode --auto go',
  'openhands -t go',
  'vibe -p go',
  'kiro-cli chat go',
  'junie go',
  'q chat go',
  'gh copilot -p go',
  'acli rovodev run go',
  'cn -p go',
  'cn',
  'pi -p go',
  'pi',
  'forge -p go',
  'forge',
  'some-wrapper pi -p go',
])('starts no other agent: %s', (command) => {
  expect(guarded(command)).toContain('guard/agent_host');
});

it.each([
  'q -H "select 1 from a.csv"',
  'gh pr view 1',
  'gh issue list --search copilot',
  'acli jira workitem view 1',
  'forge test',
  'forge build --sizes',
  'pi 100',
  'ping pi',
  'some-wrapper pi -m go',
])('takes no other program for one of the same name: %s', (command) => {
  expect(guarded(command)).toEqual([]);
});

it.each([
  'npx -y @anthropic-ai/claude-code -p go',
  'npm exec -- @google/gemini-cli -p go',
  'bunx opencode-ai run',
  'pnpm dlx @openai/codex exec go',
  'node node_modules/@anthropic-ai/claude-code/cli.js -p go',
  'python3 -m aider.main',
  'npx @kilocode/cli run go',
  'npx @continuedev/cli -p go',
  'npx @mariozechner/pi-coding-agent -p go',
  'uvx --from openhands-ai x',
])('starts no agent host out of a package: %s [hook:guard:packages]', (command) => {
  expect(guarded(command)).toContain('guard/agent_host');
});

it('knows the program that guards by any of its entries [hook:guard:entries]', () => {
  const own = (word: string) => word === 'src/main.ts';
  const rules = (command: string) => findGuardCalls(analyzeCommand(command), own).map(({ rule }) => rule);
  expect(rules('node src/main.ts release PD-1')).toEqual(['guard/human_verb']);
  expect(rules('node src/main.ts report PD-1')).toEqual([]);
  expect(rules('node /opt/fixgate/dist/main.js release PD-1')).toEqual(['guard/human_verb']);
  expect(rules('node src/other.ts release PD-1')).toEqual([]);
  expect(rules('src/main.ts release PD-1')).toEqual(['guard/human_verb']);
  expect(rules('cat src/main.ts')).toEqual([]);
});

it.each([
  ['node . release PD-1', ['guard/human_verb']],
  ['node --inspect . release PD-1', ['guard/human_verb']],
  ['node . report PD-1', []],
  ['node y . release PD-1', []],
  ['node --title y . release PD-1', ['guard/human_verb']],
  ['node --title y -r z . release PD-1', ['guard/human_verb']],
  ['node --title=y z . release PD-1', []],
  ['./bin/x release PD-1', ['guard/human_verb']],
  ['x release PD-1', []],
])('knows the folder of the program that guards where it is surely run: %s', (command, expected) => {
  const own = (word: string, isRun: boolean) => isRun && ['.', './bin/x', 'x'].includes(word);
  expect(findGuardCalls(analyzeCommand(command), own).map(({ rule }) => rule)).toEqual(expected);
});

it.each([
  'npm uninstall -g fixgate',
  'npm i -g fixgate@0.0.1',
  'npm --prefix /opt rm fixgate',
  'npm install x@npm:fixgate@0.0.1',
  'npm link fixgate',
  'sudo npm update --global fixgate',
  'yarn global remove fixgate',
  'pnpm add -D fixgate',
  'volta install fixgate@0.0.1',
  'npm -g i fixgate',
  'npm i --save-dev fixgate',
  'npm --prefix view install fixgate',
  'npm --prefix=view install fixgate',
  'npm -C test rm fixgate',
  'pnpm --dir test rm fixgate',
  'yarn --cwd test remove fixgate',
  'npm --no-prefix install fixgate',
  'npm --prefixes view --x install fixgate',
  'npm --loglevel info install fixgate',
  'npm --loglevel info --tag test install -g fixgate@0.0.1',
  'npm -w test i fixgate',
  'npm i -g ./evil.tgz',
  'npm i -fg ./evil.tgz',
  'npm i --global https://host/evil',
  'npm i --location=global ../evil',
  'npm i -g someone/x',
  'yarn global add file:../evil',
])('lets no agent install another program that guards: %s [hook:guard:installed]', (command) => {
  expect(guarded(command)).toEqual(['guard/files']);
});

it.each([
  'npm view fixgate',
  'npm ls fixgate',
  'npm exec fixgate report PD-1',
  'npm exec -- fixgate report PD-1',
  'pnpm dlx fixgate report PD-1',
  'yarn fixgate report PD-1',
  'npx fixgate doctor',
  'npm install fixgate-theme',
  'npm i -D vitest',
  'npm test fixgate',
  'npm --silent view fixgate',
  'npm -s exec -- fixgate report PD-1',
  'npm --prefix web view fixgate',
  'npm --loglevel=info view fixgate version',
  'npm view fixgate versions --json',
  'pnpm why fixgate serve',
  'npm --loglevel=info outdated fixgate',
  'npm --prefix fixgate --version',
  'npm exec -- test fixgate',
  'npm i ./x.tgz',
  'npm i x-g ./x.tgz',
  'npm i --global-style ./x.tgz',
  'npm i --x--global ./x.tgz',
  'npm i -g typescript',
  'npm install global',
  'xnpm install -g fixgate@0.0.1',
])('and leaves alone what only looks: %s [hook:guard:installed]', (command) => {
  expect(guarded(command)).toEqual([]);
});
