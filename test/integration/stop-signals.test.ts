import { execa } from 'execa';
import { expect, it } from 'vitest';

import { root } from '../support/citations.ts';

/** A server that is asked to finish while a program of its own runs. */
const server = `
  import { execa } from 'execa';
  import { listenForStopSignals } from '#transport/stop-signals.ts';
  const stop = listenForStopSignals();
  setTimeout(() => console.log('ready'), 300);
  await execa('sleep', ['30'], { reject: false, cancelSignal: stop.signal });
  setTimeout(() => console.log('finished'), 50);
`;

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets a server finish while a program of its own runs [server:stdio:ends]',
  async (signal) => {
    const started = execa('node', ['--input-type=module', '-e', server], { cwd: root, reject: false });
    await Promise.race([new Promise((resolve) => started.stdout.once('data', resolve)), started]);
    started.kill(signal);
    expect(await started).toMatchObject({ exitCode: 0, stdout: 'ready\nfinished' });
  },
);
