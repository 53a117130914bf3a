import { createHash } from 'node:crypto';
import { hostname } from 'node:os';

/** What metrics call a state folder: 8 hex digits of the computer's name and the folder's path. */
export function stateIdOf(stateFolder: string): string {
  return createHash('sha256').update(`${hostname()}:${stateFolder}`).digest('hex').slice(0, 8);
}
