import type { Stderr } from '#cli/stderr.ts';
import type { Clock } from '#domain/clock.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { isTold } from '#engine/trace-records.ts';
import { rootOf } from '#engine/trace-requests.ts';
import { createDecisionLog } from '#telemetry/decision-log.ts';
import type { Log, LogLevel } from '#telemetry/log.ts';
import { createLog } from '#telemetry/log.ts';

interface RuntimeLogDeps {
  readonly stderr: Stderr | undefined;
  /** Undefined where a command answers its user, who is told only what went wrong. */
  readonly level: LogLevel | undefined;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
}

/** Makes the log of a process: JSON where it was asked for and a program reads standard error, else one plain line for people. */
export function createRuntimeLog({ stderr, level, clock, redact }: RuntimeLogDeps): Log {
  const write = stderr?.write ?? ((line: string) => void process.stderr.write(line));
  const format = level === undefined || stderr?.isTerminal ? 'human' : 'json';
  return createLog({ level: level ?? 'warn', format, clock, redact, write });
}

/** What hears of every event that this process wrote. */
export interface EventEar {
  readonly onEvent: (event: TimelineEvent) => void;
  /** Incidents with records that are told as spans, and were not yet. */
  readonly toTell: Set<string>;
}

/** Makes it; `decisions` where somebody reads the log of decisions. */
export function createEventEar(log: Log, decisions: boolean): EventEar {
  const logDecision = decisions ? createDecisionLog(log, rootOf) : undefined;
  const toTell = new Set<string>();
  return {
    toTell,
    onEvent(event) {
      if (isTold(event)) toTell.add(event.chain);
      logDecision?.(event);
    },
  };
}
