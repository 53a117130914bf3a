import { isTestFile } from '#domain/test-files.ts';
import { primeDeploy } from '#report/diagnosis.ts';
import { spell } from '#report/markdown-words.ts';
import type { Report } from '#report/schema.ts';

/** Something to do after an incident; nobody owns it until a human says so. */
export interface ActionItem {
  readonly type: 'prevention' | 'detection' | 'documentation' | 'process';
  readonly title: string;
  readonly description: string;
  readonly priority: 'high' | 'medium' | 'low';
  readonly owner: null;
}

/** Seconds from the onset to the opening that are thought to be good. */
const TARGET_TO_OPEN = 300;
/** Seconds that an answer of a human may take before it is worth a word. */
const TARGET_ANSWER = 1_800;

/** What the facts of an incident call for, by fixed rules, most urgent first. */
export function toActionItems(report: Report): ActionItem[] {
  const rules = [ofDeploy, ofRevert, ofTests, ofDetection, ofApprovals, ofRunbook];
  return rules.flatMap((rule) => rule(report));
}

/** Whether the change brings a test, or a test that was there failed before it and passes now. */
export function hasRegressionTest({ files_modified: files, verification }: Report): boolean {
  const brought = files.some(({ path, action, lines_added }) => {
    return action !== 'deleted' && lines_added > 0 && isTestFile(path);
  });
  return brought || verification.some(({ base, on_current_tree }) => on_current_tree && (base?.fixed_count ?? 0) > 0);
}

function ofDeploy({ diagnosis }: Report): ActionItem[] {
  if (diagnosis.category !== 'deployment_issue') return [];
  const suspect = primeDeploy(diagnosis.suspects);
  const title = 'Improve deployment canary analysis';
  const description = `Check canary metrics automatically: ${suspect?.ref ?? suspect?.kind ?? 'a deploy'} is the likeliest cause.`;
  return [{ type: 'prevention', title, description, priority: 'high', owner: null }];
}

function ofRevert({ pr }: Report): ActionItem[] {
  if (pr === null || pr.reverted_by === null) return [];
  const title = 'Find out why the fix was taken back';
  const description = `Commit ${pr.reverted_by.slice(0, 12)} reverts the change of this incident: the tests did not show what was wrong with it.`;
  return [{ type: 'prevention', title, description, priority: 'high', owner: null }];
}

function ofTests(report: Report): ActionItem[] {
  if (report.pr === null || hasRegressionTest(report)) return [];
  const title = 'Add a regression test';
  const description = 'No test of the pull request fails without the change.';
  return [{ type: 'detection', title, description, priority: 'high', owner: null }];
}

function ofDetection({ times }: Report): ActionItem[] {
  if (times.to_open_seconds === null || times.to_open_seconds <= TARGET_TO_OPEN) return [];
  const title = 'Improve alerting thresholds';
  const description = `It took ${spell(times.to_open_seconds)} from the onset until the incident was opened; the target is less than ${spell(TARGET_TO_OPEN)}.`;
  return [{ type: 'detection', title, description, priority: 'medium', owner: null }];
}

function ofApprovals({ approvals }: Report): ActionItem[] {
  const longest = approvals.toSorted((a, b) => b.waited_seconds - a.waited_seconds)[0];
  if (!longest || longest.waited_seconds <= TARGET_ANSWER) return [];
  const title = 'Shorten the wait for approvals';
  const description = `Question ${longest.id} (${longest.kind}) waited ${spell(longest.waited_seconds)}; the target is at most ${spell(TARGET_ANSWER)}.`;
  return [{ type: 'process', title, description, priority: 'medium', owner: null }];
}

function ofRunbook({ diagnosis, incident }: Report): ActionItem[] {
  const title = 'Update runbook for this failure mode';
  const kind = diagnosis.category === 'unknown' ? 'this kind of trouble' : diagnosis.category.replaceAll('_', ' ');
  const description = `Add the steps for ${kind}${incident.service === null ? '' : ` in ${incident.service}`}.`;
  return [{ type: 'documentation', title, description, priority: 'low', owner: null }];
}
