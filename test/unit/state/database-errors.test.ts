import { DatabaseSync } from 'node:sqlite';

import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { isBusy, toStateError } from '#state/database-errors.ts';

function sqliteError(errcode: number): Error {
  return Object.assign(new Error('it failed'), { code: 'ERR_SQLITE_ERROR', errcode });
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code });
}

describe('toStateError', () => {
  it.each([
    ['a busy database', sqliteError(5), 'provider_unavailable', /Try again/],
    ['a busy recovery', sqliteError(261), 'provider_unavailable', /Try again/],
    ['a full disk', sqliteError(13), 'provider_unavailable', /Free space/],
    ['a full disk below the file system', systemError('ENOSPC'), 'provider_unavailable', /Free space/],
    ['a quota', systemError('EDQUOT'), 'provider_unavailable', /Free space/],
    ['a failing disk', sqliteError(778), 'provider_unavailable', /Check the disk/],
    ['a read-only database', sqliteError(1_032), 'misconfigured', /writable/],
    ['a file that cannot be opened', sqliteError(14), 'misconfigured', /writable/],
    ['a read-only file system', systemError('EROFS'), 'misconfigured', /writable/],
    ['a folder of another user', systemError('EACCES'), 'misconfigured', /writable/],
    ['a corrupt database', sqliteError(11), 'misconfigured', /Restore/],
    ['another kind of file', sqliteError(26), 'misconfigured', /Restore/],
  ])('says what to do about %s', (_, error, code, fix) => {
    const mapped = toStateError(error, '/state');
    expect(mapped).toBeInstanceOf(FixgateError);
    expect(mapped).toMatchObject({ code, fix: expect.stringMatching(fix), cause: error });
    expect((mapped as Error).message).toContain('/state');
  });

  it('cuts what it quotes to 1 KiB', () => {
    const error = Object.assign(new Error('x'.repeat(10_000)), { code: 'ERR_SQLITE_ERROR', errcode: 11 });
    expect((toStateError(error, '/state') as Error).message.length).toBeLessThan(1_100);
  });

  it.each([sqliteError(19), sqliteError(1), systemError('EMFILE'), new RangeError('no amount'), 'text'])(
    'leaves %s as it is: nobody outside can mend it',
    (error) => expect(toStateError(error, '/state')).toBe(error),
  );

  it('knows the errors that SQLite really throws', () => {
    const db = new DatabaseSync(':memory:');
    db.exec('PRAGMA max_page_count = 2; CREATE TABLE t (a)');
    const fill = () => {
      try {
        return db.exec('INSERT INTO t VALUES (zeroblob(100000))');
      } catch (error) {
        return toStateError(error, '/state');
      }
    };
    expect(fill()).toMatchObject({ code: 'provider_unavailable', fix: expect.stringMatching(/Free space/) });
  });
});

describe('isBusy', () => {
  it.each([
    [sqliteError(5), true],
    [sqliteError(517), true],
    [sqliteError(6), true],
    [sqliteError(15), true],
    [sqliteError(13), false],
    [systemError('EBUSY'), false],
    [undefined, false],
  ])('%s → %s', (error, busy) => expect(isBusy(error)).toBe(busy));
});
