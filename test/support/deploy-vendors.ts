import { systemClock } from '#domain/clock.ts';
import { argocd } from '#providers/argocd.ts';
import { datadog } from '#providers/datadog.ts';
import type { Provider } from '#providers/define-provider.ts';
import { githubHost } from '#providers/github-host.ts';
import { gitlab } from '#providers/gitlab.ts';
import { jenkins } from '#providers/jenkins.ts';
import type { DeploySource } from '#providers/sources.ts';

import { answerAsDora, answerAsEvents } from './fake-datadog-deploys.ts';
import { answerAsArgocd, answerAsGithub, answerAsGitlab, answerAsJenkins } from './fake-deploys.ts';
import type { FakeDeploy } from './fake-deploys.ts';
import type { FaultyServer, SeenRequest, VendorAnswer } from './faulty-server.ts';
import { serveWithFaults } from './faulty-server.ts';

/** A fake vendor and the source that reads it. */
export interface VendorWorld extends FaultyServer {
  readonly source: DeploySource;
}

type Answer = (held: readonly FakeDeploy[], request: SeenRequest) => VendorAnswer;

async function world(
  held: readonly FakeDeploy[],
  answer: Answer,
  make: (url: string) => DeploySource,
): Promise<VendorWorld> {
  const server = await serveWithFaults((request) => answer(held, request));
  return Object.assign(server, { source: make(server.url) });
}

function sourceOf(provider: unknown, settings: Record<string, unknown>): DeploySource {
  const { capabilities, settings: schema } = provider as Provider;
  const repository = { location: 'x', baseBranch: 'main', baseCommit: '' };
  const source = capabilities.deploys?.(schema.parse(settings), {
    clock: systemClock,
    repository,
    repositoryFolder: async () => 'x',
  });
  if (source === undefined) throw new Error('the provider has no deploys');
  return source;
}

const ofDatadog = { site: 'datadoghq.eu', api_key: 'dd-api', app_key: 'dd-app', timeout_s: 5 };

/** Starts a fake vendor that holds `held`; `answer` may replace its own. */
export const deployVendors = {
  GitHub: (held: readonly FakeDeploy[], answer: Answer = answerAsGithub) =>
    world(held, answer, (url) => sourceOf(githubHost, { owner: 'acme', repo: 'shop', token: 'ghp_t', base_url: url })),
  GitLab: (held: readonly FakeDeploy[], answer: Answer = answerAsGitlab) =>
    world(held, answer, (url) => sourceOf(gitlab, { url, project: 'acme/shop', token: 'glpat-t' })),
  'Argo CD': (held: readonly FakeDeploy[], answer: Answer = answerAsArgocd) =>
    world(held, answer, (url) => sourceOf(argocd, { url, token: 'argo-t' })),
  Jenkins: (held: readonly FakeDeploy[], answer: Answer = answerAsJenkins) =>
    world(held, answer, (url) => sourceOf(jenkins, { url, user: 'bot', token: 'jenkins-t', jobs: ['team/deploy'] })),
  'Datadog DORA': (held: readonly FakeDeploy[], answer: Answer = answerAsDora) =>
    world(held, answer, (url) => sourceOf(datadog, { url, ...ofDatadog })),
  'Datadog without deploys': (held: readonly FakeDeploy[], answer: Answer = answerAsDora) =>
    world(held, answer, (url) => sourceOf(datadog, { url, ...ofDatadog, deploys: false })),
  'Datadog with deploys': (held: readonly FakeDeploy[], answer: Answer = answerAsDora) =>
    world(held, answer, (url) => sourceOf(datadog, { url, ...ofDatadog, deploys: true })),
  'Datadog events': (held: readonly FakeDeploy[], answer: Answer = answerAsEvents) =>
    world(held, answer, (url) => sourceOf(datadog, { url, ...ofDatadog })),
};
