/** What becomes of a copy that somebody asked for beside a posted invoice, and that met an obstacle (design.md section 2). */
import { afterEach, describe, expect, it } from 'vitest';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

interface Cause {
  readonly id: string;
  readonly code: string;
  readonly actions: readonly string[];
}

async function causes(): Promise<Cause[]> {
  const { stdout } = await world.command(['errors', 'list', '--json']);
  return (JSON.parse(stdout) as { causes: Cause[] }).causes;
}

/** The first invoice posted, then a copy of it refused because QuickBooks' books are closed. */
async function parkedCopy(): Promise<number> {
  world = await makeWorld({ invoices: 2 });
  await world.sync();
  const [id = 0] = world.msp.postable;
  world.realm.config.bookCloseDate = new Date().toISOString().slice(0, 10);
  await world.copy(id, true);
  expect(world.posted().get(id)?.length).toBe(1);
  return id;
}

describe('a copy that met an obstacle', () => {
  it('goes on when it is asked for again, and is one copy', async () => {
    const id = await parkedCopy();
    await world.copy(id, true);
    world.realm.config.bookCloseDate = null;
    await world.copy(id, true);
    expect(world.posted().get(id)?.length).toBe(2);
    expect(await causes()).toEqual([]);
    const { stdout } = await world.command(['invoices', 'show', String(id), '--json']);
    expect((JSON.parse(stdout) as { copies: unknown[] }).copies.length).toBe(2);
  });

  it('is ended by each of the actions that its cause offers', async () => {
    const id = await parkedCopy();
    const [cause] = await causes();
    expect(cause?.actions).toEqual(['mark-done']);
    const decided = await world.command(['errors', 'decide', cause?.id ?? '', 'mark-done', '--reason', 'not needed']);
    expect([decided.code, decided.stdout]).toEqual([0, '1 invoice marked done without posting.\n']);
    expect(await causes()).toEqual([]);
    world.realm.config.bookCloseDate = null;
    await world.sync();
    expect(world.posted().get(id)?.length).toBe(1);
  });

  it('cannot be held or released, and says what can be done', async () => {
    const id = String(await parkedCopy());
    const held = await world.command(['invoices', 'hold', id]);
    expect([held.code, held.stdout]).toEqual([1, expect.stringMatching(/copy it again, or mark it done/)]);
    const released = await world.command(['invoices', 'release', id]);
    expect([released.code, released.stdout]).toEqual([1, expect.stringMatching(/copy it again, or mark it done/)]);
  });
});
