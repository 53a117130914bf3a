import type { Stderr } from '#cli/stderr.ts';
import type { Clock } from '#domain/clock.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { isTold } from '#engine/trace-records.ts';
import { rootOf } from '#engine/trace-requests.ts';
import { createDecisionLog } from '#telemetry/decision-log.ts';
import type { Log, LogLevel } from '#telemetry/log.ts';
import { createLog } from '#telemetry/log.ts';

interface RuntimeLogDeps {
  /** Present where calls are served. */
  readonly stderr: Stderr | undefined;
  /** Where calls are served; other commands say only what went wrong. */
  readonly level: LogLevel;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
}

/** Makes the log of a process: JSON where calls are served and a program reads standard error, else one plain line for people. */
export function createRuntimeLog({ stderr, level, clock, redact }: RuntimeLogDeps): Log {
  if (!stderr) {
    const write = (line: string) => void process.stderr.write(line);
    return createLog({ level: 'warn', format: 'human', clock, redact, write });
  }
  return createLog({ level, format: stderr.isTerminal ? 'human' : 'json', clock, redact, write: stderr.write });
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
