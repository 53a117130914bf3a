import type { CodeChange } from '#domain/evidence.ts';
import { formatDuration } from '#domain/time.ts';

import type { FocusArea } from './change-areas.ts';
import { areaOf, focusOf, isBot } from './change-areas.ts';
import { isSameFile } from './same-file.ts';
import type { TextMatch } from './text-match.ts';
import { matchTexts } from './text-match.ts';

/** A place in the code that the errors name. */
export interface ErrorPlace {
  /** As the trace names it. */
  readonly file: string;
  readonly function?: string | undefined;
}

/** What is known of the trouble. All text is untrusted. */
export interface Trouble {
  /** Milliseconds since the epoch. */
  readonly onset: number;
  /** Title, root-cause text and errors of the logs. */
  readonly text: string;
  /** Innermost first. */
  readonly places: readonly ErrorPlace[];
}

/** A commit as a suspect. */
export interface RankedChange {
  readonly change: CodeChange;
  /** 0 to 100: how well it explains the trouble. */
  readonly score: number;
  /** The score in words, so that a reader can disagree. */
  readonly why: readonly string[];
  readonly areas: readonly FocusArea[];
  /** What of it the trouble says. */
  readonly match: TextMatch;
  /** It changes a file that the errors name. */
  readonly atPlace: boolean;
  /** The incident names it, or a commit after the onset takes it back: somebody knows more than the times tell. */
  readonly accused: boolean;
}

/** Found by trying on histories whose culprits are known; see docs/deploys.md. */
const POINTS = { text: 55, place: 30, function: 8, recency: 15, size: 5, area: 2, reverted: 40, named: 40 } as const;
/** A commit this old before the onset has half the points of recency. */
const HALF_MS = 4 * 3_600_000;
/** Lines changed beyond which size says no more. */
const LARGE_LINES = 500;
/** A best fit below this is chance. */
const LEAST_BEST = 0.1;
/** Clocks and onsets are not exact. */
const SLACK_MS = 60_000;

/** Ranks commits by how well they explain the trouble: what they changed and say against what the errors name and say. */
export function rankChanges(changes: readonly CodeChange[], trouble: Trouble): readonly RankedChange[] {
  const candidates = changes.filter(({ at }) => at <= trouble.onset + SLACK_MS);
  const matches = matchTexts(candidates.map(toText), trouble.text);
  const known = { ...trouble, before: new Set(candidates.map(({ sha }) => sha)), best: bestOf(matches) };
  return changes
    .map((change) => rank(change, matches.get(change.sha) ?? { share: 0, words: [] }, known))
    .toSorted((a, b) => b.score - a.score || b.change.at - a.change.at || (a.change.sha < b.change.sha ? -1 : 1));
}

function toText({ sha, subject, body, files, diff }: CodeChange) {
  return {
    id: sha,
    parts: [
      { text: subject, weight: 3 },
      { text: body, weight: 0.5 },
      { text: files.map(({ path }) => path).join(' '), weight: 2 },
      { text: diff.replaceAll(/^(?:diff --git|index|---|\+\+\+) .*$/gm, ''), weight: 1 },
    ],
  };
}

interface KnownTrouble extends Trouble {
  /** What landed before the onset. */
  readonly before: ReadonlySet<string>;
  /** The share of the commit that fits best. */
  readonly best: number;
}

function bestOf(matches: ReadonlyMap<string, TextMatch>): number {
  return Math.max(0, ...[...matches.values()].map(({ share }) => share));
}

interface Finding {
  readonly points: number;
  readonly reason?: string | undefined;
}

function rank(change: CodeChange, match: TextMatch, trouble: KnownTrouble): RankedChange {
  const delta = change.at - trouble.onset;
  const areas = focusOf(change.files.map(({ path }) => path));
  const found = place(change, trouble.places);
  const blamed = [reverted(change, trouble), named(change, trouble.text)];
  const base = { change, areas, match, atPlace: found.points > 0, accused: blamed.some(({ points }) => points > 0) };
  if (delta > SLACK_MS) {
    const reason = `${formatDuration(delta)} after the onset: no cause, perhaps a mitigation`;
    return { ...base, score: 1, why: [reason] };
  }
  const findings = [
    recency(delta),
    ...blamed,
    found,
    words(match, trouble),
    size(change),
    ...areas.map((area) => ({ points: POINTS.area / areas.length, reason: `changes ${area}` })),
  ];
  const harmless = harmlessness(change);
  const sum = findings.reduce((total, { points }) => total + points, 0) * harmless.points;
  const why = [...findings, harmless].flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  return { ...base, score: Math.max(1, Math.min(100, Math.round(sum * 10) / 10)), why };
}

