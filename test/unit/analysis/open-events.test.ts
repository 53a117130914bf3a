import { describe, expect, it } from 'vitest';

import { createOpenEvents } from '#analysis/open-events.ts';

const event = (id: number, writer?: string) => ({ id, writer });

describe('createOpenEvents', () => {
  it('gives the oldest event when there are more than fit', () => {
    const open = createOpenEvents<ReturnType<typeof event>>(2);
    expect([1, 2, 3, 4].map((id) => open.push(event(id))?.id)).toEqual([undefined, undefined, 1, 2]);
    expect(open.takeAll().map(({ id }) => id)).toEqual([3, 4]);
    expect(open.takeAll()).toEqual([]);
    expect(open.push(event(5))).toBeUndefined();
  });

  it('finds the newest event of a writer, whose name may differ from others in its beginning alone', () => {
    const open = createOpenEvents<ReturnType<typeof event>>(3);
    expect(open.newestOf(undefined)).toBeUndefined();
    expect(open.newestOf('web-1 shop[1]')).toBeUndefined();
    for (const [id, writer] of ['web-1 shop[1]', 'web-1 shop[1]', 'web-2 shop[1]', undefined].entries())
      open.push(event(id, writer));
    expect(open.newestOf('web-1 shop[1]')?.id).toBe(1);
    expect(open.newestOf('web-2 shop[1]')?.id).toBe(2);
    expect(open.newestOf('web-3 shop[1]')).toBeUndefined();
    expect(open.newestOf(undefined)?.id).toBe(3);
    open.push(event(4));
    expect(open.newestOf('web-1 shop[1]')).toBeUndefined();
  });

  it('finds the newest event that passes a test, and none that is out', () => {
    const open = createOpenEvents<ReturnType<typeof event>>(2);
    for (const id of [1, 2, 3]) open.push(event(id));
    expect(open.findLast(({ id }) => id < 3)?.id).toBe(2);
    expect(open.findLast(({ id }) => id < 2)).toBeUndefined();
  });
});
