import { writeSync } from 'node:fs';

import { systemClock } from '#domain/clock.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';

import { ampleCaps, sampleEvent, sampleIncident, samplePatch, samplePlan, sampleResult } from './store-samples.ts';

/** One server process on a state folder; says each verb on stdout only after it has answered. */
const [folder = '', mode = '', argument = ''] = process.argv.slice(2);
const store = createSqliteStore({ folder, clock: systemClock });
const say = (line: string) => writeSync(1, `${line}\n`);
const incidentId = 'PD-1';

/** Admits `argument` calls under a cap of 10. */
function race(): void {
  for (let i = 0; i < Number(argument); i += 1) {
    const outcome = store.admit({
      incidentId,
      callId: `${process.pid}-${i}`,
      spend: { tool_calls: 1 },
      hold: {},
      caps: { ...ampleCaps, tool_calls: 10 },
      event: sampleEvent('call.admitted', { tool: 'query_metrics' }),
    });
    say(outcome.admitted ? 'admitted' : 'refused');
  }
}

/** Goes through whole calls until it is killed: 7 seconds held and 3 used, 100 bytes held and 40 used, 5 micro-dollars. */
function work(): never {
  for (let i = 0; ; i += 1) {
    const callId = `${process.pid}-${i}`;
    const admitted = store.admit({
      incidentId,
      callId,
      spend: { tool_calls: 1, test_runs: 1 },
      hold: { test_seconds: 7, bytes_out: 100 },
      caps: ampleCaps,
      daily: { ledger: 'repo', caps: ampleCaps },
      event: sampleEvent('call.admitted', { tool: 'run_tests' }),
    });
    if (!admitted.admitted) throw new Error('The caps of this test are too small.');
    say(`admitted ${callId}`);
    const run = { jobId: callId, incidentId, callId, plan: samplePlan };
    store.startTestRun(run, sampleEvent('tests.started', { callId }));
    store.finishTestRun(callId, sampleResult(2.5), sampleEvent('tests.finished', { callId }));
    say(`finished ${callId}`);
    const tree = store.patches(incidentId).at(-1)?.tree ?? 't0';
    const patch = samplePatch(tree, callId);
    if (store.recordPatch(incidentId, patch, [`src/${callId}.ts`], sampleEvent('patch.applied', { callId }))) {
      say(`patched ${callId}`);
    }
    store.settle({
      incidentId,
      callId,
      actual: { bytes_out: 40, usd: 5 },
      event: sampleEvent('call.succeeded', { tool: 'run_tests' }),
    });
    say(`settled ${callId}`);
  }
}

/** Makes or migrates the state as the first thing it does. */
function open(): void {
  const standing = store.openIncident(sampleIncident(incidentId), sampleEvent('incident.opened'));
  say(standing === undefined ? 'inserted' : 'found');
  store.append('_server', sampleEvent('call.invalid'));
}

/** Opens `argument` incidents of its own under a quota of 10 a day. */
function openMany(): void {
  for (let i = 0; i < Number(argument); i += 1) {
    try {
      const incident = sampleIncident(`A-${process.pid}-${i}`, { openedBy: 'agent' });
      store.openIncident(incident, sampleEvent('incident.opened'), { ledger: 'agents', cap: 10 });
      say('opened');
    } catch {
      say('refused');
    }
  }
}

/** Writes evidence of 1 MiB until the disk refuses. */
function fill(): void {
  try {
    for (let i = 0; i < 64; i += 1) {
      const saved = store.saveEvidence(incidentId, { mimeType: 'text/plain', text: 'x'.repeat(2 ** 20), title: 'big' });
      say(`saved ${saved.n}`);
    }
  } catch (error) {
    say(JSON.stringify({ ...(error as object), message: (error as Error).message }));
  }
}

say('ready');
switch (mode) {
  case 'race':
    race();
    break;
  case 'work':
    work();
    break;
  case 'open':
    open();
    break;
  case 'open-many':
    openMany();
    break;
  case 'fill':
    fill();
    break;
  default:
    throw new Error(`Unknown mode ${mode}.`);
}
await store[Symbol.asyncDispose]();
