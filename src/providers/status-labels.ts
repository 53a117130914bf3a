/** Labels that say how a request ended, the usual ones first. */
export const STATUS_LABELS: readonly string[] = [
  'code',
  'status',
  'status_code',
  'http_status_code',
  'http_response_status_code',
  'response_code',
  'grpc_code',
  'grpc_status',
  'rpc_grpc_status_code',
  'status_class',
  'outcome',
  'result',
  'classification',
];

const FAILED =
  /^(?:5\d\d|5xx|(?:.*_)?(?:error|failed|failure|fail)|server_error|Internal|Unavailable|Unknown|DeadlineExceeded|DataLoss|Aborted|ResourceExhausted|UNAVAILABLE|INTERNAL|DEADLINE_EXCEEDED)$/i;

/** True for a value of such a label that means that a request failed on the side that answers it. */
export function meansFailure(value: string): boolean {
  return FAILED.test(value);
}

/** A pattern that matches these values and nothing else. */
export function anyOfValues(values: readonly string[]): string {
  return values.map((value) => value.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|');
}
