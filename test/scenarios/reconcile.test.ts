/**
 * Reconciliation, the last line of defence (facts/goals.md R10): every kind of drift is planted on an invoice of its own and
 * found in one pass, by its own code; nothing else is accused, nothing is changed, and few calls are made.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import type { Reconciliation } from '../../src/core/reconcile.ts';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import type { MutableRow } from '../../src/sandbox/autotask/sandbox.ts';
import type { Entity } from '../../src/sandbox/quickbooks/realm.ts';
import { withTenant } from '../../src/store/tenant.ts';
import { makeWorld, sourceTotal, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const rested = (): Promise<void> => new Promise((done) => setTimeout(done, 2_500));

const source = (id: number): MutableRow => {
  const row = world.autotask.data.tables.get('Invoices')?.get(id);
  if (row === undefined) throw new Error(`no invoice ${String(id)}`);
  return row;
};
const booked = (id: number): Entity => {
  const row = [...world.realm.table('Invoice').values()].find((one) =>
    new RegExp(`LF:\\w+:${String(id)}:0`).test(String(one['PrivateNote'])),
  );
  if (row === undefined) throw new Error(`${String(id)} is not in QuickBooks`);
  return row;
};
const plus = (value: unknown, more: number): ExactNumber => {
  const cents = Math.round(Number(value instanceof ExactNumber ? value.source : value) * 100) + more;
  return new ExactNumber((cents / 100).toFixed(2));
};
const ledger = (text: string, id: number) =>
  withTenant(world.opened.services.database, world.tenant, (tx) =>
    sql`${sql.raw(text)} where autotask_invoice_id = ${id}`.execute(tx),
  );

async function reconcile(...more: string[]): Promise<{ code: number | null; all: Reconciliation }> {
  const done = await world.command(['reconcile', '--from', day(-62), '--to', day(31), '--json', ...more]);
  if (done.code === null || done.code > 1) throw new Error(done.stderr);
  return { code: done.code, all: JSON.parse(done.stdout) as Reconciliation };
}

/** A copy that a person makes in QuickBooks: the same note, another number, today's date. */
function copyByHand(id: number): string {
  const { Id: _id, SyncToken: _token, ...fields } = booked(id);
  const copy = world.realm.put('Invoice', { ...fields, DocNumber: 'COPY-1', TxnDate: day(0) });
  return String(copy.Id);
}

/** One kind of drift: how it is planted on an invoice, and what must be said of it. */
interface Drift {
  readonly kind: string;
  readonly code: string;
  readonly field?: string;
  readonly plant: (id: number) => unknown;
}

