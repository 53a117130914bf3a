import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';

const CLOSES_ON_EXEC = 0o2_000_000;
/** Numbers beyond this would make the list of descriptors itself expensive. */
const MAX_NUMBER = 4_096;

/**
 * Descriptors that this process was started with and would hand on to every program it starts, such as a folder or a socket of
 * whoever started the server. Node.js marks only the lowest ones. Threat: an open folder is a way out of any sandbox.
 */
export function inheritedDescriptors(): readonly number[] {
  try {
    return readdirSync('/proc/self/fdinfo')
      .map(Number)
      .filter((number) => number > 2 && number < MAX_NUMBER && isHandedOn(number));
  } catch {
    // Without /proc there is no sandbox either.
    return [];
  }
}

function isHandedOn(number: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSES_ON_EXEC) === 0;
  } catch {
    // It was that of the list itself.
    return false;
  }
}

/** The types of execa know no others than 3 to 9. */
type Descriptor = 3;

/** What to put over each inherited descriptor from `first` on, as entries of `stdio`; the file is to be closed after the start. */
export function coveredDescriptors(first: number): Disposable & { readonly stdio: readonly ('ignore' | Descriptor)[] } {
  const inherited = new Set(inheritedDescriptors().filter((number) => number >= first));
  if (inherited.size === 0) return { stdio: [], [Symbol.dispose]: () => {} };
  const nothing = openSync(devNull, 'r');
  const stdio = Array.from({ length: Math.max(...inherited) - first + 1 }, (_, index) =>
    inherited.has(first + index) ? (nothing as Descriptor) : ('ignore' as const),
  );
  return { stdio, [Symbol.dispose]: () => closeSync(nothing) };
}
