/*
 * A filter of system calls for bubblewrap (seccomp(2), classic BPF), for what namespaces do not keep apart: kernel keyrings follow the
 * account, sockets of the virtual machine's host (AF_VSOCK) and of other families know no network namespace, and io_uring opens
 * sockets that no filter sees.
 */

/** What differs between processors: the number by which the kernel names one, and numbers of its calls. */
interface Processor {
  readonly audit: number;
  readonly socket: number;
  /** `add_key`, `request_key`, `keyctl`. */
  readonly keys: readonly number[];
  /** Calls from here on belong to another way of calling. */
  readonly end?: number;
}

const processors: Readonly<Record<string, Processor>> = {
  x64: { audit: 0xc000003e, socket: 41, keys: [248, 249, 250], end: 0x40000000 },
  arm64: { audit: 0xc00000b7, socket: 198, keys: [217, 218, 219] },
};

/** `io_uring_setup`, `io_uring_enter`, `io_uring_register`: the same everywhere. */
const IO_URING = [425, 426, 427];
/** Unix, IPv4, IPv6 and netlink, all of which are kept apart. */
const FAMILIES = [1, 2, 10, 16];

const [LOAD, EQUAL, AT_LEAST, RETURN] = [0x20, 0x15, 0x35, 0x06];
const [NUMBER, ARCHITECTURE, FIRST_ARGUMENT] = [0, 4, 16];
const ALLOW = 0x7fff0000;
const refuse = (errno: number) => 0x00050000 | errno;
const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97];

type Step = readonly [code: number, value: number, whenTrue?: number, whenFalse?: number];

/** The filter as bubblewrap reads it; undefined for processors whose calls are not known here. */
export function seccompFilter(architecture: string): Buffer | undefined {
  const processor = processors[architecture];
  return processor && assemble(stepsFor(processor));
}

/** Jumps count the steps that are left out. */
function stepsFor({ audit, socket, keys, end }: Processor): readonly Step[] {
  return [
    [LOAD, ARCHITECTURE],
    [EQUAL, audit, 1, 0],
    [RETURN, refuse(ENOSYS)],
    [LOAD, NUMBER],
    ...(end === undefined
      ? []
      : ([
          [AT_LEAST, end, 0, 1],
          [RETURN, refuse(ENOSYS)],
        ] as const)),
    ...keys.flatMap((call): Step[] => [
      [EQUAL, call, 0, 1],
      [RETURN, refuse(EPERM)],
    ]),
    ...IO_URING.flatMap((call): Step[] => [
      [EQUAL, call, 0, 1],
      [RETURN, refuse(ENOSYS)],
    ]),
    [EQUAL, socket, 1, 0],
    [RETURN, ALLOW],
    [LOAD, FIRST_ARGUMENT],
    ...FAMILIES.flatMap((family): Step[] => [
      [EQUAL, family, 0, 1],
      [RETURN, ALLOW],
    ]),
    [RETURN, refuse(EAFNOSUPPORT)],
  ];
}

/** An array of `struct sock_filter`, in the byte order of both processors. */
function assemble(steps: readonly Step[]): Buffer {
  const filter = Buffer.alloc(steps.length * 8);
  for (const [index, [code, value, whenTrue = 0, whenFalse = 0]] of steps.entries()) {
    filter.writeUInt16LE(code, index * 8);
    filter.writeUInt8(whenTrue, index * 8 + 2);
    filter.writeUInt8(whenFalse, index * 8 + 3);
    filter.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  return filter;
}