const drifts: readonly Drift[] = [
  {
    kind: 'deleted in QuickBooks',
    code: 'deleted-in-quickbooks',
    plant: (id) => world.realm.table('Invoice').delete(booked(id).Id),
  },
  {
    kind: 'voided in QuickBooks',
    code: 'voided-in-quickbooks',
    plant: (id) =>
      Object.assign(booked(id), {
        PrivateNote: `Voided - ${String(booked(id)['PrivateNote'])}`,
        TotalAmt: new ExactNumber('0.00'),
        Balance: new ExactNumber('0.00'),
      }),
  },
  {
    kind: 'amount edited in QuickBooks',
    code: 'edited-in-quickbooks',
    field: 'total',
    plant: (id) => {
      const row = booked(id);
      const line = (row['Line'] as Record<string, unknown>[])[0] ?? {};
      line['Amount'] = plus(line['Amount'], 1);
      Object.assign(row, { TotalAmt: plus(row['TotalAmt'], 1), Balance: plus(row['Balance'], 1) });
    },
  },
  {
    kind: 'tax edited in QuickBooks',
    code: 'edited-in-quickbooks',
    field: 'tax',
    plant: (id) => {
      const row = booked(id);
      const detail = (row['TxnTaxDetail'] ?? {}) as Record<string, unknown>;
      row['TxnTaxDetail'] = { ...detail, TotalTax: plus(detail['TotalTax'] ?? 0, -7) };
      Object.assign(row, { TotalAmt: plus(row['TotalAmt'], -7), Balance: plus(row['Balance'], -7) });
    },
  },
  {
    kind: 'customer changed in QuickBooks',
    code: 'edited-in-quickbooks',
    field: 'customer',
    plant: (id) => {
      const own = (booked(id)['CustomerRef'] as { value: string }).value;
      const other = [...world.realm.table('Customer').values()].find((one) => one.Id !== own);
      booked(id)['CustomerRef'] = { value: other?.Id, name: other?.['DisplayName'] };
    },
  },
  {
    kind: 'date changed in QuickBooks, out of the period',
    code: 'edited-in-quickbooks',
    field: 'date',
    plant: (id) => (booked(id)['TxnDate'] = day(-400)),
  },
  {
    kind: 'number changed in QuickBooks',
    code: 'edited-in-quickbooks',
    field: 'number',
    plant: (id) => (booked(id)['DocNumber'] = 'HAND-77'),
  },
  {
    kind: 'line removed in QuickBooks, its amount moved to another',
    code: 'edited-in-quickbooks',
    field: 'lines',
    plant: (id) => {
      const row = booked(id);
      const [first = {}, second = {}, ...rest] = row['Line'] as Record<string, unknown>[];
      const cents = Math.round(Number((second['Amount'] as ExactNumber).source) * 100);
      row['Line'] = [{ ...first, Amount: plus(first['Amount'], cents) }, ...rest];
    },
  },
  { kind: 'copied by hand in QuickBooks', code: 'doubled-in-quickbooks', plant: copyByHand },
  {
    kind: 'mark stripped from the note',
    code: 'marker-missing',
    plant: (id) => (booked(id)['PrivateNote'] = 'thank you for your business'),
  },
  {
    kind: 'mark cleared in Autotask',
    code: 'cleared-in-autotask',
    plant: (id) => Object.assign(source(id), { invoiceNumber: null, webServiceDate: null }),
  },
  {
    kind: 'number changed in Autotask',
    code: 'mark-changed-in-autotask',
    plant: (id) => (source(id)['invoiceNumber'] = 'OTHER-1'),
  },
  {
    kind: 'voided in Autotask, alive in QuickBooks',
    code: 'voided-in-autotask',
    plant: (id) => Object.assign(source(id), { isVoided: true, voidedDate: new Date().toISOString() }),
  },
  {
    kind: 'paid date in Autotask without a payment',
    code: 'paid-date-without-payment',
    plant: (id) => (source(id)['paidDate'] = `${day(-1)}T00:00:00.000Z`),
  },
  {
    kind: 'payment undone in QuickBooks',
    code: 'payment-reversed',
    plant: async (id) => {
      source(id)['paidDate'] = `${day(-1)}T00:00:00.000Z`;
      await ledger(`update transfers set paid_on = '${day(-1)}', paid_written_at = now()`, id);
    },
  },
  {
    kind: 'paid in QuickBooks, no paid date in Autotask',
    code: 'paid-date-missing',
    plant: (id) =>
      Object.assign(booked(id), {
        Balance: new ExactNumber('0.00'),
        MetaData: { CreateTime: day(-3), LastUpdatedTime: `${day(-2)}T10:00:00-08:00` },
      }),
  },
  {
    kind: 'ledger says posted, and nothing ever was',
    code: 'deleted-in-quickbooks',
    plant: async (id) => {
      world.realm.table('Invoice').delete(booked(id).Id);
      await ledger(`update transfers set quickbooks_id = '99999999'`, id);
    },
  },
  {
    kind: 'old backup restored: it is there, the ledger does not know',
    code: 'unknown-to-ledger',
    plant: (id) =>
      ledger(
        `update transfers set state = 'seen', quickbooks_id = null, quickbooks_number = null, posted_at = null, written_back_at = null, marked_at = null, mark_number = null`,
        id,
      ),
  },
  {
    kind: 'changed in Autotask after posting',
    code: 'changed-in-autotask',
    field: 'total',
    plant: (id) => (source(id)['invoiceTotal'] = plus(source(id)['invoiceTotal'], 500)),
  },
  {
    kind: 'eligible and never seen',
    code: 'never-seen',
    plant: (id) => {
      const copy = { ...source(id), id: 990_001, invoiceNumber: null, webServiceDate: null };
      world.autotask.data.tables.get('Invoices')?.set(990_001, copy);
    },
  },
];

