import { expect, it } from 'vitest';

import { callAndWait } from '#cli/call.ts';
import type { ToolAnswer } from '#engine/call-tool.ts';

const running: ToolAnswer = { callId: 'c', text: 'OK', structured: { status: 'running', job_id: 'j' } };

it('answers where a run of tests stands when its user stops waiting for it [cli:call:stopped]', async () => {
  const stop = new AbortController();
  const asked: unknown[] = [];
  const answer = await callAndWait(
    ({ args }) => {
      if (asked.push(args) === 2) stop.abort();
      return Promise.resolve(running);
    },
    { tool: 'run_tests', args: { incident_id: 'PD-1' }, signal: stop.signal },
  );

  expect(answer).toBe(running);
  expect(asked).toEqual([{ incident_id: 'PD-1' }, { incident_id: 'PD-1', job_id: 'j', wait_s: 25 }]);
});
