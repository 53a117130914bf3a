import type { AnyTool } from '#engine/tool.ts';

import { applyPatch } from './apply-patch.ts';
import { escalate } from './escalate.ts';
import { getIncidentLogs } from './get-incident-logs.ts';
import { getIncident } from './get-incident.ts';
import { listRecentDeploys } from './list-recent-deploys.ts';
import { openPr } from './open-pr.ts';
import { queryMetrics } from './query-metrics.ts';
import { runTests } from './run-tests.ts';

/** Every tool of the product, in the order an agent uses them. */
export const tools: readonly AnyTool[] = [
  getIncident,
  getIncidentLogs,
  queryMetrics,
  listRecentDeploys,
  applyPatch,
  runTests,
  openPr,
  escalate,
];
