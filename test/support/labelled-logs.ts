/** A message, and the number of the statement that wrote it. */
export interface LabelledLine {
  readonly message: string;
  readonly label: string;
}

/**
 * Statements of services as they are commonly seen, written for this project. `{kind}` stands for a value of that kind, `{a|b|c}` for one
 * of these words.
 */
const statements: Readonly<Record<string, readonly string[]>> = {
  nginx: [
    '{ip} - - "GET /api/orders/{int} HTTP/1.1" {status} {int} "-" "{agent}" {float}',
    '{ip} - - "POST /api/orders HTTP/1.1" {status} {int} "-" "{agent}" {float}',
    '{pid}#{pid}: *{int} upstream timed out (110: Connection timed out) while reading response header from upstream, client: {ip}, server: {host}, upstream: "http://{ip}:{port}/api/orders/{int}"',
    '{pid}#{pid}: *{int} connect() failed (111: Connection refused) while connecting to upstream, client: {ip}, server: {host}, upstream: "http://{ip}:{port}/"',
    '{pid}#{pid}: *{int} open() "/usr/share/nginx/html/{word}.ico" failed (2: No such file or directory), client: {ip}, server: {host}',
    '{pid}#{pid}: signal process started',
    '{pid}#{pid}: worker process {pid} exited on signal {int}',
  ],
  postgres: [
    'connection received: host={ip} port={port}',
    'connection authorized: user={user} database={word} application_name={word}',
    'disconnection: session time: {clock} user={user} database={word} host={ip} port={port}',
    'duration: {float} ms  statement: SELECT {int}',
    'duration: {float} ms  execute <unnamed>: COMMIT',
    'checkpoint starting: time',
    'checkpoint complete: wrote {int} buffers ({float}%); 0 WAL file(s) added, {int} removed, {int} recycled',
    'automatic vacuum of table "shop.public.{word}": index scans: {int}',
    'deadlock detected',
    'process {pid} still waiting for ShareLock on transaction {int} after {float} ms',
    'canceling statement due to statement timeout',
    'password authentication failed for user "{user}"',
    'too many connections for role "{user}"',
    'could not serialize access due to concurrent update',
  ],
  spring: [
    'Started ShopApplication in {float} seconds (process running for {float})',
    "Tomcat started on port {port} (http) with context path '/'",
    'HikariPool-{int} - Connection is not available, request timed out after {int}ms (total={int}, active={int}, idle={int}, waiting={int})',
    'HikariPool-{int} - Starting...',
    'HikariPool-{int} - Start completed.',
    'Servlet.service() for servlet [dispatcherServlet] in context with path [] threw exception',
    'Order {uuid} placed by {email} for {float} EUR',
    'Order {uuid} cancelled by {email}',
    'Retrying charge of order {uuid}, attempt {int}',
    'Circuit breaker {word}-client changed state from CLOSED to OPEN',
    'Circuit breaker {word}-client changed state from OPEN to HALF_OPEN',
    'Cache {word} evicted {int} entries in {int} ms',
    'Failed to deserialize message from topic {word} partition {int} offset {int}',
  ],
  node: [
    'server listening at http://0.0.0.0:{port}',
    'incoming request {uuid} GET /cart/{int}',
    'request completed {uuid} in {float}ms',
    'payments timeout after {int}ms calling {host}:{port}',
    'cart {hex} not found for user {user}',
    'cache hit key=cart:{hex} ttl={int}s',
    'cache miss key=cart:{hex}',
    'job {uuid} picked up by worker-{int}',
    'job {uuid} failed: ECONNRESET after {int} retries',
    'heap used {size} of {size}',
    'websocket closed code={int} reason={normal|abnormal} ip={ip}',
  ],
  go: [
    'http: TLS handshake error from {ip}:{port}: EOF',
    'http: TLS handshake error from {ip}:{port}: remote error: tls: bad certificate',
    'http: Accept error: accept tcp [::]:{port}: accept4: too many open files; retrying in {int}ms',
    'leader election lost for lease {word}/{word}-{int}',
    'successfully acquired lease {word}/{word}-{int}',
    'reconcile {word}/{word}-{hex} took {duration}',
    'dial tcp {ip}:{port}: connect: connection refused',
    'dial tcp {ip}:{port}: i/o timeout',
    'context deadline exceeded',
    'grpc: addrConn.createTransport failed to connect to {ip}:{port}',
  ],
  kubernetes: [
    'Successfully assigned shop/{pod} to node-{int}',
    'Pulling image "registry.example.com/shop/{word}:{version}"',
    'Successfully pulled image "registry.example.com/shop/{word}:{version}" in {duration}',
    'Started container {word}',
    'Back-off restarting failed container {word} in pod {pod}',
    'Readiness probe failed: HTTP probe failed with statuscode: {status}',
    'Liveness probe failed: Get "http://{ip}:{port}/healthz": context deadline exceeded',
    'Scaled up replica set {word}-{hex} to {int} from {int}',
    'Scaled down replica set {word}-{hex} to {int} from {int}',
    'Container {word} exceeded its memory limit of {size}, killed',
    '0/{int} nodes are available: {int} Insufficient memory.',
  ],
  systemd: [
    'Started Session {int} of User {user}.',
    'session-{int}.scope: Deactivated successfully.',
    'shop-{word}.service: Main process exited, code=exited, status={int}/FAILURE',
    'shop-{word}.service: Scheduled restart job, restart counter is at {int}.',
    'Accepted publickey for {user} from {ip} port {port} ssh2: ED25519 SHA256:{base64}',
    'Failed password for invalid user {user} from {ip} port {port} ssh2',
    'Out of memory: Killed process {pid} ({word}) total-vm:{int}kB, anon-rss:{int}kB',
    'device eth{int}: link is up at {int} Mbps',
    'device eth{int}: link is down',
    'Disk usage of /dev/sd{letter}{int} is {int}%',
    'pam_unix(sudo:session): session opened for user {user} by (uid={int})',
    'pam_unix(sudo:session): session closed for user {user}',
  ],
  kafka: [
    '[GroupCoordinator {int}]: Preparing to rebalance group {word} in state PreparingRebalance with old generation {int}',
    '[GroupCoordinator {int}]: Stabilized group {word} generation {int} with {int} members',
    '[GroupCoordinator {int}]: Member {word}-{uuid} in group {word} has failed, removing it from the group',
    '[Log partition={word}-{int}, dir=/var/lib/kafka] Rolled new log segment at offset {int} in {int} ms.',
    '[Log partition={word}-{int}, dir=/var/lib/kafka] Deleting segments due to retention time {int}ms breach',
    '[ReplicaFetcher replicaId={int}, leaderId={int}, fetcherId={int}] Error in response for fetch request',
    '[Partition {word}-{int} broker={int}] Shrinking ISR from {int},{int},{int} to {int}',
    '[Partition {word}-{int} broker={int}] Expanding ISR from {int} to {int},{int}',
    '[Controller id={int}] Processing automatic preferred replica leader election',
  ],
  redis: [
    'DB saved on disk',
    'Background saving started by pid {pid}',
    'Background saving terminated with success',
    '{int} changes in {int} seconds. Saving...',
    'Connection with replica {ip}:{port} lost.',
    'Replica {ip}:{port} asks for synchronization',
    'Client id={int} addr={ip}:{port} closed: output buffer limit of {size} reached',
    'MASTER aborted replication with an error: NOAUTH Authentication required.',
  ],
  python: [
    'Task shop.tasks.send_mail[{uuid}] received',
    'Task shop.tasks.send_mail[{uuid}] succeeded in {float}s: None',
    'Task shop.tasks.charge[{uuid}] raised unexpected: TimeoutError({int})',
    'Internal Server Error: /orders/{int}/',
    'Not Found: /favicon-{int}.ico',
    'worker {pid} exiting after {int} requests',
    'Booting worker with pid: {pid}',
    'mail to {email} bounced: mailbox is full',
    'import of {path} finished: {int} rows, {int} errors',
    'import of {path} aborted: no space left on device',
  ],
  envoy: [
    'upstream reset: reset reason: connection termination, cluster: {word}, host: {ip}:{port}',
    'upstream reset: reset reason: overflow, cluster: {word}, host: {ip}:{port}',
    'cm init: all clusters initialized',
    'DNS resolution for {host} failed after {int}ms',
    'health check failed for host {ip}:{port} in cluster {word} status {status}',
    'ejecting host {ip}:{port} from cluster {word} for {int}s',
    "lds: add/update listener '{ip}_{port}'",
  ],
  dotnet: [
    'Request starting HTTP/2 GET https://{host}/api/cart/{int} - - -',
    'Request finished HTTP/2 GET https://{host}/api/cart/{int} - {status} - application/json {float}ms',
    "Executed DbCommand ({int}ms) [Parameters=[], CommandType='Text', CommandTimeout='{int}']",
    'Now listening on: http://[::]:{port}',
    'Connection id "{id}" accepted.',
    'Connection id "{id}" closed.',
    'Payment {uuid} declined by {word}-bank with code {int}',
    'Stock of {word} fell below {int}',
  ],
};

