import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';

import { writeWhole } from '#cli/report-forms.ts';
import type { Reports } from '#cli/reports.ts';
import type { Config } from '#config/load.ts';
import type { Clock } from '#domain/clock.ts';
import type { CallTool, ToolAnswer, ToolCall } from '#engine/call-tool.ts';
import type { Notifications } from '#engine/notifications.ts';
import type { Redact } from '#engine/redact.ts';
import type { Approvals } from '#policy/approvals.ts';
import type { HumanWord } from '#policy/human-word.ts';
import { toRemediation } from '#report/remediation.ts';
import type { Report } from '#report/schema.ts';
import type { Store } from '#state/store.ts';
import type { Log } from '#telemetry/log.ts';

interface HandOverDeps {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly log: Log;
  readonly reports: Pick<Reports, 'of'>;
  readonly word: Pick<HumanWord, 'believed'>;
  readonly isProved: Approvals['isProved'];
  readonly stateFolder: string;
}

/** Times that one process writes the package of one hand-over; more than an agent's words are kept. */
const MAX_WRITES = 10;

/** Milliseconds that a process which ends waits for receivers; the rest is for the next one. */
const FLUSH_MS = 2_000;

/** Writes the files of handed-over incidents and tells who is to be told; all of it behind the calls, none of which it can fail. */
export interface HandOverDesk extends AsyncDisposable {
  /** Wraps the engine: whatever a call brought is written and told after its answer. */
  around(call: CallTool): CallTool;
  /** Writes the package of an incident, if it is handed over; answers the folder. */
  write(id: string): Promise<string | undefined>;
  /** Looks every so often for what others brought, until it is disposed. */
  watch(everyMs: number): Disposable;
}

/** Makes the desk of one process. */
export function createHandOverDesk(deps: HandOverDeps): HandOverDesk {
  const { store, log, config } = deps;
  const hasTargets = config.notify.webhook !== undefined || config.notify.slack !== undefined;
  const written = new Map<string, Set<string>>();
  const pending = new Set<Promise<void>>();
  let loading: Promise<Notifications> | undefined;
  const notifications = () => (loading ??= load(deps));

  function behind(work: Promise<unknown>, what: string): void {
    const done = work.then(
      () => undefined,
      (error: unknown) => log('error', `${what}: ${error instanceof Error ? error.message : String(error)}`),
    );
    pending.add(done);
    void done.finally(() => pending.delete(done));
  }

  function wake(): void {
    if (hasTargets)
      behind(
        notifications().then((sender) => sender.wake()),
        'nobody is told of hand-overs',
      );
  }

  /** Once for each hand-over and each thing that was said of it; what is said again and again costs nothing. */
  function keep(id: string, { name, args }: ToolCall, { structured }: ToolAnswer): void {
    const incident = store.getIncident(id);
    if (incident?.state !== 'escalated') return;
    const said = name === 'escalate' && structured?.['kept'] === true ? JSON.stringify(args).slice(0, 10_000) : '';
    const key = `${id} ${incident.escalation?.at}`;
    const done = written.get(key) ?? new Set();
    if (done.has(said) || done.size >= MAX_WRITES) return;
    written.set(key, done.add(said));
    behind(write(id), `the hand-over of ${id} was not written`);
  }

  async function write(id: string): Promise<string | undefined> {
    const incident = store.getIncident(id);
    if (incident?.state !== 'escalated') return undefined;
    const folder = path.join(deps.stateFolder, 'incidents', id);
    await writePackage(folder, await deps.reports.of(incident));
    return folder;
  }

  return {
    write,
    around: (call) => async (request) => {
      const answer = await call(request);
      const id = (request.args as { readonly incident_id?: unknown } | null | undefined)?.incident_id;
      if (typeof id === 'string') keep(id, request, answer);
      wake();
      return answer;
    },
    watch(everyMs) {
      wake();
      const timer = setInterval(wake, everyMs).unref();
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(pending);
      if (hasTargets) await (await notifications()).flush(FLUSH_MS);
    },
  };
}

/** Loaded when somebody is to be told, by whom the configuration names. */
async function load(deps: HandOverDeps): Promise<Notifications> {
  const [{ createNotifications }, { createTargets }] = await Promise.all([
    import('#engine/notifications.ts'),
    import('#cli/notify-targets.ts'),
  ]);
  const { store, clock, redact, log } = deps;
  return createNotifications({
    store,
    clock,
    redact,
    targets: createTargets(deps),
    onFailure: (text, untold) =>
      untold
        ? log(untold.givenUp ? 'error' : 'warn', text, { event: 'notify.failed', incident_id: untold.incidentId })
        : log('error', text),
  });
}

/** The report for people and for programs, and the drafted commands, which nobody can execute as they are. */
async function writePackage(folder: string, report: Report): Promise<void> {
  const { toMarkdown } = await import('#report/markdown.ts');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  replaceFile(path.join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  replaceFile(path.join(folder, 'report.md'), toMarkdown(report));
  replaceFile(path.join(folder, 'remediation.sh'), toRemediation(report) ?? '');
}

function replaceFile(file: string, text: string): void {
  writeWhole(file, text);
  // Whatever the umask says.
  chmodSync(file, 0o644);
}
