import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createKillSwitch } from '#cli/kill-switch.ts';

let folder: string;
let config: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fixgate-stop-'));
  config = path.join(folder, 'fixgate.yaml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const state = () => path.join(folder, 'state');
const made = (readOnly?: string) =>
  createKillSwitch(
    {
      workingDirectory: folder,
      environment: { FIXGATE_STATE_DIR: state(), ...(readOnly !== undefined && { FIXGATE_READ_ONLY: readOnly }) },
    },
    config,
  );

describe('the kill switch', () => {
  it.each(['1', 'true', 'TRUE', 'yes', 'no', 'off', ' ', ' 0', '00', 'False', 'null'])(
    'is on by the variable whatever it says but 0 and false: %j [gate:kill-switch:writes]',
    (value) => {
      expect(made(value).halted()).toContain('FIXGATE_READ_ONLY');
      made(value).off();
      expect(made(value).halted()).toContain('FIXGATE_READ_ONLY');
    },
  );

  it.each([undefined, '', '0', 'false'])('is off when the variable is %j', (value) => {
    expect(made(value).halted()).toBeUndefined();
  });

  it.each<[string, (file: string) => void]>([
    ['an empty file', (file) => writeFileSync(file, '')],
    ['a folder', (file) => mkdirSync(file)],
    ['a link that leads nowhere', (file) => symlinkSync('/nonexistent/there', file)],
  ])('is on by the file whatever it is: %s [gate:kill-switch:writes]', (_, make) => {
    mkdirSync(state());
    make(path.join(state(), 'STOP'));
    expect(made().halted()).toContain('STOP');
  });

  it('is on by the public file beside the configuration, and off only without either', () => {
    expect(made().on('It goes wrong.', { publicly: true })).toBe(true);
    rmSync(path.join(state(), 'STOP'));
    expect(made().halted()).toContain('fixgate.yaml.stop');
    made().off();
    expect(made().halted()).toBeUndefined();
  });

  it('does not write through a link in the place of the public file', () => {
    const target = path.join(folder, 'kept');
    writeFileSync(target, 'kept');
    symlinkSync(target, `${config}.stop`);
    expect(made().on('It goes wrong.', { publicly: true })).toBe(true);
    expect(made().halted()).toContain('fixgate.yaml.stop');
    rmSync(`${config}.stop`);
    rmSync(path.join(state(), 'STOP'));
    expect(made().halted()).toBeUndefined();
  });
});
