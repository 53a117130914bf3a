import type { ListedKey } from '#approvals/approver-file.ts';
import { placedKeys } from '#approvals/approver-file.ts';
import { APPROVAL_NAMESPACE } from '#domain/approval.ts';
import { fnmatch } from '#policy/fnmatch.ts';

/** What keeps a listed key from counting now, or lets others count that nobody listed; `now` in milliseconds since the epoch. */
export function approverLimits(text: string, now: number): readonly string[] {
  return placedKeys(text).flatMap(({ key, number }) =>
    limitsOf(key, now).map((limit) => `line ${number} (${key.principals}) ${limit}`),
  );
}

function limitsOf({ options, isAuthority }: ListedKey, now: number): readonly string[] {
  const [after, before, namespaces] = ['valid-after', 'valid-before', 'namespaces'].map((name) =>
    optionOf(options, name),
  );
  const isOver = before !== undefined && !(timeOf(before) > now);
  const isToCome = after !== undefined && !(timeOf(after) <= now);
  const isElsewhere = namespaces !== undefined && !isAmong(APPROVAL_NAMESPACE, namespaces);
  return [
    ...(isOver ? [`counts before ${before} alone, which is over`] : []),
    ...(isToCome ? [`counts from ${after} on, which is still to come`] : []),
    ...(isElsewhere ? [`counts in the namespaces ${namespaces}, and ${APPROVAL_NAMESPACE} is needed`] : []),
    ...(isAuthority ? ['signs keys and no words: whoever it certifies is an approver, and is not looked at here'] : []),
  ];
}

function optionOf(options: string, name: string): string | undefined {
  return new RegExp(`(?:^|[\\s,])${name}="([^"]*)"`, 'i').exec(options)?.[1];
}

const TIME = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?(Z?)$/i;

/** `YYYYMMDD[HHMM[SS]][Z]`, in the time zone of this computer without `Z`; NaN for anything else, with which ssh-keygen(1) believes nobody. */
function timeOf(text: string): number {
  const [, year = '', month, day, hour = '00', minute = '00', second = '00', zone = ''] = TIME.exec(text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone.toUpperCase()}`);
}

/** A list of patterns as in ssh_config(5): one that denies decides. */
function isAmong(name: string, patterns: string): boolean {
  const all = patterns.split(',').map((each) => each.trim());
  const fits = (pattern: string) =>
    fnmatch(
      name,
      Array.from(pattern, (each) => (each === '*' || each === '?' ? each : { literal: each })),
    );
  const denied = all.some((each) => each.startsWith('!') && fits(each.slice(1)));
  return !denied && all.some((each) => !each.startsWith('!') && fits(each));
}
