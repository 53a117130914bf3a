/** How the word of a human is told from an agent's: by a signature, by who runs the command, or not at all, and then it is refused. */
export type HumanProof = 'signed' | 'advisory' | 'none';

/** What the word of a human takes at the end of a command where it is a signature; nothing elsewhere. */
export function keyOption(proof: HumanProof | undefined): string {
  return proof === 'signed' ? ' --key FILE' : '';
}

/** A sentence behind one that names a command of humans, where none can be told from an agent yet; nothing elsewhere. */
export function keysFirst(proof: HumanProof | undefined): string {
  return proof === 'none'
    ? ' For that, humans need keys here first: `approvers:` in fixgate.yaml (docs/policy.md, Approvals).'
    : '';
}
