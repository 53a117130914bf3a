import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import type { FinishedSpan } from '#telemetry/tracing.ts';
import { withRootSpan } from '#telemetry/tracing.ts';
import { createGit } from '#workspace/git.ts';

import { temporaryFolder } from '../support/temporary-repository.ts';

it.each(['server', 'operator'] as const)(
  'git as %s gets the span that it is started in, where it is exported and only then [telemetry:traces:git]',
  async (as) => {
    await using folder = await temporaryFolder();
    const program = join(folder.path, 'git');
    await writeFile(program, '#!/bin/sh\necho "$TRACEPARENT|$TRACESTATE"\n');
    await chmod(program, 0o755);
    const git = createGit({ environment: { PATH: folder.path } });
    const seen = () => git.text({ args: ['version'], as });
    const traceId = 'a'.repeat(32);
    const spans: FinishedSpan[] = [];
    const record = (span: FinishedSpan) => void spans.push(span);

    expect(await seen()).toBe('|');
    expect(await withRootSpan({ name: 'off', traceId, traceState: 'a=b' }, seen)).toBe('|');
    const told = await withRootSpan({ name: 'on', traceId, traceState: 'a=b', record }, seen);
    expect(told).toBe(`00-${traceId}-${spans[0]?.spanId}-01|`);
  },
);