const words =
  'cart order stock price mail search login report invoice refund image review voucher basket shipping'.split(' ');
const users = 'ann bob carla dmitri emeka fatima goro hanna ines jakob kofi lena'.split(' ');

type Random = (below: number) => number;

/** A fixed sequence: the same lines each time. */
function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const hexOf = (random: Random, length: number) => Array.from({ length }, () => random(16).toString(16)).join('');
const pick = (random: Random, from: readonly string[]) => from[random(from.length)] ?? '';

const values: Readonly<Record<string, (random: Random) => string>> = {
  ip: (random) => `10.${random(256)}.${random(256)}.${random(256)}`,
  int: (random) => String(random(10 ** (1 + random(5)))),
  pid: (random) => String(100 + random(30_000)),
  port: (random) => String(1_024 + random(60_000)),
  float: (random) => (random(100_000) / 1_000).toFixed(3),
  status: (random) => pick(random, ['200', '201', '404', '429', '500', '502', '503']),
  agent: (random) => pick(random, ['curl/8.5.0', 'Mozilla/5.0 (X11; Linux x86_64)', 'shop-app/3.2 (iOS)']),
  host: (random) => `${pick(random, words)}-${random(20)}.internal.example.com`,
  uuid: (random) => [8, 4, 4, 4, 12].map((length) => hexOf(random, length)).join('-'),
  hex: (random) => `${random(10)}${hexOf(random, 8)}`,
  id: (random) => `0HN${random(10)}${hexOf(random, 3).toUpperCase()}${random(10)}`,
  base64: (random) => Buffer.from(hexOf(random, 32)).toString('base64').slice(0, 43),
  email: (random) => `${pick(random, users)}${random(90)}@example.com`,
  user: (random) => pick(random, users),
  word: (random) => pick(random, words),
  letter: (random) => pick(random, ['a', 'b', 'c']),
  clock: (random) => `${random(24)}:${10 + random(50)}:${10 + random(50)}.${random(1_000)}`,
  duration: (random) => pick(random, ['12ms', '3.4s', '1m12s', '850µs', '17.031s']),
  size: (random) => `${1 + random(900)}${pick(random, ['Mi', 'MB', ' KB', 'GiB'])}`,
  path: (random) => `/var/lib/shop/${pick(random, words)}/${random(1_000)}.csv`,
  version: (random) => `${random(9)}.${random(30)}.${random(30)}`,
  pod: (random) => `${pick(random, words)}-${random(10)}${hexOf(random, 8)}-${random(10)}x${random(10)}zb`,
};

/** Systems of which there are samples. */
export const labelledSystems: readonly string[] = Object.keys(statements);

/** Lines of a system, some statements far more frequent than others. */
export function labelledLines(system: string, count = 1_000): readonly LabelledLine[] {
  const templates = statements[system] ?? [];
  const random = createRandom(system.length * 7_919 + count);
  return Array.from({ length: count }, (_, index) => {
    // Each statement comes at least a few times; squaring makes the first ones frequent.
    const share = random(10_000) / 10_000;
    const number =
      index < templates.length * 3 ? index % templates.length : Math.floor(share * share * templates.length);
    const template = templates[number] ?? '';
    const message = template.replaceAll(/\{([\w|]+)\}/g, (_whole, kind: string) =>
      kind.includes('|') ? pick(random, kind.split('|')) : (values[kind]?.(random) ?? ''),
    );
    return { message, label: `${system}-${number + 1}` };
  });
}
