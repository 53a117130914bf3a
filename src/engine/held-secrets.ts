import type { SecretSpan } from '#domain/secret-scan.ts';
import type { Redact } from '#engine/redact.ts';
import { createHeldSecretFinder, createRedactor } from '#engine/redact.ts';

/** What must not leave a process: the server's own secrets, and what it learns of repositories' sensitive files. */
export interface HeldSecrets {
  /** Masks all that is known by then. */
  readonly redact: Redact;
  /** Finds it in every form in which it may be written. */
  readonly find: (text: string) => readonly SecretSpan[];
  /** Adds content of files that a policy keeps. */
  hold(contents: readonly string[]): void;
}

/** Makes what one process holds. */
export function createHeldSecrets(secrets: readonly string[]): HeldSecrets {
  const contents = new Set<string>();
  const findOwn = createHeldSecretFinder(secrets, 'secret-of-this-server');
  let findContent = createHeldSecretFinder([], 'content-of-a-sensitive-file');
  let redact = createRedactor(secrets);
  return {
    redact: (text) => redact(text),
    find: (text) => [...findOwn(text), ...findContent(text)],
    hold(more) {
      const known = contents.size;
      for (const each of more) contents.add(each);
      if (contents.size === known) return;
      redact = createRedactor([...secrets, ...contents]);
      findContent = createHeldSecretFinder([...contents], 'content-of-a-sensitive-file');
    },
  };
}
