import { isolations } from '#domain/remediation.ts';
import type { Isolation } from '#domain/remediation.ts';
import type { Guard } from '#policy/verdict.ts';

/** Refuses a test run that would be kept apart less well than the policy accepts. */
export const sandboxLeast: Guard = (action, policy) => {
  if (action.kind !== 'test') return [];
  const { least } = policy.sandbox;
  const isolation = action.plan.sandbox?.isolation ?? 'none';
  if (least === 'none' || isolations.indexOf(isolation) >= isolations.indexOf(least)) return [];
  return [
    {
      rule: 'sandbox/least',
      effect: 'deny',
      reason: `Tests would run with isolation ${isolation} here, and the policy accepts ${least} or better.`,
      fix: `Ask the operator to ${whatToInstall[least]}.`,
      evidence: { isolation, least },
    },
  ];
};

const whatToInstall: Readonly<Record<Exclude<Isolation, 'none'>, string>> = {
  full: 'install bubblewrap on a Linux machine that allows user namespaces (apt-get install bubblewrap, dnf install bubblewrap) and to restart the server',
  partial:
    'run the server on a Linux machine with util-linux that allows user namespaces, better still with bubblewrap (apt-get install bubblewrap), and to restart it',
};
