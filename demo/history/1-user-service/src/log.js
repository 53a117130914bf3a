const levels = { debug: 20, info: 30, warn: 40, error: 50 };

/** Writes one JSON object a line to standard output. */
export function createLog(service, level = 'info') {
  const write =
    (name) =>
    (msg, fields = {}) => {
      if (levels[name] < levels[level]) return;
      process.stdout.write(
        `${JSON.stringify({ time: new Date().toISOString(), level: name, service, msg, ...fields })}\n`,
      );
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
