import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { findRung } from '#workspace/sandbox-ladder.ts';

import { createHostileMachine, EFFECT, SECRET } from '../support/hostile-machine.ts';
import { absent, hasProgram, missing } from '../support/needs.ts';

let machine: Awaited<ReturnType<typeof createHostileMachine>>;

beforeEach(async ({ skip }) => {
  const without = missing('bubblewrap with user namespaces', (await findRung('full')) !== undefined);
  if (without !== undefined) skip(without);
  machine = await createHostileMachine();
});
afterEach(async () => {
  await machine?.[Symbol.asyncDispose]();
});

/** `TOOLS` stands for the folder of the operator's tools. */
const fill = (text: string) => text.replaceAll('TOOLS', machine.tools).replaceAll('PORT', String(machine.port));

describe('a blocked command in a sandbox', () => {
  it.each([
    ['by name', 'kubectl apply -f prod.yaml'],
    ['by its path', 'TOOLS/kubectl apply -f prod.yaml'],
    ['by a glob', 'TOOLS/kube* apply -f prod.yaml'],
    ['through the root of a process', '/proc/self/root/TOOLS/kubectl apply'],
    ['with another environment', 'env -i PATH=TOOLS kubectl apply'],
    ['by a copy under another name', 'cp TOOLS/kubectl ./harmless; ./harmless apply'],
    ['by a link named like a program that may', 'ln -s TOOLS/kubectl ./npm; ./npm apply'],
    ['by a name that bash was told', 'hash -p TOOLS/kubectl ls; ls apply'],
    ['from a login shell', 'bash -lc "TOOLS/kubectl apply"'],
    ['with options before the verb', 'kubectl --context live -n shop apply -k .'],
    ['spelled by variables', 'a=app; kubectl "${a}ly" -f prod.yaml'],
    ['decoded at run time', 'eval "$(echo a3ViZWN0bCBhcHBseQo= | base64 -d)"'],
    ['through xargs', 'echo apply | xargs TOOLS/kubectl'],
    ['through find', 'find TOOLS -name kubectl -exec {} apply ";"'],
    ['by looking for every file of its name', 'find / -name kubectl -exec {} apply ";" 2>&1'],
    [
      'with a Node.js that was told to agree',
      'echo "process.exit(0)" > y.cjs; NODE_OPTIONS="-r ./y.cjs" kubectl apply',
    ],
    ['of another tool', 'terraform apply -auto-approve'],
    ['of an equivalent verb', 'terraform destroy -auto-approve'],
    ['from Python', `python3 -c "import subprocess; subprocess.run(['docker', 'image', 'push', 'x'])"`],
  ])('is refused and recorded %s', async (_title, script) => {
    const result = await machine.run(['bash', '-c', fill(script)]);
    expect(result.output).not.toContain(EFFECT);
    expect(machine.effects()).toBe('');
    expect(result.blocked).not.toEqual([]);
    expect(result.output).toContain('Nothing was executed');
  });

  it.each([
    ['npm publish', 'npm publish'],
    ['npm abbreviated', 'npm pu'],
    ["npm's own first file", 'node "$(dirname "$(readlink -f "$(command -v npm)")")/npm-cli.js" publish'],
    ['npm told to run it', 'npm exec -- kubectl apply'],
  ])('is refused and recorded as %s', async (_title, script) => {
    const result = await machine.run(['bash', '-c', script], { 'package.json': '{"name":"x","version":"1.0.0"}' });
    expect(result.blocked).not.toEqual([]);
  });

  it.each([
    [
      'npm test',
      ['npm', 'test'],
      { 'package.json': '{"scripts":{"test":"./t.sh"}}', 't.sh': '#!/bin/sh\nkubectl apply' },
    ],
    [
      'pretest',
      ['npm', 'test'],
      { 'package.json': '{"scripts":{"pretest":"./t.sh || true","test":"true"}}', 't.sh': '#!/bin/sh\nkubectl apply' },
    ],
    ['a Makefile', ['make', 'test'], { Makefile: 'V=apply\ntest:\n\t-@k=kubectl; $$k $(V)\n' }],
    ['a conftest', ['python3', 'conftest.py'], { 'conftest.py': 'import os\nos.system("kube" + "ctl apply")\n' }],
    [
      'a test file',
      ['node', '--test'],
      { 'a.test.js': 'require("node:child_process").spawnSync("kubectl", ["apply"])' },
    ],
  ])('is stopped inside %s', async (_title, argv, files) => {
    const result = await machine.run(argv, files);
    expect(machine.effects() + result.output).not.toContain(EFFECT);
    expect(result.blocked).toEqual([{ entry: 'kubectl apply', call: 'kubectl apply' }]);
  });

  it.each([
    'kubectl get pods -n apply',
    'TOOLS/kubectl get pods',
    'docker build .',
    'terraform plan -out apply.tfplan',
  ])('is nothing like %s, which runs', async (script) => {
    const result = await machine.run(['bash', '-c', fill(script)]);
    expect(result.output).toMatch(/^real /);
    expect(result).toMatchObject({ exitCode: 0, blocked: [] });
  });

  it('of a script that finds its parts beside itself is refused, and its others find them', async () => {
    const podman = '#!/bin/sh\nexec "$(dirname "$0")/podman-part" "$@"\n';
    await writeFile(join(machine.tools, 'podman'), podman, { mode: 0o755 });
    await writeFile(join(machine.tools, 'podman-part'), '#!/bin/sh\necho part "$@"\n', { mode: 0o755 });
    const result = await machine.run(['bash', '-c', 'podman ps; podman push x']);
    expect(result.output).toMatch(/^part ps\nfixgate: podman was not run/);
    expect(result.blocked).toEqual([{ entry: 'docker push', call: 'podman push x' }]);
  });

  it('is refused where PATH leads to its folder through a link [sandbox:attacks:programs]', async () => {
    await symlink(machine.tools, join(machine.base, 'current'));
    const host = { PATH: `${machine.base}/current:/usr/bin:/bin`, HOME: machine.home };
    const script = `kubectl apply; ${machine.base}/current/kubectl apply x; kubectl get pods`;
    const result = await machine.run(['bash', '-c', script], {}, { host });
    expect(machine.effects() + result.output).not.toContain(EFFECT);
    expect(result.output).toContain('real kubectl get pods');
    expect(result.blocked.map(({ call }) => call)).toEqual(['kubectl apply', 'kubectl apply x']);
  });

  it('of a program that is an ES module is refused before the module runs', async () => {
    const files = { 'part.mjs': 'console.log("loaded")', 'yarn.mjs': '#!/usr/bin/env node\nimport "./part.mjs";\n' };
    for (const [name, text] of Object.entries(files)) await writeFile(join(machine.tools, name), text, { mode: 0o755 });
    const result = await machine.run([
      'bash',
      '-c',
      fill('yarn.mjs test; yarn.mjs npm publish; node TOOLS/yarn.mjs publish'),
    ]);
    expect(result.output.match(/loaded/g)).toHaveLength(1);
    expect(result.blocked.map(({ call }) => call)).toEqual(['yarn npm publish', 'yarn publish']);
  });

  it('is refused by what the judge cannot be asked about', async () => {
    const result = await machine.run([
      'bash',
      '-c',
      `kubectl get $(head -c 120000 /dev/zero | tr '\\0' x) $(head -c 120000 /dev/zero | tr '\\0' y) $(head -c 120000 /dev/zero | tr '\\0' y)`,
    ]);
    expect(result.output).not.toContain('real kubectl');
  });
});

