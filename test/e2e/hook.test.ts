import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

import type { HookStart } from '../support/hook-call.ts';
import { architect, claude, reasonOf } from '../support/hook-call.ts';
import type { IncidentRepository } from '../support/incident-repository.ts';
import { incidentRepository } from '../support/incident-repository.ts';
import { missing } from '../support/needs.ts';
import { startScriptedModel } from '../support/scripted-model.ts';
import type { Place } from '../support/server-process.ts';
import { fixgateEntry, runFixgate } from '../support/server-process.ts';

const id = 'PD-4821';

describe('fixgate hook', () => {
  it('judges without an incident and without any state, and leaves none behind', async () => {
    await using repository = await incidentRepository();
    const { checkout, stateFolder } = repository;

    expect(reasonOf(await claude(repository, 'Bash', { command: 'kubectl apply -f k8s' }))).toMatch(
      /^DENIED\[blocked_commands\/kubectl apply\] .* Nothing was done\. Use kubectl diff instead/,
    );
    expect(reasonOf(await claude(repository, 'Edit', { file_path: path.join(checkout, '.env') }))).toMatch(
      /^DENIED\[protected_files\/\*\.env\*\] /,
    );
    expect(
      reasonOf(await claude(repository, 'Edit', { file_path: path.join(checkout, 'src/queue.js') })),
    ).toBeUndefined();
    expect(reasonOf(await claude(repository, 'Bash', { command: 'npm test' }))).toBeUndefined();
    expect(
      reasonOf(await claude(repository, 'mcp__fixgate__apply_patch', { incident_id: id, patch: 'x' })),
    ).toBeUndefined();
    expect(existsSync(stateFolder)).toBe(false);
  });

  it('refuses an edit that would add a secret, and tells nobody its value [hook:edits:secrets]', async () => {
    await using repository = await incidentRepository();
    // In parts, so that nobody takes this file for a leak.
    const token = ['gh', 'p_', 'Zk3rT9qLx7Vn2Yb8Wc5Jd1Hf6Ms4Pg0QaEuR'].join('');
    await repository.open(id, '--severity', 'SEV2');
    const file_path = path.join(repository.checkout, 'src/queue.js');
    const edit = (new_string: string) =>
      claude(repository, 'Edit', { file_path, old_string: 'return job.name;', new_string });
    const written = await architect(repository, 'write_file', { path: 'src/a.js', content: `\nt('${token}');\n` });

    expect(written).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^DENIED\[secrets_in_patch\] Line 2 of "src\/a\.js" would hold a secret/),
    });
    expect(reasonOf(await edit(`return '${token}';`))).toMatch(
      /^DENIED\[secrets_in_patch\] Line \d+ of "src\/queue\.js"/,
    );
    expect(reasonOf(await edit('return job.title;'))).toBeUndefined();
    const { timeline } = await repository.report(id);
    expect(JSON.stringify(timeline)).not.toContain(token.slice(8));
    expect(timeline.map(({ event }) => event)).toEqual([
      'incident.opened',
      'call.denied',
      'call.denied',
      'call.admitted',
    ]);
  });

  it("speaks architect's contract: exit 2 with the reason on stderr, or exit 0 with nothing", async () => {
    await using repository = await incidentRepository();

    expect(await architect(repository, 'write_file', { path: '.env', content: '' })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/^DENIED\[protected_files\/\*\.env\*\] .*\n$/),
    });
    expect(await architect(repository, 'run_command', { command: 'docker push x' })).toMatchObject({
      exitCode: 2,
      stdout: '',
    });
    expect(await architect(repository, 'edit_file', { path: 'src/queue.js', old_str: 'a', new_str: 'b' })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });

  it.each<[string, readonly string[], string]>([
    ['input that is no JSON', ['claude'], '{'],
    ['no input', ['claude'], ''],
    ['an unknown option', ['claude', '--polcy', 'x'], '{}'],
    ['an unknown host', ['cursor'], '{}'],
    ['no host', [], '{}'],
    ['an option before the host', ['--policy', 'claude'], '{}'],
    ['the wrong event', ['claude'], JSON.stringify({ hook_event_name: 'Stop', tool_name: 'Edit', tool_input: {} })],
    ['input that is no JSON, from architect', ['architect'], '{'],
  ])('blocks on %s, with the one exit code that both hosts obey', async (_case, words, input) => {
    await using repository = await incidentRepository();
    const { exitCode, stdout, stderr } = await runFixgate(repository.place, ['hook', ...words], input);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^DENIED\[hook\] .*\n$/);
  });

  it.each<[string, (repository: IncidentRepository) => Promise<HookStart>]>([
    ['a policy that is not there', async () => ({ words: ['--policy', 'absent.yaml'] })],
    ['a configuration that is not there', async () => ({ words: ['--config', 'absent.yaml'] })],
    [
      'a policy with a typing error',
      async ({ folder }) => {
        await writeFile(path.join(folder, 'policy.yaml'), 'version: 1\nname: x\nprotected_file: []\n');
        return { words: ['--policy', path.join(folder, 'policy.yaml')] };
      },
    ],
    ['an incident that was never opened', async () => ({ env: { FIXGATE_INCIDENT: 'PD-9' } })],
    [
      'records that cannot be read',
      async ({ stateFolder }) => {
        await mkdir(stateFolder, { recursive: true });
        await writeFile(path.join(stateFolder, 'state.db'), 'no database');
        return {};
      },
    ],
  ])('denies on %s', async (_case, prepare) => {
    await using repository = await incidentRepository();
    const options = await prepare(repository);
    const answer = await claude(
      repository,
      'Edit',
      { file_path: path.join(repository.checkout, 'src/queue.js') },
      options,
    );

    expect(answer.exitCode === 2 ? answer.stderr : reasonOf(answer)).toMatch(/^DENIED\[/);
  });

  it("finds the operator's policy from the project's folder, wherever the agent has gone", async () => {
    await using repository = await incidentRepository();
    const { checkout } = repository;
    const operator = await repository.configure({}, { protected_files: ['src/**'] });
    await writeFile(path.join(checkout, 'test/fixgate.yaml'), 'version: 1\npolicy: ./open.yaml\n');
    const config = ['--config', path.join(operator.cwd, 'fixgate.yaml')];
    const edit = { file_path: path.join(checkout, 'src/queue.js') };

    expect(reasonOf(await claude(repository, 'Edit', edit, { words: config }))).toMatch(
      /^DENIED\[protected_files\/src\/\*\*\] /,
    );
    expect(
      reasonOf(
        await claude(repository, 'Edit', { file_path: path.join(operator.cwd, 'policy.yaml') }, { words: config }),
      ),
    ).toMatch(/^DENIED\[guard\/files\] /);
    const moved = {
      cwd: path.join(checkout, 'test'),
      tool_name: 'Edit',
      tool_input: { file_path: path.join(checkout, '.env') },
    };
    const env = { ...repository.place.env, CLAUDE_PROJECT_DIR: checkout };
    const answer = await runFixgate({ cwd: moved.cwd, env }, ['hook', 'claude'], JSON.stringify(moved));
    expect(reasonOf(answer)).toMatch(/^DENIED\[protected_files\/\*\.env\*\] /);
  });

  it('guards the prices that the policy of the operator names, itself or by what it extends [hook:policy:prices]', async () => {
    await using repository = await incidentRepository();
    const { cwd } = await repository.configure({ policy: './strict.yaml' });
    const architectFile = path.join(cwd, '.architect.yaml');
    await writeFile(architectFile, 'costs: { prices_file: prices/models.yaml }\n');
    const shipped = path.join(import.meta.dirname, '../../policies/default.yaml');
    await writeFile(
      path.join(cwd, 'strict.yaml'),
      `version: 1\nname: strict\nextends: [${shipped}, ./.architect.yaml]\n`,
    );
    const write = async (words: readonly string[], file: string) =>
      reasonOf(
        await claude(repository, 'Write', { file_path: path.join(cwd, 'prices', file), content: '' }, { words }),
      );

    for (const words of [
      ['--policy', architectFile],
      ['--config', path.join(cwd, 'fixgate.yaml')],
    ]) {
      expect(await write(words, 'models.yaml')).toMatch(/^DENIED\[guard\/files\] /);
      expect(await write(words, 'other.yaml')).toBeUndefined();
    }
  });

  it('leaves the kill switch beside the configuration alone, whether it is on or not [hook:guard:stop]', async () => {
    await using repository = await incidentRepository();
    const { cwd } = await repository.configure({});
    const words = ['--config', path.join(cwd, 'fixgate.yaml')];
    const run = async (command: string) => reasonOf(await claude(repository, 'Bash', { command }, { words }));

    for (const command of [
      'rm -f fixgate.yaml.stop',
      'rm -f *.stop',
      'mv fixgate.yaml.stop x',
      ': > fixgate.yaml.stop',
    ])
      expect(await run(`cd ${cwd} && ${command}`)).toMatch(/guard\/files.* the kill switch/);
    expect(await run(`ls ${cwd}/fixgate.yaml.stop`)).toBeUndefined();
    expect(await run('rm -f other.stop')).toBeUndefined();
  });

  it('is tightened by the .architect.yaml that was committed or pushed, and by that of the base commit of an incident [hook:policy:origin]', async () => {
    await using repository = await incidentRepository();
    const { checkout, git } = repository;
    await writeFile(path.join(checkout, '.architect.yaml'), 'guardrails: { protected_files: ["src/**"] }\n');
    const edit = { file_path: path.join(checkout, 'src/queue.js') };
    expect(reasonOf(await claude(repository, 'Edit', edit))).toBeUndefined();

    git('add', '.architect.yaml');
    git('commit', '--quiet', '--message', 'Protect the sources');
    git('push', '--quiet', 'origin', 'main');
    expect(reasonOf(await claude(repository, 'Edit', edit))).toMatch(/^DENIED\[protected_files\/src\/\*\*\] /);

    git('rm', '--quiet', '.architect.yaml');
    git('commit', '--quiet', '--message', 'Unprotect the sources');
    expect(reasonOf(await claude(repository, 'Edit', edit))).toMatch(/^DENIED\[protected_files\/src\/\*\*\] /);

    await repository.open(id, '--severity', 'SEV2');
    git('push', '--quiet', 'origin', 'main');
    expect(reasonOf(await claude(repository, 'Edit', edit, { words: ['--incident', id] }))).toMatch(
      /^DENIED\[protected_files\/src\/\*\*\] /,
    );
  });
});

