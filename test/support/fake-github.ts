import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A pull request as the fake keeps it. */
export interface FakePull {
  number: number;
  title: string;
  body: string;
  head: string;
  base: string;
  draft: boolean;
  state: 'open' | 'closed';
  merged: boolean;
  labels: string[];
  /** Another repository with a branch of the same name. */
  fork: boolean;
  /** By which commit of the base branch it was merged. */
  mergeCommit?: string;
}

/** A commit of the base branch. */
export interface FakeCommit {
  readonly sha: string;
  readonly message: string;
  readonly tree: string;
  readonly parent: string;
  /** ISO. */
  readonly date: string;
}

/** What goes wrong with the next request that matches; consumed when it does. */
export interface Fault {
  readonly method: string;
  /** Matched on the path without the query. */
  readonly path: RegExp;
  /** `lost`: the request is served, its answer never arrives. `hang`: nothing ever comes. Otherwise this answer. */
  readonly as:
    | 'lost'
    | 'hang'
    | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A GitHub of one repository, `acme/shop`, on loopback: the requests that the code host sends, as GitHub answers them. */
export interface FakeGithub extends AsyncDisposable {
  readonly url: string;
  readonly pulls: FakePull[];
  /** `METHOD /path` of every request received. */
  readonly requests: string[];
  /** Of the base branch, newest first. */
  readonly commits: FakeCommit[];
  /** Trees by commits that are older than `commits`. */
  readonly trees: Map<string, string>;
  /** Branches that were pushed. */
  readonly branches: Set<string>;
  readonly token: string;
  /** Permission to change whether a pull request is a draft. */
  mayConvertDrafts: boolean;
  /** The token's user may write to the repository. */
  mayPush: boolean;
  fail(fault: Fault): void;
  addPull(pull: Partial<FakePull> & Pick<FakePull, 'head'>): FakePull;
}

const OWNER = 'acme';
const REPO = 'shop';

export async function startFakeGithub(): Promise<FakeGithub> {
  const faults: Fault[] = [];
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const fake: FakeGithub = {
    url: `http://127.0.0.1:${port}`,
    pulls: [],
    requests: [],
    commits: [],
    trees: new Map(),
    branches: new Set(['main']),
    token: 'token-for-tests',
    mayConvertDrafts: true,
    mayPush: true,
    fail: (fault) => void faults.push(fault),
    addPull(pull) {
      const added: FakePull = {
        number: fake.pulls.length + 1,
        title: 'A pull request',
        body: '',
        base: 'main',
        draft: false,
        state: 'open',
        merged: false,
        labels: [],
        fork: false,
        ...pull,
      };
      fake.pulls.push(added);
      return added;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', fake.url);
    const method = request.method ?? 'GET';
    fake.requests.push(`${method} ${url.pathname}`);
    const body = await readJson(request);
    const index = faults.findIndex((fault) => fault.method === method && fault.path.test(url.pathname));
    const fault = index < 0 ? undefined : faults.splice(index, 1)[0]?.as;
    if (fault === 'hang') return;
    if (typeof fault === 'object') {
      send(response, { status: fault.status, body: fault.body ?? { message: 'Injected' } }, fault.headers);
      return;
    }
    const authorized = request.headers.authorization === `Bearer ${fake.token}`;
    const answer = authorized ? route(method, url, body) : { status: 401, body: problem('Bad credentials') };
    if (fault === 'lost') {
      response.destroy();
      return;
    }
    send(response, answer);
  }

  function route(method: string, url: URL, body: Record<string, unknown>): Answer {
    const prefix = `/repos/${OWNER}/${REPO}`;
    if (method === 'POST' && url.pathname === '/graphql') return convertDraft(body);
    if (method === 'GET' && url.pathname === prefix)
      return { status: 200, body: { permissions: { push: fake.mayPush } } };
    if (!url.pathname.startsWith(`${prefix}/`)) return { status: 404, body: problem('Not Found') };
    const path = url.pathname.slice(prefix.length);
    if (path === '/pulls' && method === 'GET') return list(url.searchParams);
    if (path === '/pulls' && method === 'POST') return create(body);
    if (path === '/commits' && method === 'GET') return listCommits(url.searchParams);
    const tree = /^\/git\/commits\/([0-9a-f]+)$/.exec(path)?.[1];
    if (tree !== undefined) return { status: 200, body: { tree: { sha: fake.trees.get(tree) } } };
    const number = Number(/^\/(?:pulls|issues)\/(\d+)/.exec(path)?.[1]);
    const pull = fake.pulls.find((candidate) => candidate.number === number);
    if (!pull) return { status: 404, body: problem('Not Found') };
    if (method === 'GET' && path === `/pulls/${number}`) return { status: 200, body: toWire(pull) };
    if (method === 'PATCH' && path === `/pulls/${number}`) return update(pull, body);
    if (method === 'POST' && path === `/issues/${number}/labels`) return addLabels(pull, body['labels'] as string[]);
    return { status: 404, body: problem('Not Found') };
  }

  function list(query: URLSearchParams): Answer {
    const state = query.get('state') ?? 'open';
    const head = query.get('head');
    // GitHub ignores a `head` that is not `owner:branch` and answers everything.
    const branch = head?.startsWith(`${OWNER}:`) ? head.slice(OWNER.length + 1) : undefined;
    const found = fake.pulls.filter(
      (pull) => (state === 'all' || pull.state === state) && (branch === undefined || pull.head === branch),
    );
    return { status: 200, body: found.toReversed().map(toWire) };
  }

  function listCommits(query: URLSearchParams): Answer {
    const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 30)];
    const since = Date.parse(query.get('since') ?? '1970-01-01T00:00:00Z');
    const found = query.get('sha') === 'main' ? fake.commits.filter(({ date }) => Date.parse(date) >= since) : [];
    return { status: 200, body: found.slice((page - 1) * size, page * size).map(toWireCommit) };
  }