describe('hostile code in a sandbox', () => {
  it.each([
    ['the home of the operator', 'cat HOME/.aws/credentials; ls -la HOME; find / -name credentials 2>/dev/null'],
    ['the state folder', 'cat STATE/policy.yaml; ls STATE; cat STATE/clones/repo/config'],
    ['the clone, through the tree', 'git config --list; cat "$(sed "s/gitdir: //" .git)/config"; git log'],
    ['an environment', 'env; for p in /proc/[0-9]*; do tr "\\0" "\\n" < $p/environ; done; cat /proc/*/cmdline'],
    ['the root of another process', 'for p in /proc/[0-9]*; do cat $p/root/HOME/.aws/credentials; done'],
    ['a mount made again', 'mount --bind / /mnt; mount -o remount,rw /usr; umount /proc; cat HOME/.aws/credentials'],
    ['new namespaces', 'unshare -Urm sh -c "umount -a; ls /"; nsenter -t 1 -a true; cat HOME/.aws/credentials'],
    ['the memory of the machine', 'cat /dev/mem /proc/kcore; dmesg'],
  ])('reads no secret from %s', async (_title, template) => {
    const script = template.replaceAll('HOME', machine.home).replaceAll('STATE', machine.state);
    const result = await machine.run(['bash', '-c', `${script}; echo reached the end`]);
    expect(result.output).toContain('reached the end');
    expect(result.output).not.toContain(SECRET);
  });

  it('reads no secret from a folder that PATH names by mistake', async () => {
    const { base, home, state, tools } = machine;
    const path = ['/', base, home, state, join(home, '.aws/../'), `${tools}/../home`, tools, '/usr/bin', '/bin'].join(
      ':',
    );
    const script = `cat ${home}/.aws/credentials ${state}/policy.yaml; ls ${base}; kubectl get pods`;
    const result = await machine.run(['bash', '-c', script], {}, { host: { PATH: path, HOME: home } });
    expect(result.output).toContain('real kubectl get pods');
    expect(result.output).not.toContain(SECRET);
    expect(result.output).not.toContain('effects.log');
  });

  it('reads no program of the operator that its own folder of programs is a link to [sandbox:attacks:files]', async () => {
    const hidden = join(machine.base, 'hidden');
    await mkdir(hidden);
    for (const [name, by] of Object.entries({ kubectl: 'sh', terraform: 'node' }))
      await writeFile(join(hidden, name), `#!/usr/bin/env ${by}\n// ${SECRET}\n`, { mode: 0o755 });
    const bin = join(machine.tree, 'node_modules/.bin');
    await mkdir(join(bin, '..'));
    await symlink(hidden, bin);
    const script = `cat ${hidden}/* /run/fixgate/*; head -c 300 $(cat /run/fixgate/* | grep -ao "/run/fixgate/kept/[^']*"); echo end`;
    const result = await machine.run(['bash', '-c', script], {}, { binFolders: [bin] });
    expect(result.output).toMatch(/real kubectl|exit 126/);
    expect(result.output).toContain('end');
    expect(result.output).not.toContain(SECRET);
  });

  it.each([
    ['loopback', 'exec 3<>/dev/tcp/127.0.0.1/PORT && cat <&3'],
    [
      'every address of the machine',
      'for a in $(hostname -I) ::1 0.0.0.0; do timeout 1 bash -c "cat < /dev/tcp/$a/PORT"; done',
    ],
    ['the world', 'timeout 2 bash -c "cat < /dev/tcp/1.1.1.1/53" && echo out; getent hosts example.com'],
  ])('does not get out to %s', async (_title, script) => {
    const result = await machine.run(['bash', '-c', `${fill(script)}; echo done`]);
    expect(result.output).toMatch(/^done$/m);
    expect(result.output).not.toMatch(/^out$/m);
    expect(result.output).not.toContain(SECRET);
    expect(machine.connections()).toBe(0);
  });

  it('reaches the network when its suite says so', async () => {
    const script = fill('cat < /dev/tcp/127.0.0.1/PORT');
    const result = await machine.run(['bash', '-c', script], {}, { sandbox: { network: true } });
    expect(result.output).toContain(SECRET);
    expect(machine.connections()).toBe(1);
  });

  it('writes into its tree and nowhere else', async () => {
    const script = `echo mine > inside; for f in ${machine.base}/x ${machine.home}/x ${machine.state}/x ../x /usr/x /etc/x /x; do echo bad > $f; done; ln -s ${machine.home}/y out; echo bad > out; rm -rf .git; mkdir .git; true`;
    await machine.run(['bash', '-c', script]);
    expect(readFileSync(join(machine.tree, 'inside'), 'utf8')).toBe('mine\n');
    for (const folder of [machine.base, machine.home, machine.state, join(machine.tree, '..'), '/usr', '/etc', '/']) {
      expect(existsSync(join(folder, 'x'))).toBe(false);
    }
    expect(existsSync(join(machine.home, 'y'))).toBe(false);
    expect(readFileSync(join(machine.tree, '.git'), 'utf8')).toMatch(/^gitdir: /);
  });

  it('has no capability and no way to one', async () => {
    const result = await machine.run([
      'bash',
      '-c',
      'grep ^Cap /proc/self/status; grep NoNewPrivs /proc/self/status; id -u',
    ]);
    expect(result.output.match(/^Cap\w+:\t0+$/gm)).toHaveLength(5);
    expect(result.output).toMatch(/NoNewPrivs:\t1\n65534\n$/);
  });

  it('has namespaces of its own, that of users and that of the network among them', async () => {
    const kinds = ['user', 'net', 'pid', 'mnt', 'ipc', 'uts'];
    const { output } = await machine.run([
      'bash',
      '-c',
      kinds.map((kind) => `readlink /proc/self/ns/${kind}`).join(';'),
    ]);
    const inside = output.trim().split('\n');
    expect(inside).toHaveLength(kinds.length);
    for (const [index, kind] of kinds.entries()) {
      expect(inside[index]).toMatch(new RegExp(`^${kind}:`));
      expect(inside[index]).not.toBe(readlinkSync(`/proc/self/ns/${kind}`));
    }
  });

  it('sees a small root, of which nothing but its tree and private folders can be written', async () => {
    const never = [
      '/root',
      '/boot',
      '/srv',
      '/mnt',
      '/media',
      '/sys',
      '/etc/shadow',
      '/etc/ssh',
      '/var/lib',
      '/var/log',
    ];
    const kept = ['/', '/usr', '/usr/bin', '/etc', '/run', '/var', '/dev', '/proc', machine.tools];
    const mark = `mark-${process.pid}`;
    const script = `for f in ${never.join(' ')}; do [ -e $f ] && echo "saw $f"; done
for f in ${kept.join(' ')} . "$HOME" "$TMPDIR"; do touch "$f/${mark}" 2>/dev/null && echo "wrote $f"; done; ls -A /home`;
    const { output } = await machine.run(['bash', '-c', script]);
    expect(output).toBe('wrote .\nwrote /home/sandbox\nwrote /tmp\nsandbox\n');
    expect(existsSync(`/tmp/${mark}`)).toBe(false);
  });

  it('keeps no process alive', async () => {
    const mark = `33.${process.pid}7`;
    const script = `setsid nohup sleep ${mark} >/dev/null 2>&1 & ( ( env -i setsid sleep ${mark} & ) & ); sleep 0.1; echo done`;
    expect((await machine.run(['bash', '-c', script])).output).toBe('done\n');
    const alive = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && cmdline(pid).includes(mark));
    expect(alive).toEqual([]);
  });

  it.each([
    [
      'processes',
      'for i in $(seq 200); do sleep 5 & done 2>&1; wait',
      { processes: 64 },
      /Resource temporarily unavailable|Cannot fork/i,
    ],
    ['open files', 'for i in $(seq 200); do eval "exec $((i+10))</dev/null" || exit 7; done', { openFiles: 64 }, /./],
    ['the size of a file', 'head -c 3000000 /dev/zero > big; echo "code $?"', { fileMib: 1 }, /code [1-9]/],
    [
      'memory',
      'node -e "const a = []; for (;;) a.push(Buffer.alloc(1e7, 1))"; echo "code $?"',
      { memoryMib: 600 },
      /code [1-9]/,
    ],
  ])('cannot use up %s', async (_title, script, limits, outcome) => {
    const result = await machine.run(['bash', '-c', script], {}, { sandbox: { limits }, timeoutMs: 20_000 });
    expect(result.timedOut).toBe(false);
    expect(result.output).toMatch(outcome);
  });

  it('starts Node.js, npm and Python under the usual limits', async () => {
    const result = await machine.run(['bash', '-c', 'node -p 1+1; npm --version; python3 -c "print(3)"']);
    expect(result.output).toMatch(/^2\n\d+\.\d+\.\d+\n3\n$/);
  });
});

