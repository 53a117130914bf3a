/** When the trouble of the sample incident begins. */
export const ONSET = Date.UTC(2026, 2, 1, 11, 20);
/** Scrapes come every 15 s. */
const SCRAPE_MS = 15_000;

type Value = (at: number) => number;

interface Line {
  readonly family: string;
  readonly type: string;
  readonly name: string;
  readonly labels: string;
  readonly value: Value;
}

/** Repeatable noise within ±1. */
function noise(at: number, salt: number): number {
  const x = Math.sin(at / 9_999 + salt * 78.233) * 43_758.5453;
  return 2 * (x - Math.floor(x)) - 1;
}

/** A counter that grows by a rate per second. */
function growing(rate: Value, from: number): Value {
  let [last, total] = [from, 0];
  return (at) => {
    total += (rate(at) * (at - last)) / 1_000;
    last = at;
    return Math.round(total * 1_000) / 1_000;
  };
}

const services = ['frontend', 'checkout', 'cart', 'catalogue', 'payment'];
const BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * Four hours and forty minutes of five services in two environments: in production payment begins to fail and to wait at the onset, its
 * callers wait with it a minute later, and everybody's CPU moves a little.
 */
export function incidentExposition(): string {
  const since = ONSET - 4 * 3_600_000;
  const until = ONSET + 40 * 60_000;
  const lines = ['production', 'staging'].flatMap((env) =>
    services.flatMap((service, salt) => linesOf(env, service, { salt, since })),
  );
  const families = [...Map.groupBy(lines, ({ family }) => family)].map(([family, own]) => {
    const samples = own.map(({ name, labels, value }) => {
      const parts: string[] = [];
      for (let at = since; at < until; at += SCRAPE_MS) parts.push(`${name}{${labels}} ${value(at)} ${at / 1_000}\n`);
      return parts.join('');
    });
    return `# TYPE ${family} ${own[0]?.type}\n${samples.join('')}`;
  });
  return `${families.join('')}# EOF\n`;
}

function linesOf(env: string, service: string, { salt, since }: { salt: number; since: number }): Line[] {
  const broken: Value = (at) => (env === 'production' && service === 'payment' && at >= ONSET ? 1 : 0);
  const behind: Value = (at) =>
    env === 'production' && ['checkout', 'frontend'].includes(service) && at >= ONSET + 60_000 ? 1 : 0;
  const app = `env="${env}",app="${service}",instance="10.0.0.${salt}:8080"`;
  const pod = `namespace="${env}",container="main",pod="${service}-7d9c5b8f4-x${salt}k2p"`;
  const load: Value = (at) => 40 + 5 * Math.sin(at / 3_000_000) + 2 * noise(at, salt);
  const failing: Value = (at) => 0.1 + 0.05 * noise(at, salt + 9) + 12 * broken(at) + 2 * behind(at);
  const slow: Value = (at) => 0.6 * broken(at) + 0.3 * behind(at);
  const bucket = (bound: number) =>
    growing(
      (at) =>
        load(at) * Math.min(1, (1 - slow(at)) * (bound >= 0.25 ? 1 : bound * 3.5) + (bound >= 2.5 ? slow(at) : 0)),
      since,
    );
  const requests = 'http_requests';
  const duration = 'http_request_duration_seconds';
  return [
    {
      family: requests,
      type: 'counter',
      name: `${requests}_total`,
      labels: `${app},code="200"`,
      value: growing(load, since),
    },
    {
      family: requests,
      type: 'counter',
      name: `${requests}_total`,
      labels: `${app},code="500"`,
      value: growing(failing, since),
    },
    ...[...BOUNDS, Number.POSITIVE_INFINITY].map((bound) => ({
      family: duration,
      type: 'unknown',
      name: `${duration}_bucket`,
      labels: `${app},le="${bound === Number.POSITIVE_INFINITY ? '+Inf' : bound}"`,
      value: bucket(bound),
    })),
    {
      family: 'container_cpu_usage_seconds',
      type: 'counter',
      name: 'container_cpu_usage_seconds_total',
      labels: pod,
      value: growing((at) => 0.3 + 0.02 * noise(at, salt + 3) + 0.1 * broken(at) + 0.2 * behind(at), since),
    },
    {
      family: 'container_memory_working_set_bytes',
      type: 'gauge',
      name: 'container_memory_working_set_bytes',
      labels: pod,
      value: (at) => Math.round(2e8 + 1e6 * noise(at, salt + 5)),
    },
  ];
}
