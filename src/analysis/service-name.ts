import type { GetField } from './fields.ts';
import { firstOf, textOf } from './fields.ts';

/** What loggers call the service, then what collectors know of its deployment, container or unit. */
const SERVICE = [
  'service',
  'service.name',
  'service_name',
  'serviceName',
  'dd.service',
  'resource.service.name',
  'resource.attributes.service.name',
  'app',
  'application',
];
const DEPLOYED = [
  'kubernetes.labels.app.kubernetes.io/name',
  'kubernetes.labels.app_kubernetes_io/name',
  'kubernetes.labels.app_kubernetes_io_name',
  'kubernetes.labels.app',
  'kubernetes.labels.k8s-app',
  'k8s.deployment.name',
  'kubernetes.deployment.name',
  'kubernetes.container_name',
  'kubernetes.container.name',
  'k8s.container.name',
  'container_name',
  'appname',
  'SYSLOG_IDENTIFIER',
];

/** Every field that may name a service. */
export const SERVICE_FIELDS: readonly string[] = [...SERVICE, 'name', ...DEPLOYED, '_SYSTEMD_UNIT'];

/** The service of a structured event, as its logger names it, else as the collector does. */
export function serviceOf(get: GetField): string | undefined {
  return (
    firstOf(SERVICE, (key) => textOf(get(key))) ??
    processOf(get) ??
    firstOf(DEPLOYED, (key) => textOf(get(key))) ??
    unitOf(get)
  );
}

/** bunyan and pino call the process `name`; elsewhere a name may be anything. */
function processOf(get: GetField): string | undefined {
  return get('hostname') === undefined || get('pid') === undefined ? undefined : textOf(get('name'));
}

function unitOf(get: GetField): string | undefined {
  return textOf(get('_SYSTEMD_UNIT'))?.replace(/\.service$/, '');
}
