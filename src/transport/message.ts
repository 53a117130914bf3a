/** One JSON-RPC message, or a batch, as far as routing reads it; nothing here is validated. */
export interface Routable {
  readonly method?: unknown;
  readonly id?: unknown;
  readonly params?: { readonly name?: unknown; readonly capabilities?: { readonly elicitation?: unknown } };
}

/** The parsed body as one message; undefined for batches and anything that is not an object. */
export function singleMessage(body: unknown): Routable | undefined {
  return isObject(body) && !Array.isArray(body) ? body : undefined;
}

/** True when a server would start work for this body: it holds a request, not only notifications and responses. */
export function hasRequest(body: unknown): boolean {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
  return messages.some((message) => isObject(message) && 'method' in message && 'id' in message);
}

/** The request's id, to be echoed in an error; null when there is not exactly one. */
export function echoedId(body: unknown): string | number | null {
  const id = singleMessage(body)?.id;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

/** True for the `initialize` of a client that can be asked questions, which needs a session to ask them in. */
export function declaresElicitation(body: unknown): boolean {
  const message = singleMessage(body);
  if (message?.method !== 'initialize') return false;
  const { params } = message;
  return isObject(params) && isObject(params.capabilities) && isObject(params.capabilities.elicitation);
}

/** The tool a `tools/call` names. */
export function calledTool(body: unknown): string | undefined {
  const message = singleMessage(body);
  if (message?.method !== 'tools/call' || !isObject(message.params)) return undefined;
  return typeof message.params.name === 'string' ? message.params.name : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
