import type { HttpRequest } from '../http.ts';

/** What Elasticsearch and OpenSearch write differently. */
export interface Dialect {
  readonly title: string;
  openPoint(index: string): HttpRequest;
  closePoint(id: string): HttpRequest;
  /** Field of the answer that holds the id of a new point in time. */
  readonly pointField: 'id' | 'pit_id';
  /** Newest first, by the field of the time. */
  order(timestamp: string): Readonly<Record<string, unknown>>;
  /** Hits of one time are told apart by the back end itself, which then goes on exactly after the last of them. */
  readonly hasTiebreak: boolean;
}

/** How long a point in time outlives its last use, when the request that deletes it is lost. */
export const KEEP_ALIVE = '1m';

/** Elasticsearch 7.13 and later, and its serverless form. */
export const elasticsearchDialect: Dialect = {
  title: 'Elasticsearch',
  openPoint: (index) => ({
    path: `${encodeIndex(index)}/_pit`,
    params: { keep_alive: KEEP_ALIVE, ignore_unavailable: 'true' },
    method: 'POST',
  }),
  closePoint: (id) => ({ path: '_pit', params: {}, method: 'DELETE', json: { id } }),
  pointField: 'id',
  order: (timestamp) => ({ [timestamp]: { order: 'desc', format: 'strict_date_optional_time_nanos' } }),
  hasTiebreak: true,
};

/** OpenSearch 2.4 and later, and Amazon OpenSearch Service. A sort has no format there: times are milliseconds, or nanoseconds for `date_nanos`. */
export const opensearchDialect: Dialect = {
  title: 'OpenSearch',
  openPoint: (index) => ({
    path: `${encodeIndex(index)}/_search/point_in_time`,
    params: { keep_alive: KEEP_ALIVE },
    method: 'POST',
  }),
  closePoint: (id) => ({ path: '_search/point_in_time', params: {}, method: 'DELETE', json: { pit_id: [id] } }),
  pointField: 'pit_id',
  order: (timestamp) => ({ [timestamp]: { order: 'desc' } }),
  hasTiebreak: false,
};

/** Stars are encoded too: AWS signs the path that way. */
export function encodeIndex(index: string): string {
  return encodeURIComponent(index).replaceAll('*', '%2A');
}
