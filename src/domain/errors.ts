import type { BudgetView } from '#domain/budget.ts';
import type { Json } from '#domain/json.ts';

/** When the same call may be tried again. */
export type Retry = 'after_change' | 'after_approval' | 'later' | 'never';

interface ErrorKind {
  readonly actor: 'agent' | 'human' | 'operator' | 'maintainer';
  readonly retry: Retry;
}

/** The closed table of failures, sorted by who can act. Codes are permanent. */
export const errorKinds = {
  invalid_input: { actor: 'agent', retry: 'after_change' },
  not_found: { actor: 'agent', retry: 'after_change' },
  conflict: { actor: 'agent', retry: 'after_change' },
  policy_denied: { actor: 'agent', retry: 'after_change' },
  approval_required: { actor: 'human', retry: 'after_approval' },
  budget_exhausted: { actor: 'human', retry: 'never' },
  provider_unavailable: { actor: 'agent', retry: 'later' },
  provider_rejected: { actor: 'operator', retry: 'never' },
  misconfigured: { actor: 'operator', retry: 'never' },
  timeout: { actor: 'agent', retry: 'later' },
  cancelled: { actor: 'agent', retry: 'never' },
  internal: { actor: 'maintainer', retry: 'never' },
} as const satisfies Record<string, ErrorKind>;

/** One code of the closed table. */
export type ErrorCode = keyof typeof errorKinds;

/** What a caller reads instead of a result; the wire form of every refusal and failure. */
export interface Refusal {
  readonly effect: 'deny' | 'require_approval';
  readonly code: ErrorCode;
  /** What was refused and why, in one or two sentences; limits carry their unit. */
  readonly message: string;
  /** Every rule that objected, such as `protected_files/*.env*`; empty for failures. */
  readonly rule_ids: readonly string[];
  readonly evidence: Readonly<Record<string, Json>>;
  /** One imperative sentence. */
  readonly fix: string;
  readonly retry: Retry;
  readonly budget?: BudgetView;
}

interface FixgateErrorOptions {
  readonly fix: string;
  readonly ruleIds?: readonly string[];
  readonly evidence?: Readonly<Record<string, Json>>;
  readonly retry?: Retry;
  readonly budget?: BudgetView;
  readonly cause?: unknown;
}

/** The one error class: an expected failure with a permanent code and the way forward. */
export class FixgateError extends Error {
  override readonly name = 'FixgateError';
  readonly code: ErrorCode;
  readonly fix: string;
  readonly ruleIds: readonly string[];
  readonly evidence: Readonly<Record<string, Json>>;
  readonly retry: Retry;
  readonly budget: BudgetView | undefined;

  constructor(code: ErrorCode, message: string, options: FixgateErrorOptions) {
    super(message, { cause: options.cause });
    this.code = code;
    this.fix = options.fix;
    this.ruleIds = options.ruleIds ?? [];
    this.evidence = options.evidence ?? {};
    this.retry = options.retry ?? errorKinds[code].retry;
    this.budget = options.budget;
  }
}

/** Turns an expected error into its wire form. */
export function toRefusal(error: FixgateError): Refusal {
  return {
    effect: error.code === 'approval_required' ? 'require_approval' : 'deny',
    code: error.code,
    message: error.message,
    rule_ids: error.ruleIds,
    evidence: error.evidence,
    fix: error.fix,
    retry: error.retry,
    ...(error.budget && { budget: error.budget }),
  };
}
