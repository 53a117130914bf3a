/** Rules of the policy file, which shadow mode only reports; invariants of the product always hold. */
const FROM_FILE =
  /^(?:protected_files|sensitive_files|blocked_commands|code_rules)\/|^max_(?:files|lines|bytes|deleted_tests)$|^file_scope$/;

/** Whether `mode: shadow` lets through what this rule objects to. */
export function isShadowed(rule: string): boolean {
  return FROM_FILE.test(rule);
}
