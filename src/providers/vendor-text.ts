/** Vendor texts in messages are cut here. */
const MAX_CHARS = 1_024;

/** A vendor's own words for a message: one line without control characters or a final stop, at most 1 KiB. */
export function vendorText(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_CHARS)
    .replace(/\.$/, '');
}

/** Bytes of one event that are kept, as of one line of a file. */
const MAX_EVENT_BYTES = 64 * 1_024;

/** A long event with what was dropped named at its end. */
export function cutEvent(text: string): string {
  if (text.length <= MAX_EVENT_BYTES / 4) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_EVENT_BYTES) return text;
  return `${bytes.toString('utf8', 0, MAX_EVENT_BYTES)}…(+${bytes.length - MAX_EVENT_BYTES} bytes)`;
}
