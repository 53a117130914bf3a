import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { freezeOf } from '#cli/freeze-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fixgate-freeze-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const said = (text: string | Buffer) => {
  const file = path.join(folder, 'freeze.json');
  writeFileSync(file, text);
  return freezeOf(file);
};

describe('a freeze file', () => {
  it.each([
    '{"circuit_breaker_status": "armed"}',
    '{"status": "completed", "target": "orders", "reason": null}',
    '{"circuit_breaker_status": "ok", "status": "idle"}',
    'status: failed\n',
  ])('allows ready pull requests when it says %s', (text) => {
    expect(said(text)).toBeUndefined();
  });

  it.each([
    ['{"circuit_breaker_status": "tripped", "reason": "SEV1 incident"}', 'says circuit_breaker_status: "tripped"'],
    ['{"status": "in_progress"}', 'says status: "in_progress"'],
    ['circuit_breaker_status: armed\nstatus: in_progress\n', 'says status: "in_progress"'],
    ['{"circuit_breaker_status": "tripped", "status": "completed"}', 'says circuit_breaker_status: "tripped"'],
    ['{"status": "in-progress"}', 'says status: "in-progress"'],
    ['{"status": "constructor"}', 'says status: "constructor"'],
    ['{"status": true}', 'says status: true'],
    ['{"status": null}', 'says status: null'],
    ['{"status": ["idle"]}', 'says status: ["idle"]'],
    [`{"status": "${'x'.repeat(200)}"}`, `says status: "${'x'.repeat(59)}`],
    ['{}', 'has neither circuit_breaker_status nor status'],
    ['{"Status": "idle"}', 'has neither circuit_breaker_status nor status'],
    ['', 'is no JSON or YAML mapping'],
    ['idle', 'is no JSON or YAML mapping'],
    ['["idle"]', 'is no JSON or YAML mapping'],
    ['{"status": "idle"', 'is no JSON or YAML mapping'],
    ['{"status": "idle", "status": "in_progress"}', 'is no JSON or YAML mapping'],
    [Buffer.from([0, 1, 2, 255]), 'is no JSON or YAML mapping'],
    [`{"status": "idle"}${' '.repeat(70_000)}`, 'has more than 64 KiB'],
  ])('freezes when it holds %s [gate:breakers:freeze]', (text, why) => {
    expect(said(text)).toBe(`The freeze file freeze.json ${why}`);
  });

  it('freezes when it is missing, no file or cannot be read [gate:breakers:freeze]', () => {
    expect(freezeOf(path.join(folder, 'none.json'))).toBe('The freeze file none.json is missing');
    mkdirSync(path.join(folder, 'folder.json'));
    expect(freezeOf(path.join(folder, 'folder.json'))).toBe('The freeze file folder.json is no file');
    symlinkSync('loop.json', path.join(folder, 'loop.json'));
    expect(freezeOf(path.join(folder, 'loop.json'))).toBe('The freeze file loop.json cannot be read');
    symlinkSync('gone.json', path.join(folder, 'dangling.json'));
    expect(freezeOf(path.join(folder, 'dangling.json'))).toBe('The freeze file dangling.json is missing');
  });
});
