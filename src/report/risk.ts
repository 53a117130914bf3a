import type { ReportInput } from '#report/input.ts';
import { ReportedRisk } from '#report/schema.ts';
import { toLine } from '#report/text.ts';

/** The risk as it was scored when publishing was last admitted; null before. */
export function toReportedRisk({ events }: Pick<ReportInput, 'events'>): ReportedRisk | null {
  const data = events.findLast(({ type, data: { action } }) => type === 'call.admitted' && action === 'publish')?.data;
  const parsed = ReportedRisk.safeParse(data?.['risk']);
  if (!parsed.success) return null;
  const floors = parsed.data.floors.map(({ floor, least, why }) => ({ floor, least, why: toLine(why, 300) }));
  return { ...parsed.data, floors };
}
