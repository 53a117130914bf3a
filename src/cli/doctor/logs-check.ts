import { namedRepositories, toLocation } from '#cli/auto-open.ts';
import type { Check } from '#cli/doctor/run-checks.ts';
import { usualFolders } from '#cli/evidence-sources.ts';
import type { Invocation } from '#cli/invocation.ts';
import type { Runtime } from '#cli/runtime.ts';
import { CONFIG_FILE } from '#config/load.ts';

/** Repositories that a warning names. */
const MAX_NAMED = 5;

/** Whether there are logs to read at all; sources that are configured have checks of their own. */
export function logsCheck({ config }: Runtime, { workingDirectory }: Invocation): readonly Check[] {
  if (config.sources.some(({ provider }) => 'logs' in provider.capabilities)) return [];
  const named = namedRepositories(config.file);
  const places = (named.length > 0 ? named : [workingDirectory]).map((each) => toLocation(each, config.folder));
  const [service = 'shop'] = Object.keys(config.file.services);
  const run: Check['run'] = async () => {
    const folders = places.flatMap((place) => usualFolders('logs', place));
    if (folders.length > 0) return `read from ${folders.slice(0, MAX_NAMED).join(', ')}`;
    return {
      warning: `no source of logs is configured, and there is no logs/ or log/ folder in ${places.slice(0, MAX_NAMED).join(', ')}: get_incident_logs will find nothing.`,
      fix: `Write under \`sources:\` of ${config.path ?? `a ${CONFIG_FILE}`}, with the place of your logs: \`app-logs: { provider: files, paths: [/var/log/${service}/*.log] }\``,
    };
  };
  return [{ name: 'logs', run }];
}
