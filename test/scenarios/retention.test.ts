/** What is old goes, the ledger stays: what defends against a double bill is the same before and after, and the chain holds. */
import { afterEach, describe, expect, it } from 'vitest';
import { sql } from 'kysely';
import { prune } from '../../src/engine/retention.ts';
import type { Services } from '../../src/engine/services.ts';
import { verifyAudit } from '../../src/store/audit.ts';
import { pruneAudit } from '../../src/store/retention.ts';
import { withTenant, type TenantTx } from '../../src/store/tenant.ts';
import { withClient } from '../support/database.ts';
import { faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const DAY_MS = 86_400_000;

/** The same process, so many days later. */
function later(days: number): Services {
  const { services } = world.opened;
  const { clock } = services;
  return {
    ...services,
    clock: {
      now: () => new Date(clock.now().getTime() + days * DAY_MS),
      scaled: (ms) => clock.scaled(ms),
      sleep: (ms, signal) => clock.sleep(ms, signal),
      follow: () => clock.follow(),
    },
  };
}
const read = <T>(work: (tx: TenantTx) => Promise<T>): Promise<T> =>
  withTenant(world.opened.services.database, world.tenant, work);
const verify = (noted?: string[]) =>
  withTenant(world.opened.services.database, { organizationId: world.tenant.organizationId }, (tx) =>
    verifyAudit(tx, noted),
  );
const count = (table: string, where = 'true'): Promise<number> =>
  read(async (tx) => {
    const { rows } = await sql<{
      n: number;
    }>`select count(*) as n from ${sql.table(table)} where ${sql.raw(where)}`.execute(tx);
    return rows[0]?.n ?? 0;
  });
/** Everything that the four lines of defence read, but for the raw reply and the run's name. */
const ledger = (): Promise<unknown> =>
  read(async (tx) => {
    const rows = await Promise.all(
      ['batches', 'batch_members', 'links', 'creations', 'decisions'].map(
        async (table) => (await sql`select * from ${sql.table(table)} order by 1, 2, 3, 4`.execute(tx)).rows,
      ),
    );
    const transfers = await tx.selectFrom('transfers').selectAll().orderBy('transfer_id').execute();
    return JSON.stringify([rows, transfers.map(({ reply: _reply, ...rest }) => rest)]);
  });

describe('retention', () => {
  it('takes mails, replies and idle runs first, then reports, history and old lines of the log', async () => {
    world = await makeWorld({ invoices: 6, obstacles: true, scale: 500, settings: { 'reports.always': 'true' } });
    await world.sync();
    await world.set({ 'reports.always': 'false' });
    for (let run = 0; run < 3; run += 1) await world.automatic();
    const before = await ledger();
    const heads = (await verify()).heads;
    const [mails, runs, history, lines] = [
      await count('outbox'),
      await count('runs'),
      await count('transfer_events'),
      (await verify()).lines,
    ];
    expect(Math.min(mails, runs - 3, await count('transfers', 'reply is not null'))).toBeGreaterThan(0);

    expect((await prune(world.opened.services, world.tenant))?.taken).toEqual(
      expect.objectContaining({ mails: 0, idleRuns: 0, runs: 0, history: 0, audit: 0 }),
    );
    const first = await prune(later(100), world.tenant);
    expect(first?.isWhole).toBe(true);
    expect([first?.taken['mails'], first?.taken['history'], first?.taken['audit']]).toEqual([mails, 0, 0]);
    expect(await count('transfers', "reply is not null and state in ('written_back', 'skipped')")).toBe(0);
    // The last of a kind stays: the schedule looks at it.
    expect(first?.taken['idleRuns']).toBe(2);
    expect(await count('transfer_events')).toBe(history);
    expect(await ledger()).toBe(before);

    // A line of much later, so that the beginning is old beside it.
    await prune(later(800), world.tenant);
    expect(await ledger()).toBe(before);
    const rest = await read((tx) =>
      sql<{ state: string; last: string; events: number }>`
        select t.state, (array_agg(e.to_state order by e.event_number desc))[1] as last, count(*) as events
        from transfers t join transfer_events e using (transfer_id) group by t.transfer_id, t.state`.execute(tx),
    );
    for (const row of rest.rows) expect(row.last).toBe(row.state);
    expect(await count('runs', 'report is not null')).toBe(0);
    expect(await count('runs')).toBeGreaterThan(0);
    const verified = await verify();
    expect(verified.faults).toEqual([]);
    expect(verified.pruned).toBe(lines);
    expect(verified.lines).toBeLessThan(4);
    // What was noted down last is what the log says it was pruned up to; nothing else of it can be shown any more.
    expect((await verify([...heads])).faults).toEqual([]);
    expect((await verify(['ab'.repeat(32)])).faults).toEqual([expect.stringContaining('retention took it')]);
    // Twice is once, and what comes after still follows.
    await prune(later(801), world.tenant);
    expect((await verify()).lines).toBe(verified.lines);
    expect((await world.sync()).run.failure).toBe(null);
    expect((await verify()).faults).toEqual([]);
    expect(faultsOf(world)).toEqual([]);
  });

  it('leaves a mark that a person cleared a problem, years later as well', async () => {
    world = await makeWorld({ invoices: 2, scale: 500 });
    await world.sync();
    await prune(later(800), world.tenant);
    for (const id of world.msp.postable) {
      const row = world.autotask.data.tables.get('Invoices')?.get(id);
      Object.assign(row ?? {}, { invoiceNumber: null, webServiceDate: null });
    }
    const { report } = await world.sync();
    expect(report.rows.map((row) => row.problems[0]?.code)).toEqual(['cleared-in-autotask', 'cleared-in-autotask']);
    expect([...world.posted().values()].every((copies) => copies.length === 1)).toBe(true);
  });

  it('keeps the history of what is open, open problems, and mails that wait', async () => {
    world = await makeWorld({ invoices: 2, obstacles: true, scale: 500, settings: { 'reports.always': 'true' } });
    await world.sync();
    await withClient(world.env['DATABASE_URL'] ?? '', (client) => client.query("update outbox set state = 'queued'"));
    const open = "select transfer_id from transfers where state not in ('written_back', 'skipped', 'voided')";
    const kept = await count('transfer_events', `transfer_id in (${open})`);
    const [problems, mails] = [await count('problem_log', 'closed_at is null'), await count('outbox')];
    expect(Math.min(kept, problems, mails)).toBeGreaterThan(0);
    await prune(later(800), world.tenant);
    expect([
      await count('transfer_events', `transfer_id in (${open})`),
      await count('problem_log', 'closed_at is null'),
      await count('outbox'),
    ]).toEqual([kept, problems, mails]);
  });

  it('is the only way out of the histories, and only from their old end', async () => {
    world = await makeWorld({ invoices: 2, scale: 500 });
    await world.sync();
    const { organizationId, connectionId } = world.tenant;
    const last = await read((tx) =>
      tx
        .selectFrom('audit_log')
        .select('audit_number')
        .orderBy('audit_number', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow(),
    );
    for (const statement of [
      'delete from audit_log',
      'update audit_log set actor = actor',
      'delete from transfer_events',
      `select prune_audit_log('${connectionId}', ${String(last.audit_number)})`,
      `select prune_audit_log(null, 1)`,
    ])
      await expect(
        read((tx) => sql.raw(statement).execute(tx)),
        statement,
      ).rejects.toThrow(/permission denied|no line|another connection/);
    // Too young, even when a line says so.
    const at = world.opened.services.clock.now();
    await expect(
      read((tx) => pruneAudit(tx, { organizationId, connectionId, at, before: new Date(at.getTime() + DAY_MS) })),
    ).rejects.toThrow(/no line of the audit log says/);
    await read((tx) =>
      sql`select prune_transfer_events(${new Date(at.getTime() + 99 * DAY_MS)}::timestamptz, 1000)`.execute(tx),
    );
    expect(await count('transfer_events')).toBeGreaterThan(4);

    await prune(later(800), world.tenant);
    await world.sync();
    expect((await verify()).faults).toEqual([]);
    await withClient(world.env['DATABASE_URL'] ?? '', (client) =>
      client.query(
        "delete from audit_log where audit_number = (select min(audit_number) from audit_log where action = 'audit-pruned')",
      ),
    );
    expect((await verify()).faults.length).toBeGreaterThan(0);
  });

  it('comes by itself once a day, from the schedule and from commands, and doctor says what takes the room', async () => {
    world = await makeWorld({ invoices: 2, scale: 100, env: { LEDGERFERRY_RETENTION_DAYS: '200' } });
    const prunedAt = (): Promise<Date | null> =>
      read(async (tx) => (await tx.selectFrom('connections').select('pruned_at').executeTakeFirstOrThrow()).pruned_at);
    expect((await world.command(['invoices', 'sync', '--json'])).code).toBe(0);
    expect(await prunedAt()).toBe(null);
    await withClient(world.env['DATABASE_URL'] ?? '', (client) =>
      client.query("update connections set created_at = created_at - interval '1 day'"),
    );
    expect((await world.command(['invoices', 'sync', '--json'])).code).toBe(0);
    expect(await prunedAt()).not.toBe(null);
    const pruned = await world.command(['database', 'prune', '--json']);
    expect([pruned.code, JSON.parse(pruned.stdout)]).toEqual([0, expect.objectContaining({ isWhole: true })]);
    const doctor = JSON.parse((await world.command(['doctor', '--json'])).stdout) as {
      storage: { keeps: Record<string, number>; tables: { table: string; rows: number; bytes: number }[] };
    };
    expect(doctor.storage.keeps).toEqual({ historyReportsAndAudit: 200, mailsAndReplies: 90, idleRuns: 30 });
    expect(doctor.storage.tables.find((one) => one.table === 'transfers')).toEqual(
      expect.objectContaining({ rows: 2, bytes: expect.any(Number) as number }),
    );
  });
});
