/** An old backup of the database is restored after more was posted: nothing goes twice, and reconciliation names what it lacks. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Reconciliation } from '../../src/core/reconcile.ts';
import { asSuperuser } from '../support/database.ts';
import { patience, sized, told } from '../support/campaign.ts';
import { addLike, faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const nameOf = (): string => new URL((world.env['DATABASE_URL'] ?? '').replace('@/', '@localhost/')).pathname.slice(1);

/** A copy of the database as it is now; whoever is connected loses the connection, as in any restore. */
async function copyDatabase(from: string, to: string): Promise<void> {
  await asSuperuser(async (client) => {
    const cut = (): Promise<unknown> =>
      client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname in ($1, $2)', [from, to]);
    await cut();
    await client.query(`drop database if exists ${to} with (force)`);
    for (let tries = 0; ; tries += 1) {
      await cut();
      try {
        await client.query(`create database ${to} template ${from}`);
        return;
      } catch (error) {
        if (tries > 20) throw error;
        await new Promise((done) => setTimeout(done, 50));
      }
    }
  });
}

const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

describe('an old backup', () => {
  for (let round = 0; round < sized(1, 25); round += 1) {
    it(`restored after more was posted, ${String(round)}: nothing twice`, patience(120_000), async () => {
      world = await makeWorld({ invoices: 8, companies: 4, scale: 1_000, seed: round + 1 });
      const backup = `${nameOf()}_old`;
      await world.sync();
      await copyDatabase(nameOf(), backup);
      try {
        const later = Array.from({ length: 8 }, (_unused, at) => 850_000 + at);
        for (const [at, id] of later.entries()) addLike(world, world.msp.postable[at % 8] ?? 0, id);
        // Of some the mark came back to Autotask, of others it did not: the restored ledger has to find both.
        world.autotask.faults.push({
          method: 'PATCH',
          path: /Invoices/,
          skip: 4,
          when: 'before',
          act: { kind: 'reply', status: 500, body: '{"errors":["no update today"]}' },
        });
        await world.sync();
        world.autotask.faults.length = 0;
        expect(world.posted().size).toBe(16);
        const invoices = world.autotask.data.tables.get('Invoices');
        const marked = later.filter((id) => invoices?.get(id)?.['invoiceNumber'] !== null);
        await copyDatabase(backup, nameOf());
        const { run } = await world.sync();
        expect(run.failure).toBe(null);
        expect([...world.posted().values()].every((copies) => copies.length === 1)).toBe(true);
        expect(faultsOf(world)).toEqual([]);
        await new Promise((done) => setTimeout(done, 400));
        const done = await world.command(['reconcile', '--from', day(-62), '--to', day(31), '--json']);
        const { findings } = JSON.parse(done.stdout) as Reconciliation;
        expect(findings.map((one) => [one.autotaskInvoiceId, one.code])).toEqual(
          marked.map((id) => [id, 'unknown-to-ledger']),
        );
        expect(marked.length).toBeGreaterThan(0);
        told('old backup', { round, posted: 16, marked: marked.length, adopted: 8 - marked.length, doubled: 0 });
      } finally {
        await asSuperuser((client) => client.query(`drop database if exists ${backup} with (force)`));
      }
    });
  }
});
