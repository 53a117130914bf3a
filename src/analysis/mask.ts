/** Characters of a message that make its template. */
const MAX_TEMPLATE_CHARS = 1_000;

/** What varies between two events of one kind, most specific first. Repetitions are bounded: the text is hostile. */
const masks: readonly (readonly [RegExp, string])[] = [
  [/\b00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b/gi, '<traceparent>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?\b/g, '<date>'],
  [/\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?\b/g, '<date>'],
  [/\b[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}\b/g, '<email>'],
  [/\b(?:https?|wss?|ftp|postgres(?:ql)?|mysql|redis|mongodb|amqp)s?:\/\/[^\s"'<>)\]]{1,500}/gi, '<url>'],
  [/(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?![\w.]*\d)/g, '<ip>'],
  [/(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])/gi, '<ip>'],
  [/\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b/gi, '<hash>'],
  [/(?<=[=:]\s?)"(?:[^"\\]|\\.){0,500}"|"(?:[^"\\]|\\.){0,500}"|(?<=[=:]\s?)'[^']{0,500}'/g, '<str>'],
  [
    /(?<![\w/.])(?:[A-Za-z]:\\|~?\/)(?:[\w.@+-]{1,100}[\\/]){1,30}[\w@+-]{1,100}\.[A-Za-z]\w{0,9}(?::\d+){0,2}/g,
    '<path>',
  ],
  [/(?<![\w/.])\/(?:tmp|var|home|usr|proc|etc|opt|srv|root|mnt)\/[\w.@/+-]{1,300}/g, '<path>'],
  [
    /(?<![\w.])\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|sec|secs|seconds?|m|min|mins|minutes?|h|hours?|d|days?)\b/g,
    '<duration>',
  ],
  [/\b0x[0-9a-f]{1,32}\b|\b(?=\d{0,63}[a-f])(?=[a-f]{0,63}\d)[0-9a-f]{8,64}\b/gi, '<hex>'],
  [/(?<![A-Za-z_])[-+]?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?(?![A-Za-z_])/gi, '<num>'],
  [/\d+/g, '<num>'],
];

/** Replaces what varies by its kind, such as `<num>`, so that events of one kind become one template. */
export function maskMessage(message: string): string {
  const line = message.trimStart().split('\n', 1)[0] ?? '';
  let template = line.slice(0, MAX_TEMPLATE_CHARS);
  for (const [pattern, name] of masks) template = template.replace(pattern, name);
  return template.replaceAll(/\s+/g, ' ').trim();
}
