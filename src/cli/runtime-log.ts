import type { Stderr } from '#cli/stderr.ts';
import type { Clock } from '#domain/clock.ts';
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
