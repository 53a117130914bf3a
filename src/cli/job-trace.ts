import { carrierOf, packageVersion, stateFolderOf, type Invocation } from '#cli/invocation.ts';
import { createSpanSink, recordDropped } from '#cli/telemetry.ts';
import { resolveSecret } from '#config/secret.ts';
import type { TelemetryFile } from '#config/telemetry.ts';
import { resolveTelemetry } from '#config/telemetry.ts';
import type { TestRun } from '#domain/remediation.ts';
import { createRedactor } from '#engine/redact.ts';
import { incidentAttributes, placeAttributes, rootOf } from '#engine/trace-requests.ts';
import type { Store } from '#state/store.ts';
import type { Dropped } from '#telemetry/dropped.ts';
import { createDropped } from '#telemetry/dropped.ts';
import { PIPELINE_RESULTS } from '#telemetry/pipeline-results.ts';
import { placeOf } from '#telemetry/trace-parent.ts';
import type { Attributes } from '#telemetry/tracing.ts';
import { newTraceId, withRootSpan } from '#telemetry/tracing.ts';

/** How the spans of a job leave it: the configuration's own keys, secrets still as references. */
export interface JobTelemetry {
  readonly keys: TelemetryFile;
  /** Folder of the configuration. */
  readonly folder: string;
  /** What the spans of the call say that started it. */
  readonly shared: Attributes;
}

interface JobTraceDeps {
  readonly telemetry: JobTelemetry | undefined;
  readonly store: Pick<Store, 'getTestRun' | 'getIncident' | 'append'>;
  readonly invocation: Invocation;
}

/** Nobody waits for the end of a job's process, whose spans are all sent there: milliseconds. */
const CLOSE_MS = 5_000;

/**
 * Executes a job within a span below the call that started it; without export it is only executed. Answers whether a collector that
 * hangs would keep the process.
 */
export async function tracedJob(jobId: string, deps: JobTraceDeps, work: () => Promise<void>): Promise<boolean> {
  const run = deps.store.getTestRun(jobId);
  const dropped = createDropped();
  const spans = run && openSpans(deps, dropped);
  if (!spans) {
    await work();
    return false;
  }
  const { incidentId, plan } = run;
  const place = placeOf({ environment: carrierOf(deps.invocation) }, rootOf(incidentId), newTraceId);
  const incident = deps.store.getIncident(incidentId);
  const told = deps.telemetry?.shared;
  const shared = { ...told, ...placeAttributes(incidentId), ...(incident && incidentAttributes(incident)) };
  const attributes = {
    'cicd.pipeline.name': plan.suite,
    'cicd.pipeline.action.name': 'RUN',
    'cicd.pipeline.run.id': jobId,
    'test.suite.name': plan.suite,
  };
  let hangs = false;
  try {
    const start = { name: `RUN ${plan.suite}`, ...place, attributes, shared, record: spans.record };
    await withRootSpan(start, async (span) => {
      await work();
      const finished = deps.store.getTestRun(jobId);
      span.set(resultAttributes(finished));
      if (finished?.result?.verdict === 'infra_error') span.fail('infra_error');
    });
  } finally {
    hangs = !(await spans.close());
    recordDropped(deps.store, dropped);
  }
  return hangs;
}

function openSpans({ telemetry, invocation }: JobTraceDeps, dropped: Dropped) {
  if (!telemetry) return undefined;
  const secrets: string[] = [];
  const keepSecret = (value: string) => void secrets.push(value);
  const { folder, keys } = telemetry;
  const { environment } = invocation;
  const secretOf = (reference: Parameters<typeof resolveSecret>[0]) => {
    const value = resolveSecret(reference, environment, folder);
    keepSecret(value);
    return value;
  };
  return createSpanSink({
    telemetry: resolveTelemetry(keys, { folder, environment, secretOf, keepSecret }),
    version: packageVersion(invocation),
    stateFolder: stateFolderOf(invocation),
    redact: createRedactor(secrets),
    warn: (message) => console.error(message),
    onLost: (spans) => dropped.add('spans', spans.length),
    limits: { closeMs: CLOSE_MS },
  });
}

function resultAttributes(run: TestRun | undefined): Attributes {
  if (!run?.result) return {};
  const { verdict, counts } = run.result;
  const [result, status] = PIPELINE_RESULTS[verdict];
  return {
    'cicd.pipeline.result': result,
    'test.suite.run.status': status,
    'fixgate.verification.verdict': verdict,
    'fixgate.verification.passed': counts.passed,
    'fixgate.verification.failed': counts.failed,
    'fixgate.verification.total': counts.total,
  };
}
