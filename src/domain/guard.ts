/** Why an agent with a shell could undo the guard, and what the operator does about it. */
export const guardReasons = {
  stdio: {
    why: 'over stdio the agent starts this server under its own account',
    fix: "Start `fixgate serve --http` under an account of its own, and give the agent's host the address and the token alone.",
  },
  same_account: {
    why: 'the configuration does not say that agents run under another account',
    fix: "Let agents run under an account that cannot write this one's files, then set `agents: other_account` in fixgate.yaml.",
  },
  approvals_advisory: {
    why: 'the policy believes approvals without proof',
    fix: 'Set `approvals: signed` in the policy, and name a file of allowed signers as `approvers` in fixgate.yaml.',
  },
  writable: {
    why: 'a file that decides can be written by other accounts',
    fix: 'Run `chmod go-w` on the file or folder.',
  },
  readable_key: {
    why: 'the key that signs the records can be read by other accounts',
    fix: 'Run `chmod 600` on keys/heads.pem in the state folder; if an agent may have read it, begin with a new state folder.',
  },
} as const;

/** One of the reasons; permanent, since records hold it. */
export type GuardReason = keyof typeof guardReasons;

/** Whether the agent could reach the repository past the gate: `advisory` while it shares the server's account. */
export type GuardStrength = 'enforced' | 'advisory';
