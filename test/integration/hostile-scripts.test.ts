import { copyFileSync, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { findRung } from '#workspace/sandbox-ladder.ts';

import { root } from '../support/citations.ts';
import { createHostileMachine, EFFECT, SECRET } from '../support/hostile-machine.ts';
import { missing } from '../support/needs.ts';

let machine: Awaited<ReturnType<typeof createHostileMachine>>;

beforeEach(async ({ skip }) => {
  const without = missing('bubblewrap with user namespaces', (await findRung('full')) !== undefined);
  if (without !== undefined) skip(without);
  machine = await createHostileMachine();
  // A binary with an effect that leaves a file in the tree.
  copyFileSync('/usr/bin/touch', join(machine.tools, 'oc'));
});
afterEach(async () => {
  await machine?.[Symbol.asyncDispose]();
});

const fill = (text: string) =>
  text
    .replaceAll('TOOLS', machine.tools)
    .replaceAll('HOME', machine.home)
    .replaceAll('STATE', machine.state)
    .replaceAll('BASE', machine.base);

const vehicles = {
  'npm test': ['npm', 'test'],
  pretest: ['npm', 'test'],
  Makefile: ['make', 'test'],
  'conftest.py': ['python3', 'conftest.py'],
} as const;
type Vehicle = keyof typeof vehicles;

/** Lets a file of the repository run a script, as tests do. */
async function attack(vehicle: Vehicle, script: string) {
  const own = fill(script);
  const isPython = /^(?:import|from) /.test(own);
  const start = isPython ? 'python3 ./attack.py' : 'bash ./attack.sh';
  const manifest =
    vehicle === 'pretest' ? { pretest: `${start} || true`, test: 'echo END' } : { test: `${start}; echo END` };
  return machine.run(vehicles[vehicle], {
    'package.json': JSON.stringify({ name: 'x', version: '1.0.0', scripts: manifest }),
    Makefile: `test:\n\t-@${start}\n\t@echo END\n`,
    'conftest.py': `import os\nos.system("${start}")\nprint("END")\n`,
    'attack.sh': isPython ? '' : own,
    'attack.py': isPython ? own : '',
  });
}

const execute = (call: string) => `import ctypes, os
libc = ctypes.CDLL(None)
words = (ctypes.c_char_p * 3)(b'oc', b'apply', None)
nothing = (ctypes.c_char_p * 1)(None)
${call}`;

describe('a blocked program', () => {
  it.each<[string, Vehicle, string]>([
    ['a copy of its bytes', 'npm test', 'cat "$(command -v kubectl)" > k; chmod +x k; ./k apply; ./k apply x'],
    ['a hard link', 'pretest', 'ln TOOLS/oc k; ./k apply; ln TOOLS/kubectl k2; ./k2 apply'],
    [
      'a file in memory',
      'conftest.py',
      `import os
fd = os.memfd_create('x', 0)
os.write(fd, open('TOOLS/oc', 'rb').read())
os.set_inheritable(fd, True)
os.execv('/proc/self/fd/%d' % fd, ['oc', 'apply'])`,
    ],
    [
      'the dynamic linker',
      'Makefile',
      '/lib64/ld-linux-x86-64.so.2 TOOLS/oc apply; /lib64/ld-linux-x86-64.so.2 --argv0 ls TOOLS/oc apply',
    ],
    ['the system call itself', 'npm test', execute(`libc.execve(b'TOOLS/oc', words, nothing)`)],
    [
      'an open file',
      'pretest',
      execute(`libc.syscall(322, os.open('TOOLS/oc', os.O_PATH), b'', words, nothing, 0x1000)`),
    ],
    [
      'the first line of a script',
      'Makefile',
      'printf "#!TOOLS/kubectl apply\\n" > s; chmod +x s; ./s; printf "#!/usr/bin/env -S TOOLS/oc apply\\n" > t; chmod +x t; ./t',
    ],
    [
      'an empty environment',
      'npm test',
      'env -i TOOLS/oc apply; unset PATH HOME; TOOLS/kubectl apply; (exec -c TOOLS/oc apply); (exec -a ls TOOLS/oc apply)',
    ],
    [
      'functions in the environment',
      'conftest.py',
      `env 'BASH_FUNC_exit%%=() { :; }' 'BASH_FUNC_exec%%=() { :; }' ENV=./e TOOLS/oc apply`,
    ],
    [
      'a Node.js of its own',
      'pretest',
      'mkdir b; printf "#!/bin/sh\\nexit 0\\n" > b/node; chmod +x b/node; PATH=$PWD/b:$PATH TOOLS/oc apply',
    ],
    [
      'another judge',
      'Makefile',
      'for f in /run/fixgate/*; do rm -rf $f; mv $f $f.old; done; mv /run/fixgate /run/old; TOOLS/oc apply',
    ],
    [
      'everything below its name',
      'conftest.py',
      // The two folders hold libraries and documents only, a great many on some computers.
      'find / -path /usr/share -prune -o -path /usr/lib -prune -o -name "oc*" -exec {} apply ";"; for p in /proc/[0-9]*; do $p/root/TOOLS/oc apply; done',
    ],
  ])('is not reached by %s, in %s [sandbox:attacks:programs]', async (_way, vehicle, script) => {
    const result = await attack(vehicle, script);
    expect(result.output).toContain('END');
    expect(machine.effects() + result.output).not.toContain(EFFECT);
    expect(existsSync(join(machine.tree, 'apply'))).toBe(false);
  });
});

describe('the network and other processes', () => {
  it.each<[string, Vehicle, string]>([
    [
      'sockets of every family',
      'npm test',
      `import socket
for family in range(1, 46):
  for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM, socket.SOCK_STREAM):
    try:
      s = socket.socket(family, kind)
    except OSError:
      continue
    print('OPENED', family)
    s.settimeout(1)
    for address in (('1.1.1.1', 53), (2, 22), ('fixgate',)):
      try:
        s.connect(address)
        s.send(b'x')
        print('OUT', family, address)
      except (OSError, TypeError):
        pass`,
    ],
    [
      'io_uring',
      'pretest',
      'import ctypes\nif ctypes.CDLL(None).syscall(425, 8, (ctypes.c_char * 120)()) >= 0: print("OUT")',
    ],
    [
      'keyrings of the account',
      'Makefile',
      'import ctypes\nfor ring in (-3, -4, -5):\n  if ctypes.CDLL(None).syscall(250, 0, ring, 0) >= 0: print("OUT", ring)',
    ],
    [
      'terminals',
      'conftest.py',
      `import fcntl, os
for name in ('/dev/tty', '/dev/console', '/dev/pts/0', '/proc/1/fd/0', '/proc/self/fd/1'):
  try:
    fcntl.ioctl(os.open(name, os.O_RDWR), 0x5412, b'x')
    print('OUT', name)
  except OSError:
    pass`,
    ],
    [
      'signals',
      'Makefile',
      'for p in $(seq 2 70000); do kill -0 $p 2>/dev/null && echo $p; done | grep -c . | grep -vE "^.?.$" && echo OUT',
    ],
    [
      'services of the account',
      'npm test',
      'systemd-run --user touch BASE/x && echo OUT; echo "touch BASE/x" | at now && echo OUT; echo "* * * * * touch BASE/x" | crontab - && echo OUT; env | grep -iE "ssh_|gpg|dbus|token" && echo OUT',
    ],
  ])('are not reached by %s, in %s [sandbox:attacks:network]', async (_way, vehicle, script) => {
    const result = await attack(vehicle, script);
    expect(result.output).toContain('END');
    expect(result.output).not.toMatch(/\bOUT\b/);
    // Unix, IPv4, IPv6 and netlink are kept apart by the namespace.
    const opened = [...result.output.matchAll(/^OPENED (\d+)$/gm)].map(([, family]) => Number(family));
    expect(opened.filter((family) => ![1, 2, 10, 16].includes(family))).toEqual([]);
    expect(machine.connections()).toBe(0);
    expect(existsSync(join(machine.base, 'x'))).toBe(false);
  });

  it('are not reached by sockets in files, nor by names without one [sandbox:attacks:network]', async () => {
    let connections = 0;
    const abstract = `fixgate-${process.pid}`;
    const places = [`\0${abstract}`, join(machine.base, 'docker.sock'), join(machine.home, 'agent.sock')];
    const servers = await Promise.all(
      places.map(
        (place) =>
          new Promise<ReturnType<typeof createServer>>((resolve) => {
            const server = createServer((socket) => {
              connections += 1;
              socket.on('error', () => undefined).end(SECRET);
            });
            server.listen({ path: place }, () => resolve(server));
          }),
      ),
    );
    const result = await attack(
      'conftest.py',
      `import socket
for place in ('\\0${abstract}', 'BASE/docker.sock', 'HOME/agent.sock', '/var/run/docker.sock', '/run/dbus/system_bus_socket'):
  try:
    s = socket.socket(socket.AF_UNIX)
    s.connect(place)
    print('OUT', s.recv(99))
  except OSError:
    pass`,
    );
    for (const server of servers) server.close();
    expect(result.output).toContain('END');
    expect(result.output).not.toMatch(/OUT|planted/);
    expect(connections).toBe(0);
  });
});

describe('the machine outside of the tree', () => {
  it.each<[string, Vehicle, string]>([
    [
      'links that change',
      'npm test',
      'for i in $(seq 30); do ln -sfn / l; ln -sfn . l; echo bad > l/BASE/out; cat l/HOME/.aws/credentials; done 2>&1',
    ],
    [
      'hard links',
      'pretest',
      'ln STATE/policy.yaml x; ln HOME/.aws/credentials y; cat x y; ln -L /proc/1/root/STATE/policy.yaml z; cat z',
    ],
    [
      'roots and folders of processes',
      'Makefile',
      'for p in /proc/[0-9]* /proc/self /proc/thread-self; do cat $p/root/HOME/.aws/credentials $p/cwd/../../../policy.yaml; echo bad > $p/root/BASE/out; done',
    ],
    [
      'handles of files',
      'conftest.py',
      `import ctypes, os
libc = ctypes.CDLL(None)
class Handle(ctypes.Structure):
  _fields_ = [('bytes', ctypes.c_uint), ('type', ctypes.c_int), ('handle', ctypes.c_char * 128)]
handle, mount = Handle(128), ctypes.c_int()
libc.name_to_handle_at(-100, b'.', ctypes.byref(handle), ctypes.byref(mount), 0)
tree = os.open('.', os.O_RDONLY)
for inode in (None, 2, 128, 256):
  if inode: handle.bytes, handle.type, handle.handle = 8, 1, inode.to_bytes(8, 'little')
  if libc.open_by_handle_at(tree, ctypes.byref(handle), os.O_RDONLY) >= 0: print('planted')`,
    ],
    [
      'mounts, old and new',
      'npm test',
      `import ctypes
libc = ctypes.CDLL(None)
for number, words in ((165, (b'/', b'.', None, 4096, None)), (428, (-100, b'/', 1)), (430, (b'tmpfs', 0)), (272, (0x10000000,)), (272, (0x20000,)), (155, (b'.', b'.')), (161, (b'/',)), (166, (b'/tmp', 2))):
  if libc.syscall(number, *words) >= 0: print('planted', number)`,
    ],
    [
      'files of the kernel',
      'Makefile',
      'cat /proc/sys/fs/pipe-max-size > /proc/sys/fs/pipe-max-size && echo planted; echo b > /proc/sysrq-trigger && echo planted; ls /sys/fs/cgroup && echo planted; cat /dev/mem /dev/kmsg /proc/kcore && echo planted; true',
    ],
    [
      'environments',
      'pretest',
      'cat /proc/*/environ /proc/*/task/*/environ | tr "\\0" "\\n"; env; git credential fill <<< url=https://github.com; ssh-add -L; gpg -K',
    ],
    [
      'what stays for later',
      'conftest.py',
      'for f in ~/.bashrc ~/.profile /etc/profile.d/x.sh /etc/cron.d/x /usr/bin/git BASE/out STATE/out; do echo bad > $f; done; cp /bin/true TOOLS/kubectl; cp /bin/true /usr/local/bin/npm',
    ],
  ])('is not read or written through %s, in %s [sandbox:attacks:files]', async (_way, vehicle, script) => {
    const result = await attack(vehicle, script);
    expect(result.output).toContain('END');
    expect(result.output).not.toMatch(/planted/);
    for (const file of ['base/out', 'state/out', 'home/.bashrc'])
      expect(existsSync(join(machine.base, file.replace('base/', '')))).toBe(false);
    expect(machine.effects()).toBe('');
  });

  it.each(['full', 'none'] as const)(
    'is not reached by descriptors that the server was started with, under %s [sandbox:attacks:descriptors]',
    async (isolation) => {
      const program = join(root, 'test/support/inheriting-process.ts');
      const script =
        'ls -l /proc/self/fd/ | grep -c hostile-; cat /proc/self/fd/40/.aws/credentials; cat <&40; echo END';
      const { stdout } = await execa('bash', [
        '-c',
        'exec 40<"$1" 41<"$1/.aws/credentials" 7<"$1"; shift; exec "$@"',
        'bash',
        machine.home,
        process.execPath,
        program,
        isolation,
        machine.tree,
        script,
      ]);
      expect(stdout).toContain('END');
      expect(stdout).toMatch(/^0$/m);
      expect(stdout).not.toContain(SECRET);
    },
  );

  it('has its devices again when a run is over that closed them [sandbox:attacks:files]', async () => {
    const modes = () => ['null', 'zero', 'urandom'].map((name) => statSync(`/dev/${name}`).mode & 0o777);
    await machine.run(['bash', '-c', 'chmod 600 /dev/zero /dev/urandom']);
    expect(modes()).toEqual([0o666, 0o666, 0o666]);
  });

  it('is not filled: a run that takes more of the disk than its limit is ended [sandbox:limits:disk]', async () => {
    const script = 'for i in $(seq 60); do head -c 20000000 /dev/zero > part$i; sleep 0.1; done; echo all written';
    const startedAt = performance.now();
    const result = await machine.run(['bash', '-c', script], {}, { sandbox: { limits: { diskMib: 100 } } });
    expect(result.output).toMatch(
      /fixgate: the run was ended: it took \d+ MiB of the disk, and the limit is 100 MiB\./,
    );
    expect(result.output).not.toContain('all written');
    expect(result.exitCode === 0 || result.timedOut).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});
