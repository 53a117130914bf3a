import { ResourceNotFoundError } from '@modelcontextprotocol/server';
import type { ReadResourceResult, Resource, Server } from '@modelcontextprotocol/server';

import { png } from './fixture.ts';

const resources: readonly Resource[] = [
  { uri: 'test://static-text', name: 'static-text', mimeType: 'text/plain' },
  { uri: 'test://static-binary', name: 'static-binary', mimeType: 'image/png' },
  { uri: 'test://watched-resource', name: 'watched-resource', mimeType: 'text/plain' },
];

const TEMPLATE = /^test:\/\/template\/(?<id>[^/]+)\/data$/;

/** Serves the suite's resources; a subscription is accepted and never fires. */
export function serveResources(server: Server): void {
  server.setRequestHandler('resources/list', () => ({ resources: [...resources] }));
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' }],
  }));
  server.setRequestHandler('resources/read', ({ params }) => read(params.uri));
  server.setRequestHandler('resources/subscribe', () => ({}));
  server.setRequestHandler('resources/unsubscribe', () => ({}));
}

function read(uri: string): ReadResourceResult {
  const id = TEMPLATE.exec(uri)?.groups?.['id'];
  if (id !== undefined) {
    return {
      contents: [{ uri, mimeType: 'application/json', text: JSON.stringify({ id, data: `Data for ID: ${id}` }) }],
    };
  }
  const resource = resources.find((known) => known.uri === uri);
  if (!resource) throw new ResourceNotFoundError(uri);
  const mimeType = resource.mimeType ?? 'text/plain';
  if (mimeType === 'image/png') return { contents: [{ uri, mimeType, blob: png }] };
  return { contents: [{ uri, mimeType, text: `This is the content of ${resource.name}.` }] };
}
