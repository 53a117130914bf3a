import { afterAll, describe } from 'vitest';

import { fakeLoki } from '../support/fake-loki.ts';
import type { StoredLine } from '../support/logql-fake.ts';
import { lokiLogs, ns } from '../support/loki-sources.ts';
import type { RealLoki } from '../support/real-loki.ts';
import { hasLoki, realLoki } from '../support/real-loki.ts';
import type { HeldEvent, MakeLogSource } from './log-source.ts';
import { describeLogSource } from './log-source.ts';

type ToLine = (event: HeldEvent) => Omit<StoredLine, 'ns'>;
type Settings = Readonly<Record<string, unknown>>;

const inLabels: ToLine = ({ level = 'info', service = 'unknown_service', env, message }) => ({
  labels: { service_name: service, ...(env !== undefined && { env }) },
  metadata: { level },
  line: message,
});
const inLines: ToLine = ({ level, service, env, message }) => ({
  labels: { job: 'docker' },
  line: JSON.stringify({ level, service, env, message }),
});
// Loki makes `service_name` of the job; these streams have no label `service`.
const docker = { selector: '{job="docker"}', labels: { service: 'service' } };

const inFake =
  (toLine: ToLine, settings: Settings): MakeLogSource =>
  async (events) => {
    const server = await fakeLoki(events.map((event) => ({ ns: ns(event.at), ...toLine(event) })));
    const source = lokiLogs({ url: server.url, ...settings });
    return { ...source, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  };

describeLogSource('a Loki whose labels say everything', inFake(inLabels, {}));
describeLogSource('a Loki whose lines say everything', inFake(inLines, docker));

describe.skipIf(!hasLoki)('a real Loki, where the program loki is installed:', () => {
  let server: Promise<RealLoki> | undefined;
  let tenants = 0;
  afterAll(async () => (await server)?.[Symbol.asyncDispose]());

  const inReal =
    (toLine: ToLine, settings: Settings): MakeLogSource =>
    async (events) => {
      server ??= realLoki();
      const { url, push } = await server;
      const tenant = `tenant-${(tenants += 1)}`;
      const lines = events.map((event) => ({ ns: ns(event.at), ...toLine(event) }));
      await push(tenant, lines);
      return { ...lokiLogs({ url, tenant, ...settings }), [Symbol.asyncDispose]: async () => {} };
    };

  describeLogSource('labels that say everything', inReal(inLabels, {}));
  describeLogSource('lines that say everything', inReal(inLines, docker));
});
