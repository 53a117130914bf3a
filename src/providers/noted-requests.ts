import type { HttpClient, HttpRequest } from './http.ts';

/** Requests of one call that are remembered: beyond them they only repeat with other pages and ids. */
const MOST_NOTED = 40;

/** What a call asked a back end, in its own language and without credentials. */
export interface NotedRequests {
  add(line: string): void;
  /** As they were sent; what was left out is counted. */
  lines(): readonly string[];
}

/** Makes an empty note. */
export function noteRequests(): NotedRequests {
  const noted: string[] = [];
  let more = 0;
  return {
    add(line) {
      if (noted.length < MOST_NOTED) noted.push(line);
      else more += 1;
    },
    lines: () => (more === 0 ? noted : [...noted, `and ${more} more`]),
  };
}

/** The same client, which also remembers what it is asked. */
export function noting(http: HttpClient, noted: NotedRequests): HttpClient {
  return {
    read(request, signal) {
      noted.add(toLine(request));
      return http.read(request, signal);
    },
  };
}

function toLine({ method = 'GET', path, params }: HttpRequest): string {
  const query = new URLSearchParams(params).toString();
  return `${method} ${path}${query === '' ? '' : `${path.includes('?') ? '&' : '?'}${query}`}`;
}
