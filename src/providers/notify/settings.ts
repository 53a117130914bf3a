import { z } from 'zod';

/** Whether messages may go to an address: over TLS, or to this computer itself; without a user or password in it. */
export function isSafeAddress(url: string): boolean {
  const parsed = URL.parse(url);
  if (!parsed || parsed.username !== '' || parsed.password !== '') return false;
  return parsed.protocol === 'https:' || (parsed.protocol === 'http:' && isLoopback(parsed.hostname));
}

/** What is wrong with an address that is not safe. */
export const UNSAFE_ADDRESS = 'must be an https address without a user or password; http only on loopback';

/** Where messages go. */
export const notifyUrl = z.string().max(2_048).refine(isSafeAddress, { error: UNSAFE_ADDRESS });

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}
