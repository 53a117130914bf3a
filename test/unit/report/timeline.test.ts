import { describe, expect, it } from 'vitest';

import { toReport } from '#report/json.ts';
import { toTimelineText } from '#report/timeline.ts';

import { escalatedInput, event, reportInput } from './records.ts';

describe('the timeline', () => {
  it('reads well', () => {
    expect(`\n${toTimelineText(toReport(reportInput()))}`).toMatchInlineSnapshot(`
      "
      INC-1 · SEV2 · UserService.processQueue() leaks memory
      2026-03-02 09:00:00 UTC · claude-code/2.1 · pull request open

        +00:00  · incident opened      INC-1 opened: UserService.processQueue() leaks memory
        +00:02  ✓ get_incident_logs    812 lines matched, 3 patterns are new (1.0 s)
        +00:30  ✗ apply_patch          package.lock is protected: lock files decide what is installed.
                                       by protected_files/*.lock
                                       → Leave package.lock alone and change the source only.
        +00:39  ✓ apply_patch          Patch applied: 1 file, +1 -0 lines. (2.0 s)
        +00:40  · patch applied        Patch 1: 1 file, +1 -0
        +00:45  ✓ run_tests            Suite unit: fail, 13 passed, 1 failed (2.0 s)
        +00:49  ✓ get_incident ×2      INC-1 is a SEV2 incident in state patching.
        +01:00  ✓ apply_patch          Patch applied: 2 files, +15 -1 lines. (1.0 s)
        +01:30  ✓ open_pr              Pull request opened: file:///out/INC-1-pull-request.md (5.0 s)

      → Review the pull request: file:///out/INC-1-pull-request.md
      Trace 721191b6cc82d409539fb6ce45480dca
      "
    `);
  });

  it('wraps long words under their column', () => {
    const events = [
      event(3_700, 'incident.opened'),
      event(7_905, 'call.denied', {
        tool: 'apply_patch',
        callId: 'a',
        summary: 'This was refused for a reason. '.repeat(6),
        data: { rule_ids: ['max_files'], fix: 'Change fewer files.' },
      }),
    ];
    const lines = toTimelineText(toReport(escalatedInput({ events }))).split('\n');
    expect(Math.max(...lines.slice(3, -3).map((line) => line.length))).toBeLessThanOrEqual(110);
    expect(lines.filter((line) => line.startsWith(' '.repeat(33)))).toHaveLength(4);
    expect(lines.join('\n')).toContain('+70:05');
  });

  it('says the way forward of a refusal once, also where the record of a hook ends with it', () => {
    const fix = 'Use the MCP tools of Fixgate ($& and all), or ask the on-call engineer to run it.';
    const summary = `DENIED[guard/human_verb] "fixgate approve" is for humans. Nothing was done. ${fix}`;
    const data = { rule_ids: ['guard/human_verb'], fix };
    const events = [event(1, 'call.denied', { tool: 'Bash', callId: 'a', actor: 'hook:claude', summary, data })];
    const lines = toTimelineText(toReport(reportInput({ events }))).split('\n');
    const text = lines.map((line) => line.trim()).join(' ');
    expect(text.split(fix)).toHaveLength(2);
    expect(text).toContain('is for humans. Nothing was done. by guard/human_verb → Use the MCP tools');
  });

  it('colours only when asked', () => {
    const report = toReport(reportInput());
    expect(toTimelineText(report)).not.toContain('\u001B');
    expect(
      toTimelineText(report, { color: true })
        .split('\u001B')
        .map((part, index) => (index === 0 ? part : part.replace(/^\[\d+m/, '')))
        .join(''),
    ).toBe(toTimelineText(report));
  });

  it('lets no text from outside reach the terminal as a sequence', () => {
    const events = [
      event(1, 'call.invalid', {
        tool: '\u001B[2Jx',
        callId: 'a',
        actor: '\u001B]0;t\u0007',
        summary: 'a\u001B[1Ab\u009B2J',
      }),
    ];
    const text = toTimelineText(toReport(reportInput({ events })));
    expect(['\u001B', '\u009B', '\u0007'].filter((control) => text.includes(control))).toEqual([]);
  });
});
