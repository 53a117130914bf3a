import { describe, expect, it } from 'vitest';

import { seccompFilter } from '#workspace/sandbox-filter.ts';

interface SystemCall {
  readonly architecture?: number;
  readonly number: number;
  readonly first?: number;
}

/** Runs a filter as the kernel does: classic BPF over `struct seccomp_data`. */
function decide(filter: Buffer, { architecture = 0, number, first = 0 }: SystemCall): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(architecture >>> 0, 4);
  data.writeBigUInt64LE(BigInt(first), 16);
  let accumulator = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const [code, value] = [filter.readUInt16LE(at), filter.readUInt32LE(at + 4)];
    const jump = (holds: boolean) => (at += 8 * filter.readUInt8(at + (holds ? 2 : 3)));
    if (code === 0x20) accumulator = data.readUInt32LE(value);
    else if (code === 0x15) jump(accumulator === value);
    else if (code === 0x35) jump(accumulator >= value);
    else if (code === 0x06) return value === 0x7fff0000 ? 'allow' : `errno ${value & 0xffff}`;
    else throw new Error(`unknown code ${code}`);
  }
  throw new Error('the filter has no end');
}

const processors = [
  { name: 'x64', architecture: 0xc000003e, socket: 41, keys: [248, 249, 250], read: 0, execute: 59 },
  { name: 'arm64', architecture: 0xc00000b7, socket: 198, keys: [217, 218, 219], read: 63, execute: 221 },
] as const;

describe.each(processors)('the filter of $name', ({ name, architecture, socket, keys, read, execute }) => {
  const filter = seccompFilter(name) ?? Buffer.alloc(0);
  const asked = (call: SystemCall) => decide(filter, { architecture, ...call });

  it('lets ordinary calls through', () => {
    for (const number of [read, execute, socket + 1, 424, 428, 0x3fffffff]) expect(asked({ number })).toBe('allow');
  });

  it.each([
    [1, 'allow'],
    [2, 'allow'],
    [10, 'allow'],
    [16, 'allow'],
    [0, 'errno 97'],
    [17, 'errno 97'],
    [38, 'errno 97'],
    [40, 'errno 97'],
    // The kernel looks at the lower half of the word only.
    [0x1_0000_0028, 'errno 97'],
    [0x1_0000_0002, 'allow'],
  ])('answers a socket of family %i with %s', (first, answer) => {
    expect(asked({ number: socket, first })).toBe(answer);
    expect(asked({ number: read, first })).toBe('allow');
  });

  it('refuses keyrings and io_uring, which are kept apart by no namespace', () => {
    for (const number of keys) expect(asked({ number })).toBe('errno 1');
    for (const number of [425, 426, 427]) expect(asked({ number })).toBe('errno 38');
  });

  it('knows no call of another processor, such as the 32-bit ones', () => {
    for (const other of [0x40000003, 0x40000028, 0xc000003e, 0xc00000b7].filter((each) => each !== architecture))
      expect(decide(filter, { architecture: other, number: read })).toBe('errno 38');
  });
});

it('is absent where the numbers of calls are not known', () => {
  expect(seccompFilter('riscv64')).toBeUndefined();
});

it('knows no call of the x32 kind on x64, which would pass for another number', () => {
  const filter = seccompFilter('x64') ?? Buffer.alloc(0);
  expect(decide(filter, { architecture: 0xc000003e, number: 0x40000000 + 41, first: 40 })).toBe('errno 38');
});
