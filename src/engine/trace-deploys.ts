import type { Deploy } from '#domain/evidence.ts';
import type { Suspect } from '#engine/services/deploys/rank-all.ts';
import { LEAST_CONFIDENCE } from '#report/diagnosis.ts';
import { noteCategory } from '#telemetry/call-facts.ts';
import type { Attributes } from '#telemetry/tracing.ts';
import { addSpanEvent, annotateRequest, annotateSpan } from '#telemetry/tracing.ts';

/** Deploys that one span tells of. */
const MAX_DEPLOYS = 20;

/** Tells the span of a call which deploys it found: an event for each, and of the likeliest cause in its own attributes. */
export function tellDeploys(suspects: readonly Suspect[], env: string | undefined): void {
  const found = suspects.flatMap(({ deploy, confidence }) => (deploy ? [{ deploy: deploy.deploy, confidence }] : []));
  const [first] = found;
  annotateSpan({
    ...(first && deployAttributes(first.deploy)),
    'deployment.environment.name': env ?? first?.deploy.env,
  });
  for (const { deploy, confidence } of found.slice(0, MAX_DEPLOYS)) {
    const { service, ref } = deploy;
    const place = { 'service.name': service, 'service.version': ref, 'fixgate.suspect.confidence': confidence?.score };
    addSpanEvent('fixgate.deploy', { ...deployAttributes(deploy), ...place });
  }
  if (!found.some(({ confidence }) => (confidence?.score ?? 0) >= LEAST_CONFIDENCE)) return;
  annotateRequest({ 'fixgate.incident.category': 'deployment_issue' });
  noteCategory('deployment_issue');
}

/** A deploy in the words of OpenTelemetry, which knows only two ways to end. */
function deployAttributes({ id, ref, kind, status, env, sha, links }: Deploy): Attributes {
  return {
    'deployment.id': id,
    'deployment.name': ref,
    'deployment.status': status === 'succeeded' || status === 'failed' ? status : undefined,
    'deployment.environment.name': env,
    'artifact.version': kind === 'tag' || kind === 'release' ? ref : undefined,
    'vcs.ref.head.revision': sha || undefined,
    'fixgate.deploy.kind': kind,
    'fixgate.deploy.status': status,
    ...(kind === 'run' && { 'cicd.pipeline.run.id': id, 'cicd.pipeline.run.url.full': pageOf(links?.[0]) }),
  };
}

/** An address without what may hold a secret. */
function pageOf(link: string | undefined): string | undefined {
  const url = link === undefined ? null : URL.parse(link);
  return url ? `${url.protocol}//${url.host}${url.pathname}` : undefined;
}