  function create(body: Record<string, unknown>): Answer {
    const {
      title,
      head,
      base,
      body: text,
      draft,
    } = body as { title: string; head: string; base: string; body: string; draft: boolean };
    if (!fake.branches.has(head)) {
      return {
        status: 422,
        body: problem('Validation Failed', [{ resource: 'PullRequest', field: 'head', code: 'invalid' }]),
      };
    }
    if (fake.pulls.some((pull) => pull.state === 'open' && pull.head === head && pull.base === base && !pull.fork)) {
      const message = `A pull request already exists for ${OWNER}:${head}.`;
      return {
        status: 422,
        body: problem('Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }]),
      };
    }
    if (text.length > 65_536) {
      return {
        status: 422,
        body: problem('Validation Failed', [
          {
            resource: 'Issue',
            code: 'custom',
            field: 'body',
            message: 'body is too long (maximum is 65536 characters)',
          },
        ]),
      };
    }
    return { status: 201, body: toWire(fake.addPull({ title, head, base, body: text, draft })) };
  }

  function update(pull: FakePull, body: Record<string, unknown>): Answer {
    if (typeof body['title'] === 'string') pull.title = body['title'];
    if (typeof body['body'] === 'string') pull.body = body['body'];
    return { status: 200, body: toWire(pull) };
  }

  function addLabels(pull: FakePull, labels: readonly string[]): Answer {
    pull.labels = [...new Set([...pull.labels, ...labels])];
    return { status: 200, body: pull.labels.map(toLabel) };
  }

  function convertDraft(body: Record<string, unknown>): Answer {
    const { query, variables } = body as { query: string; variables: { id: string } };
    const pull = fake.pulls.find(({ number }) => `PR_${number}` === variables.id);
    if (!pull || !fake.mayConvertDrafts) {
      return {
        status: 200,
        body: {
          data: null,
          errors: [{ type: 'FORBIDDEN', path: [], message: 'Resource not accessible by personal access token' }],
        },
      };
    }
    pull.draft = query.includes('convertPullRequestToDraft');
    return { status: 200, body: { data: { result: { pullRequest: { isDraft: pull.draft } } } } };
  }

  return fake;
}

function toWire(pull: FakePull): unknown {
  const repository = (id: number, name: string) => ({ id, full_name: name, private: false, fork: id !== 1 });
  const side = (ref: string, repo: unknown) => ({
    label: `${OWNER}:${ref}`,
    ref,
    sha: 'a'.repeat(40),
    user: { login: OWNER, id: 1 },
    repo,
  });
  return {
    id: 1_000 + pull.number,
    node_id: `PR_${pull.number}`,
    number: pull.number,
    url: `https://api.github.com/repos/${OWNER}/${REPO}/pulls/${pull.number}`,
    html_url: `https://github.com/${OWNER}/${REPO}/pull/${pull.number}`,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: { login: 'fixgate-bot', id: 2 },
    body: pull.body === '' ? null : pull.body,
    labels: pull.labels.map(toLabel),
    draft: pull.draft,
    merged_at: pull.merged ? '2026-01-01T00:00:00Z' : null,
    closed_at: pull.state === 'closed' ? '2026-01-01T00:00:00Z' : null,
    // Of an open one GitHub names a trial that no branch holds.
    merge_commit_sha: pull.mergeCommit ?? 'f'.repeat(40),
    created_at: '2026-01-01T00:00:00Z',
    head: side(pull.head, pull.fork ? repository(2, 'acme/shop-fork') : repository(1, `${OWNER}/${REPO}`)),
    base: side(pull.base, repository(1, `${OWNER}/${REPO}`)),
  };
}

function toWireCommit({ sha, message, tree, parent, date }: FakeCommit): unknown {
  const person = { name: 'Ada', email: 'ada@example.com', date };
  return {
    sha,
    node_id: `C_${sha}`,
    commit: { message, author: person, committer: person, tree: { sha: tree, url: '' }, comment_count: 0 },
    author: { login: 'ada', id: 3 },
    committer: { login: 'web-flow', id: 4 },
    parents: [{ sha: parent, url: '' }],
  };
}

function toLabel(name: string, index: number): unknown {
  return { id: index + 1, node_id: `LA_${index + 1}`, name, description: null, color: 'ededed', default: false };
}

function problem(message: string, errors?: readonly unknown[]): unknown {
  return { message, ...(errors && { errors }), documentation_url: 'https://docs.github.com/rest', status: '4xx' };
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function send(response: ServerResponse, { status, body }: Answer, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}