describe('the services of a suite', () => {
  const database = 'require("node:net").createServer((s) => s.end("pong")).listen(5499, "127.0.0.1")';
  const client = 'require("node:net").connect(5499, "127.0.0.1").on("data", (d) => console.log(String(d)))';
  const start = (ready: { port: number } | { argv: string[] }, argv = ['node', 'db.js']) => ({
    services: [{ name: 'db', argv, ready, timeoutSeconds: 2 }],
  });

  it.each([
    ['a port answers', { port: 5499 }],
    ['a command succeeds', { argv: ['node', '-e', client] }],
  ])('are started inside before the tests, ready when %s', async (_title, ready) => {
    const files = { 'db.js': database, 'client.js': client };
    const result = await machine.run(['node', 'client.js'], files, { sandbox: start(ready) });
    expect(result).toMatchObject({ exitCode: 0, output: 'pong\n' });
  });

  it('say why one did not start', async () => {
    const never = await machine.run(['true'], {}, { sandbox: start({ port: 5499 }, ['sleep', '60']) });
    expect(never.output).toContain('fixgate: service db was not ready within 2 s');
    const died = await machine.run(
      ['true'],
      {},
      { sandbox: start({ port: 5499 }, ['sh', '-c', 'echo no disk; exit 3']) },
    );
    expect(died.output).toContain('no disk');
    expect(died.output).toContain('fixgate: service db ended with exit code 3');
    const absent = await machine.run(['true'], {}, { sandbox: start({ port: 5499 }, ['no-such-database']) });
    expect(absent).toMatchObject({ exitCode: 125 });
    expect(absent.output).toContain('fixgate: service db was not found');
  });
});

describe.each(['partial', 'none'] as const)('without bubblewrap, with isolation %s', (isolation) => {
  it('a blocked command is refused by name and recorded, and others run', async ({ skip }) => {
    const without = missing(`isolation ${isolation}`, (await findRung(isolation)) !== undefined);
    if (without !== undefined) skip(without);
    const sandbox = { isolation };
    const refused = await machine.run(['bash', '-c', 'kubectl apply; npm publish'], {}, { sandbox });
    expect(refused.blocked.map(({ entry }) => entry)).toEqual(['kubectl apply', 'npm publish']);
    expect(machine.effects()).toBe('');
    const passed = await machine.run(['bash', '-c', 'kubectl get pods; npm --version'], {}, { sandbox });
    expect(passed.output).toMatch(/^real kubectl get pods\n\d+\./);
  });
});

it('partial isolation has no network where loopback can be raised', async ({ skip }) => {
  const without = absent('ip', hasProgram('unshare') && existsSync('/usr/sbin/ip'));
  if (without !== undefined) skip(without);
  await machine.run(['bash', '-c', fill('cat < /dev/tcp/127.0.0.1/PORT')], {}, { sandbox: { isolation: 'partial' } });
  expect(machine.connections()).toBe(0);
});

function cmdline(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
