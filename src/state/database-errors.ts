import { FixgateError } from '#domain/errors.ts';

// Primary result codes of SQLite: https://www.sqlite.org/rescode.html
const PERM = 3;
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const PROTOCOL = 15;
const AUTH = 23;
const NOTADB = 26;

/** True when another connection was in the way, so that the same transaction may be tried again. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === BUSY || code === LOCKED || code === PROTOCOL;
}

/** Sorts a failure of the disk or of SQLite by who can act; anything else comes back as it is. */
export function toStateError(error: unknown, folder: string): unknown {
  if (error instanceof FixgateError) return error;
  switch (failureOf(error)) {
    case 'busy':
      return unavailable(error, `The state in ${folder} stayed locked by another process, so nothing was written.`, {
        fix: 'Try again in a minute, or stop the process that keeps the state folder locked.',
      });
    case 'full':
      return unavailable(error, `The disk that holds the state in ${folder} is full, so nothing was written.`, {
        fix: `Free space on the disk that holds ${folder}, then try again.`,
      });
    case 'broken':
      return unavailable(error, `The disk failed while the state in ${folder} was used: ${textOf(error)}.`, {
        fix: `Check the disk that holds ${folder}, then try again.`,
      });
    case 'refused':
      return misconfigured(error, `The state in ${folder} cannot be opened for writing: ${textOf(error)}.`, {
        fix: `Make ${folder} a writable folder of this user, or set FIXGATE_STATE_DIR to one.`,
      });
    case 'damaged':
      return misconfigured(error, `The state in ${folder} is damaged: ${textOf(error)}.`, {
        fix: `Restore ${folder} from a backup, or move it away to begin with an empty state.`,
      });
    case undefined:
      return error;
  }
}

type Failure = 'busy' | 'full' | 'broken' | 'refused' | 'damaged';

const failuresBySqliteCode: ReadonlyMap<number, Failure> = new Map([
  [BUSY, 'busy'],
  [LOCKED, 'busy'],
  [PROTOCOL, 'busy'],
  [FULL, 'full'],
  [IOERR, 'broken'],
  [PERM, 'refused'],
  [READONLY, 'refused'],
  [CANTOPEN, 'refused'],
  [AUTH, 'refused'],
  [CORRUPT, 'damaged'],
  [NOTADB, 'damaged'],
]);

const failuresByErrno: ReadonlyMap<string, Failure> = new Map([
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
  ['EIO', 'broken'],
  ['EACCES', 'refused'],
  ['EPERM', 'refused'],
  ['EROFS', 'refused'],
  ['ENOTDIR', 'refused'],
  ['EEXIST', 'refused'],
  ['ENOENT', 'refused'],
  ['ELOOP', 'refused'],
  ['ENAMETOOLONG', 'refused'],
]);

function failureOf(error: unknown): Failure | undefined {
  const sqlite = primaryCode(error);
  if (sqlite !== undefined) return failuresBySqliteCode.get(sqlite);
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === undefined ? undefined : failuresByErrno.get(code);
}

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR') return undefined;
  const { errcode } = error as Error & { readonly errcode?: number };
  // The low byte of an extended code is the primary one.
  return errcode === undefined ? undefined : errcode & 0xff;
}

function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 1_024);
}

function unavailable(cause: unknown, message: string, options: { readonly fix: string }): FixgateError {
  return new FixgateError('provider_unavailable', message, { ...options, cause });
}

function misconfigured(cause: unknown, message: string, options: { readonly fix: string }): FixgateError {
  return new FixgateError('misconfigured', message, { ...options, cause });
}