const binary = process.env['FIXGATE_CLAUDE'];
const why = missing('Claude Code (FIXGATE_CLAUDE)', binary !== undefined && existsSync(binary));

/** Settings as docs/hooks.md gives them. */
function settings(command: string): string {
  const hook = { type: 'command', command, timeout: 30, onFailure: 'block' };
  return JSON.stringify({ hooks: { PreToolUse: [{ matcher: '*', hooks: [hook] }] } });
}

async function runClaude({ checkout, place }: { checkout: string; place: Place }, command: string, modelUrl: string) {
  const args = ['-p', 'Go.', '--output-format', 'stream-json', '--verbose', '--permission-mode', 'acceptEdits'];
  args.push('--allowedTools', 'Bash,Edit,Write,Read', '--settings', settings(command));
  const env = {
    ...place.env,
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'sk-ant-fake',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ENABLE_TOOL_SEARCH: 'false',
  };
  return execa(binary ?? '', args, { cwd: checkout, env, extendEnv: false, input: '', timeout: 90_000 });
}

describe('Claude Code', () => {
  it('obeys the hook: refused calls do nothing and their reasons reach the model, the others run', async ({ skip }) => {
    if (why) skip(why);
    await using repository = await incidentRepository();
    const { checkout } = repository;
    await writeFile(path.join(checkout, '.env'), 'TOKEN=1\n');
    await using model = await startScriptedModel([
      { tool: 'Read', input: { file_path: path.join(checkout, '.env') } },
      { tool: 'Edit', input: { file_path: path.join(checkout, '.env'), old_string: 'TOKEN=1', new_string: 'TOKEN=2' } },
      { tool: 'Bash', input: { command: 'kubectl apply -f k8s/production', description: 'Deploy' } },
      { tool: 'Bash', input: { command: 'echo x > .env', description: 'Write' } },
      { tool: 'Bash', input: { command: 'echo fine > src/note.txt && cat src/note.txt', description: 'Write' } },
    ]);
    await runClaude(repository, `"${process.execPath}" "${fixgateEntry}" hook claude || exit 2`, model.url);

    expect(model.results.map(({ isError }) => isError)).toEqual([false, true, true, true, false]);
    expect(model.results[1]?.text).toContain('DENIED[protected_files/*.env*]');
    expect(model.results[2]?.text).toContain('DENIED[blocked_commands/kubectl apply]');
    expect(model.results[3]?.text).toContain('DENIED[protected_files/*.env*]');
    expect(model.results[4]?.text).toContain('fine');
    expect(await readFile(path.join(checkout, '.env'), 'utf8')).toBe('TOKEN=1\n');
  });

  it('runs nothing when the hook cannot even start', async ({ skip }) => {
    if (why) skip(why);
    await using repository = await incidentRepository();
    await using model = await startScriptedModel([
      { tool: 'Bash', input: { command: 'echo x > src/note.txt', description: 'Write' } },
    ]);
    await runClaude(repository, '/nonexistent/fixgate hook claude || exit 2', model.url);

    expect(model.results.map(({ isError }) => isError)).toEqual([true]);
    expect(existsSync(path.join(repository.checkout, 'src/note.txt'))).toBe(false);
  });
});
