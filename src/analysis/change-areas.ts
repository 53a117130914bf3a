/** Areas in which a change is riskier than its size says; each code change in them is listed. */
export const focusAreas = ['config', 'database', 'api', 'dependencies'] as const;
export type FocusArea = (typeof focusAreas)[number];

/** What a path belongs to. */
export type Area = FocusArea | 'tests' | 'docs' | 'code';

/** The first that fits counts. */
const areas: readonly (readonly [Area, RegExp])[] = [
  [
    'docs',
    /(?:^|\/)(?:docs?|documentation|changelogs?|\.github\/issue_template)\/|\.(?:md|rst|adoc|txt|png|jpe?g|svg|gif)$|(?:^|\/)(?:changelog|changes|authors|license|notice|codeowners|readme|copying|news|todo)[^/]{0,20}$/i,
  ],
  [
    'tests',
    /(?:^|\/)(?:tests?|specs?|__tests__|__mocks__|testdata|fixtures|e2e|testing|t)\/|[._-](?:test|spec)s?\.[\w.]{1,10}$|(?:^|\/)(?:test_[^/]{1,100}|conftest)\.py$|[a-z](?:Test|Tests|IT|Spec)\.(?:java|kt|scala|cs|swift|php)$/,
  ],
  [
    'dependencies',
    /(?:^|\/)(?:package(?:-lock)?\.json|pnpm-lock\.yaml|yarn\.lock|npm-shrinkwrap\.json|bun\.lockb?|go\.(?:mod|sum)|cargo\.(?:toml|lock)|pom\.xml|build\.gradle(?:\.kts)?|gradle\.lockfile|libs\.versions\.toml|requirements[\w.-]{0,40}\.(?:txt|in)|pyproject\.toml|poetry\.lock|uv\.lock|pipfile(?:\.lock)?|setup\.(?:py|cfg)|gemfile(?:\.lock)?|[\w.-]{1,80}\.gemspec|composer\.(?:json|lock)|packages\.lock\.json|directory\.packages\.props|[\w.-]{1,80}\.csproj|\.gitmodules)$|(?:^|\/)(?:vendor|third_party|node_modules)\//i,
  ],
  [
    'database',
    /(?:^|\/)(?:migrations?|migrate|alembic|flyway|liquibase|db|schema)\/|\.sql$|(?:^|\/)schema\.(?:rb|prisma|graphql)$|\.prisma$/i,
  ],
  [
    'config',
    /(?:^|\/)(?:config|configs|conf|settings|k8s|kubernetes|helm|charts|deploy|deployment|terraform|ansible|manifests|environments)\/|\.(?:ya?ml|toml|ini|cfg|conf|env|properties|tf|tfvars|hcl)$|(?:^|\/)(?:\.env[\w.]{0,40}|dockerfile[\w.-]{0,40}|docker-compose[\w.-]{0,40}|makefile|jenkinsfile|procfile|(?:config|settings|configuration)\.[a-z]{1,5})$|appsettings[\w.]{0,40}\.json$/i,
  ],
  [
    'api',
    /(?:^|\/)(?:api|apis|routes?|controllers?|handlers?|endpoints?|graphql|grpc|proto|openapi|swagger|middleware)\/|\.(?:proto|graphql)$|(?:^|\/)(?:openapi|swagger)[\w.-]{0,40}$|(?:^|[/_-])(?:api|routes?|controller|handler|endpoint|middleware)s?\.[a-z]{1,5}$|[a-z](?:Controller|Handler|Resource|Endpoint)\.[a-z]{1,5}$/,
  ],
];

/** What a path belongs to, by its name alone. */
export function areaOf(path: string): Area {
  return areas.find(([, pattern]) => pattern.test(path))?.[0] ?? 'code';
}

/** The focus areas that paths touch. */
export function focusOf(paths: readonly string[]): readonly FocusArea[] {
  const touched = new Set(paths.map(areaOf));
  return focusAreas.filter((area) => touched.has(area));
}

/** True for accounts that programs use, such as those that raise versions. */
export function isBot(author: string): boolean {
  return /\[bot\]$|(?:^|[-_ ])bot$|^(?:dependabot|renovate|greenkeeper|github-actions|pre-commit-ci|snyk|mergify)\b/i.test(
    author,
  );
}