/** With two lines at least, so that one can go. */
const withLines = (): number[] =>
  world.msp.postable.filter((id) => (booked(id)['Line'] as { DetailType?: string }[]).length > 2);

describe('reconciliation', () => {
  it('finds every kind of drift in one pass, and accuses nobody else', async () => {
    world = await makeWorld({ invoices: drifts.length + 20, companies: 8, linesPerInvoice: 4 });
    await world.sync();
    const spare = withLines();
    expect(spare.length).toBeGreaterThanOrEqual(drifts.length);
    const expected: { id: number; code: string; field: string }[] = [];
    for (const [at, drift] of drifts.entries()) {
      const id = spare[at] ?? 0;
      await drift.plant(id);
      expected.push({ id: drift.code === 'never-seen' ? 990_001 : id, code: drift.code, field: drift.field ?? '' });
    }
    await rested();
    const before = JSON.stringify([...world.realm.table('Invoice').values()]);
    const { code, all } = await reconcile();
    const found = all.findings.map((one) => ({ id: one.autotaskInvoiceId, code: one.code, field: one.field }));
    const key = (one: { id: number; code: string; field: string }): string =>
      `${String(one.id)} ${one.code} ${one.field}`;
    expect(found.map(key).toSorted()).toEqual(expected.map(key).toSorted());
    for (const one of all.findings) expect(`${one.text} ${one.remedy}`).not.toMatch(/\?(?=[ .”]|$)/);
    expect(code).toBe(1);
    expect(JSON.stringify([...world.realm.table('Invoice').values()])).toBe(before);
    expect(world.autotask.counters.of('PATCH Invoices')).toBe(world.msp.postable.length);
  });

  it('is clean after a sync: every invoice beside its own, sums equal, exit code 0', async () => {
    world = await makeWorld({ invoices: 12, obstacles: true });
    await world.sync();
    await rested();
    const { code, all } = await reconcile();
    expect([code, all.findings]).toEqual([0, []]);
    expect(all.sums.match).toBe(12);
    for (const id of world.msp.postable) {
      const row = all.rows.find((one) => one.autotaskInvoiceId === id);
      expect([row?.result, row?.autotask?.total, row?.quickbooks[0]?.total]).toEqual([
        'match',
        sourceTotal(world, id),
        sourceTotal(world, id),
      ]);
    }
    const parked = all.rows.filter((row) => row.result === 'missing-in-quickbooks');
    expect(parked.length).toBeGreaterThan(0);
    for (const row of parked) expect(row.reason).not.toBe('');
  });

  it('says in words that nothing is wrong, what is not there for a known reason, and what a person copied again', async () => {
    world = await makeWorld({ invoices: 3 });
    const [twice = 0, away = 0] = world.msp.postable;
    await world.command(['invoices', 'mark-done', String(away), '--reason', 'typed by hand']);
    await world.sync();
    await world.copy(twice, true);
    await rested();
    const { stdout, code } = await world.command(['reconcile', '--from', day(-62), '--to', day(31)]);
    expect(code).toBe(0);
    const words = stdout.replaceAll(/\s+/g, ' ');
    expect(words).toContain(
      '3 invoices, 1 agrees to the cent, 1 not in QuickBooks for a known reason, 1 copied again on purpose; nothing is wrong.',
    );
    expect(words).toContain('A person copied it again (overwrite), and the older copy still counts');
    expect(words).toContain('marked it done without posting: typed by hand');
  });

  it('says where an invoice of another program is, by Autotask’s number', async () => {
    world = await makeWorld({ invoices: 2 });
    const [id = 0] = world.msp.postable;
    Object.assign(source(id), { invoiceNumber: 'OLD-1', webServiceDate: new Date().toISOString() });
    world.realm.put('Invoice', {
      DocNumber: 'OLD-1',
      TxnDate: day(-2),
      CustomerRef: { value: '1', name: 'Somebody' },
      TotalAmt: new ExactNumber(sourceTotal(world, id)),
      Balance: new ExactNumber('0.00'),
      Line: [],
    });
    const { all } = await reconcile();
    const row = all.rows.find((one) => one.autotaskInvoiceId === id);
    expect([row?.result, row?.quickbooks[0]?.link]).toEqual(['match', 'number']);
  });

  it('makes few calls: one per 500 in Autotask, one per 1,000 in QuickBooks', async () => {
    world = await makeWorld({ invoices: 600, scale: 1_000, settings: { 'customers.createLimitPerRun': '0' } });
    await world.sync();
    await rested();
    world.autotask.counters.reset();
    world.quickbooks.counters.reset();
    const { code } = await reconcile();
    expect(code).toBe(0);
    expect(world.autotask.counters.of('calls')).toBe(2);
    expect(world.quickbooks.counters.of('calls')).toBe(1);
  });

  it('runs by night on its own: no mail while all is well, one when something was found', async () => {
    world = await makeWorld({ invoices: 3, settings: { 'sync.intervalMinutes': '1', 'sync.status': 'sync' } });
    await world.sync();
    await rested();
    const [id = 0] = world.msp.postable;
    const nightly = async () => {
      const worker = world.spawnCli(['worker']);
      const ended = new Promise((done) => worker.once('exit', done));
      const last = async () =>
        withTenant(world.opened.services.database, world.tenant, (tx) =>
          tx.selectFrom('runs').selectAll().where('kind', '=', 'reconcile').where('ended_at', 'is not', null).execute(),
        );
      for (const end = Date.now() + 30_000; (await last()).length === 0;) {
        if (Date.now() > end) throw new Error('no reconciliation ran');
        await new Promise((done) => setTimeout(done, 200));
      }
      worker.kill('SIGTERM');
      await ended;
      const mails = await withTenant(world.opened.services.database, world.tenant, (tx) =>
        tx.selectFrom('outbox').select('subject').where('kind', '=', 'reconciliation').execute(),
      );
      return { runs: await last(), mails: mails.map((mail) => mail.subject) };
    };
    const clean = await nightly();
    expect([clean.runs[0]?.requested_by, clean.mails]).toEqual(['schedule', []]);
    await withTenant(world.opened.services.database, world.tenant, (tx) =>
      sql`delete from runs where kind = 'reconcile'`.execute(tx),
    );
    world.realm.table('Invoice').delete(booked(id).Id);
    const { mails } = await nightly();
    expect(mails).toEqual([expect.stringContaining('1 thing needs a look')]);
  });

  it('writes the table as CSV, mails it where asked, and refuses a period that ends before it begins', async () => {
    world = await makeWorld({ invoices: 2 });
    await world.sync();
    const [id = 0] = world.msp.postable;
    booked(id)['DocNumber'] = '=HYPERLINK("x")';
    const file = join(world.env['LEDGERFERRY_DATA_DIR'] ?? '', 'proof.csv');
    await reconcile('--csv', file, '--email', 'owner@msp.example');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('Autotask id');
    expect(text).not.toMatch(/(^|,)"?=HYPERLINK/m);
    const outbox = JSON.parse((await world.command(['outbox', 'list', '--json'])).stdout) as {
      mails: { kind: string; to: string[] }[];
    };
    const to = outbox.mails.filter((mail) => mail.kind === 'reconciliation').flatMap((mail) => mail.to);
    expect(to.toSorted()).toEqual(['books@msp.example', 'owner@msp.example']);
    const wrong = await world.command(['reconcile', '--from', day(0), '--to', day(-1)]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('before it begins')]);
  });
});
