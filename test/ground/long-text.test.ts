/** Documents of any length through the runs and the outbox: what is read is what was written, and short ones cost no statement more. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rows } from '../../src/core/rows.ts';
import { RunningClock } from '../../src/platform/clock.ts';
import { openAt, type Database } from '../../src/store/database.ts';
import { saveMail } from '../../src/store/outbox.ts';
import { endRun, loadRun, saveRun } from '../../src/store/runs.ts';
import type { MailAttachment } from '../../src/store/tables.ts';
import { withTenant, type TenantTx } from '../../src/store/tenant.ts';
import { asSuperuser, freshDatabase, type TestDatabase } from '../support/database.ts';

const tenant = { organizationId: randomUUID(), connectionId: randomUUID() };
const at = new Date('2026-11-30T00:00:00Z');
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await freshDatabase();
  database = await openAt({ connectionString: test.url }, new RunningClock(), false);
  await asSuperuser(async (client) => {
    const { organizationId, connectionId } = tenant;
    await client.query(`insert into organizations (organization_id, name, created_at) values ($1, 'one', now())`, [
      organizationId,
    ]);
    await client.query(
      `insert into connections (organization_id, connection_id, name, created_at) values ($1, $2, 'one', now())`,
      [organizationId, connectionId],
    );
  }, test.name);
});
afterAll(async () => {
  await database?.close();
  await test?.drop();
});

async function stored(report: unknown, result: unknown): Promise<{ report: unknown; result: unknown }> {
  const runId = randomUUID();
  await withTenant(database, tenant, async (tx) => {
    await saveRun(tx, {
      ...tenant,
      runId,
      kind: 'compare-items',
      options: {},
      settingsVersion: 1,
      requestedBy: 'test',
      requestedAt: at,
    });
    await endRun(tx, runId, { state: 'finished', at, failure: null, report, result });
  });
  const run = await withTenant(database, tenant, (tx) => loadRun(tx, runId));
  return { report: run?.report, result: run?.result };
}

/** Rows that do not pack well, with letters of one to four bytes. */
const rows = (count: number, letters: string): object[] =>
  Array.from({ length: count }, (_, at) => ({ at, id: randomUUID(), note: `“${letters}” ${randomUUID()}` }));

describe('long documents', () => {
  it.each([
    ['nothing', null, undefined],
    ['short ones', { rows: rows(3, 'a') }, { empty: [], none: null, amount: '12.30' }],
    [
      'both long',
      { rows: rows(3_000, 'é ß 日本') },
      { rows: rows(4_000, 'Zoë & “Sons”'), more: { deep: [1, [2, ['x']]] } },
    ],
    ['one long, one short', { counts: { posted: 1 } }, { rows: rows(2_000, '🚢') }],
    [
      'one text of a megabyte, a pair of surrogates on every border',
      null,
      { text: `${'x'.repeat(65_520)}${'🚢'.repeat(400_000)}` },
    ],
  ])('%s', async (_name, report, result) => {
    const back = await stored(report, result);
    // The rows of a long report stay text until they are read.
    const read = JSON.parse(JSON.stringify(back)) as typeof back;
    expect(read).toEqual({ report: report ?? null, result: result ?? null });
    const given = (report as { rows?: object[] } | null)?.rows;
    expect((back.report as { rows?: Rows<object> } | null)?.rows?.length).toBe(given?.length);
  });

  it('an attachment of a megabyte arrives whole, for each of two addresses', async () => {
    const content = rows(8_000, 'Ångström 🚢')
      .map((row) => JSON.stringify(row))
      .join('\r\n');
    const attachments: readonly MailAttachment[] = [
      { filename: 'x.csv', contentType: 'text/csv', content },
      { filename: 'x.zip', contentType: 'application/zip', content: 'eA==', encoding: 'base64' },
    ];
    await withTenant(database, tenant, async (tx) => {
      for (const recipient of ['a@msp.example', 'b@msp.example'])
        await saveMail(
          tx,
          { ...tenant, at },
          {
            mailId: randomUUID(),
            runId: null,
            kind: 'report',
            recipient,
            subject: 's',
            text: 't',
            html: 'h',
            attachments,
            state: 'kept',
          },
        );
    });
    const mails = await withTenant(database, tenant, (tx) => tx.selectFrom('outbox').select('attachments').execute());
    expect(mails).toEqual([{ attachments }, { attachments }]);
  });

  it('a short document takes no way round, and what a long one leaves behind ends with its transaction', async () => {
    const left = (tx: TenantTx): Promise<unknown> =>
      sql<{ left: string }>`select coalesce(current_setting('ledgerferry.long_report_1', true), '') as left`
        .execute(tx)
        .then((found) => found.rows[0]?.left);
    const within = async (report: unknown): Promise<unknown> =>
      withTenant(database, tenant, async (tx) => {
        await endRun(tx, randomUUID(), { state: 'finished', at, failure: null, report });
        return left(tx);
      });
    expect(await within({ rows: rows(3, 'x') })).toBe('');
    expect(await within({ rows: rows(3_000, 'x') })).not.toBe('');
    expect(await withTenant(database, tenant, left)).toBe('');
  });
});