function recency(delta: number): Finding {
  const reason = delta > -SLACK_MS ? 'landed at the onset' : `landed ${formatDuration(-delta)} before the onset`;
  return { points: POINTS.recency / (1 - Math.min(0, delta) / HALF_MS), reason };
}

/** What was taken back before the onset was not in force any more; what is taken back after it was found guilty. */
function reverted({ revertedBy }: CodeChange, { before }: { readonly before: ReadonlySet<string> }): Finding {
  if (revertedBy === undefined) return { points: 0 };
  const by = revertedBy.slice(0, 12);
  if (before.has(revertedBy)) return { points: 0, reason: `taken back before the onset by ${by}` };
  return { points: POINTS.reverted, reason: `taken back later by ${by}` };
}

/** A root-cause text may name the commit itself. */
function named({ sha, mergedBy }: CodeChange, text: string): Finding {
  const ids = text.match(/\b[0-9a-f]{7,64}\b/g) ?? [];
  const found = ids.find((id) => sha.startsWith(id) || mergedBy?.startsWith(id));
  return found === undefined
    ? { points: 0 }
    : { points: POINTS.named, reason: `named as ${found.slice(0, 12)} in the incident` };
}

function place({ files, diff }: CodeChange, places: readonly ErrorPlace[]): Finding {
  const found = places.find(({ file }) => files.some(({ path }) => isSameFile(path, file)));
  if (found === undefined) return { points: 0 };
  const path = files.find((candidate) => isSameFile(candidate.path, found.file))?.path ?? '';
  // The innermost frames are nearest to the fault.
  const depth = places.indexOf(found);
  const name = found.function?.split(/[.:#\s]+/).findLast((part) => part.length > 2);
  const inside = name !== undefined && diff.includes(name);
  const points = POINTS.place / (1 + depth * 0.15) + (inside ? POINTS.function : 0);
  return { points, reason: `changes ${path}${inside ? ` at ${name}` : ''}, which the errors name` };
}

/** Half by how much of the trouble it has, half by how it stands among the others. */
function words({ share, words: telling }: TextMatch, { best }: KnownTrouble): Finding {
  if (telling.length === 0) return { points: 0 };
  const among = (share / Math.max(best, LEAST_BEST)) ** 2;
  const points = POINTS.text * Math.min(1, (share + among) / 2);
  return { points, reason: `has words of the trouble: ${telling.join(', ')}` };
}

function size({ files }: CodeChange): Finding {
  const code = files.filter(({ path }) => !['tests', 'docs'].includes(areaOf(path)));
  const lines = code.reduce((sum, { added, removed }) => sum + added + removed, 0);
  const points = (POINTS.size * Math.log1p(Math.min(lines, LARGE_LINES))) / Math.log1p(LARGE_LINES);
  return {
    points,
    reason: lines > 0 ? `${lines} lines in ${code.length} ${code.length === 1 ? 'file' : 'files'}` : undefined,
  };
}

/** A factor: what no running program reads seldom breaks one. */
function harmlessness({ files, author, body }: CodeChange): Finding {
  if (/^This reverts commit [0-9a-f]{7,64}/m.test(body)) return { points: 0.6, reason: 'takes another change back' };
  const found = new Set(files.map(({ path }) => areaOf(path)));
  if (files.length > 0 && found.size === 1 && found.has('docs')) return { points: 0.35, reason: 'documentation only' };
  if (files.length > 0 && [...found].every((area) => area === 'docs' || area === 'tests'))
    return { points: 0.5, reason: 'tests only' };
  return isBot(author) ? { points: 0.8, reason: 'by a program' } : { points: 1 };
}
