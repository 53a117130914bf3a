/** Folders that hold tests and what they need. */
const TEST_FOLDER = /^(?:tests?|__tests__|specs?|e2e|testing|testdata|fixtures)$/;
/** Names of test files by the conventions of their runners. */
const TEST_NAME =
  /(?:^|[._-])(?:tests?|spec|e2e|cy)\.[a-z]+$|^test_[^/]*\.py$|_test\.[a-z]+$|_spec\.rb$|(?:Test|Tests|Spec|IT)\.(?:java|kt|kts|scala|groovy|cs|php|swift)$/;

/** Whether a path lies below a folder of tests. */
export function isBelowTestFolder(path: string): boolean {
  return path
    .split('/')
    .slice(0, -1)
    .some((component) => TEST_FOLDER.test(component.toLowerCase()));
}

/** Whether a path is a test file, by its folder or its name. */
export function isTestFile(path: string): boolean {
  return isBelowTestFolder(path) || TEST_NAME.test(path.slice(path.lastIndexOf('/') + 1));
}
