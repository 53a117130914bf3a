/** A line as its program wrote it, and who wrote it, where a collector put something around it. */
export interface CollectedLine {
  readonly text: string;
  /** Stream, host, process or container. */
  readonly writer: string;
}

/** Syslog of RFC 3164 and journalctl, with or without a priority. */
const SYSLOG =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}(?:\.\d{1,9})?|\d{4}-\d{2}-\d{2}T\S{1,40}) (\S{1,255} [\w./@-]{1,100}(?:\[\d{1,10}\])?): ?/;
/** Syslog of RFC 5424. */
const SYSLOG_NEW = /^<\d{1,3}>1 \S{1,40} (\S{1,255} \S{1,48} \S{1,128}) \S{1,32} (?:-|\[[^\]]{0,1000}\]) ?/;
/** docker compose and kubectl put the container's name before a line. */
const COMPOSE = /^([\w./-]{1,100}) {1,40}\| ?/;
const POD = /^(\[pod\/[\w./-]{1,300}\]) /;

const [DASH, UPPER_T] = [0x2d, 0x54];

/** Takes off what a collector put before a line of text; undefined when nothing was. */
export function fromCollector(line: string): CollectedLine | undefined {
  const prefix =
    (mayBeSyslog(line) ? SYSLOG.exec(line) : null) ??
    (line.startsWith('<') ? SYSLOG_NEW.exec(line) : null) ??
    (line.startsWith('[pod/') ? POD.exec(line) : null) ??
    (line.includes('| ') ? COMPOSE.exec(line) : null);
  if (prefix === null) return undefined;
  return { text: line.slice(prefix[0].length), writer: prefix[1] ?? '' };
}

/** After a time in ISO 8601 come a host and, at once, a program with its colon; other forms of it are left to the pattern. */
function mayBeSyslog(line: string): boolean {
  const isIso = line.charCodeAt(4) === DASH && line.charCodeAt(10) === UPPER_T;
  if (!isIso) return true;
  const host = line.indexOf(' ');
  const program = line.indexOf(' ', host + 1);
  if (host === -1 || program === -1) return false;
  const colon = line.indexOf(':', program + 1);
  const next = line.indexOf(' ', program + 1);
  return colon !== -1 && (next === -1 || colon < next);
}
