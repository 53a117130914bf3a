import type { FloorHit, RiskFloor } from '#domain/risk.ts';
import { isTestFile } from '#domain/test-files.ts';

/** How much harm a wrong change of a file can do, from 0 to 1: what it is used for decides, not its size. */
export function pathClass(path: string): number {
  const below = outsideTests(path);
  if (isCi(below) || isMigration(below) || isAccess(below) || isInfrastructure(below)) return 1;
  if (isTestFile(path) || DOCUMENT.test(path)) return 0;
  if (CONFIGURATION.test(path)) return isProduction(path) ? 1 : 0.5;
  return wordsOf(path).some((word) => SENSITIVE_WORD.test(word)) ? 0.7 : 0.3;
}

/** One changed file with what it holds; a side is undefined where the file does not exist. */
export interface ChangedFile {
  readonly path: string;
  readonly before: Buffer | undefined;
  readonly after: Buffer | undefined;
}

/** The same, read as text. */
export interface ChangedText {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** The floors that a file's name and content set. */
export function floorsOfFile({ path, before, after }: ChangedFile): readonly FloorHit[] {
  const below = outsideTests(path);
  const contents = [before, after].filter((content) => content !== undefined);
  const hits: readonly [RiskFloor, boolean][] = [
    ['dependency_manifest', MANIFEST.test(path)],
    ['ci_pipeline', isCi(below)],
    ['access_control', isAccess(below) || (!isTestFile(path) && !DOCUMENT.test(path) && contents.some(grantsAccess))],
    ['production_infrastructure', isInfrastructure(below) && isProduction(path)],
    ['migration', isMigration(below)],
    ['special_file', contents.some((content) => content.includes(0))],
  ];
  return hits.filter(([, hit]) => hit).map(([floor]) => ({ floor, why: path }));
}

/** Most files hold none of the words, and the bytes tell so sooner than the pattern. */
function grantsAccess(content: Buffer): boolean {
  return ACCESS_WORDS.some((word) => content.includes(word)) && ACCESS_TEXT.test(content.toString());
}

const DOCUMENT = /\.(?:md|mdx|rst|adoc)$|(?:^|\/)(?:LICENSE|NOTICE|AUTHORS|CHANGELOG)(?:\.txt)?$/i;
const CONFIGURATION = /\.(?:json|ya?ml|toml|ini|conf|cfg|properties|env)$|(?:^|\/)\.env/i;
const SENSITIVE_WORD =
  /^(?:apis?|graphql|grpc|db|databases?|sql|auth|authn|authz|authenticat\w+|authoriz\w+|oauth\d?|login|sessions?|passwords?|payments?|billing|invoices?|checkout|crypto|security|permissions?)$/;
const MANIFEST =
  /(?:^|\/)(?:package(?:-lock)?\.json|npm-shrinkwrap\.json|pnpm-lock\.ya?ml|[^/]*\.lockb?|go\.(?:mod|sum|work)|cargo\.toml|requirements[^/]*\.txt|pyproject\.toml|pipfile|setup\.(?:py|cfg)|gemfile|gems\.(?:rb|locked)|[^/]*\.gemspec|pom\.xml|[^/]*\.gradle(?:\.kts)?|libs\.versions\.toml|composer\.json|[^/]*\.(?:cs|fs|vb)proj|directory\.packages\.props|packages\.config|module\.bazel|package\.swift|pubspec\.yaml|mix\.exs)$/i;
const CI =
  /^\.github\/(?:workflows|actions)\/|(?:^|\/)(?:\.gitlab-ci[^/]*\.ya?ml|jenkinsfile[^/]*|azure-pipelines[^/]*\.ya?ml|bitbucket-pipelines\.ya?ml|\.drone\.ya?ml|\.travis\.ya?ml|cloudbuild\.ya?ml|appveyor\.ya?ml)$|^(?:\.circleci|\.buildkite|\.tekton|\.gitlab)\//i;
const MIGRATION =
  /(?:^|\/)(?:migrations?|migrate|alembic|flyway|liquibase|changelogs?)\/.|(?:^|\/)(?:schema\.(?:sql|rb|prisma)|structure\.sql)$|(?:^|\/)V\d+__[^/]+\.sql$/i;
const INFRASTRUCTURE =
  /\.(?:tf|tfvars|hcl|bicep)(?:\.json)?$|(?:^|\/)(?:terraform|k8s|kubernetes|helm|charts?|manifests|kustomize|ansible|pulumi|cloudformation|argocd|infra(?:structure)?)\/.|(?:^|\/)(?:dockerfile[^/]*|docker-compose[^/]*|compose\.ya?ml|chart\.ya?ml|kustomization\.ya?ml|serverless\.ya?ml)$/i;
const ACCESS = /(?:^|[/._-])(?:iam|rbac|clusterroles?|rolebindings?)(?:[/._-]|$)/i;
/** Each match of `ACCESS_TEXT` holds one of them. */
const ACCESS_WORDS = ['kind:', '"Effect"', '_iam_', '_role_'];
const ACCESS_TEXT =
  /^\s*kind:\s*["']?(?:Cluster)?Role(?:Binding)?\b|"Effect"\s*:\s*"Allow"|\b(?:aws_iam_|google_\w*_iam_|azurerm_role_)\w*/m;

const isCi = (path: string) => CI.test(path);
const isMigration = (path: string) => MIGRATION.test(path);
const isInfrastructure = (path: string) => INFRASTRUCTURE.test(path);
const isAccess = (path: string) => ACCESS.test(path);

function isProduction(path: string): boolean {
  return wordsOf(path).some((word) => /^(?:prod|prd|production|live)$/.test(word));
}

/** What lies below a folder of tests is test data, whatever it looks like; a name alone exempts nothing. */
function outsideTests(path: string): string {
  const components = path.split('/');
  const at = components.slice(0, -1).findIndex((component) => isTestFile(`${component}/x`));
  return at < 0 ? path : components.slice(0, at).join('/');
}

function wordsOf(path: string): readonly string[] {
  return path
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}
