/** Adopt: what the old app posted, or a person typed, is ours to look after from then on; nothing is ever posted by it. */
import { afterEach, describe, expect, it } from 'vitest';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import type { MutableRow } from '../../src/sandbox/autotask/sandbox.ts';
import type { Entity } from '../../src/sandbox/quickbooks/realm.ts';
import { makeWorld, sourceTotal, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

interface Adopted {
  adopted: boolean;
  autotask: { total: string };
  quickbooks: { id: string; total: string };
  differences: { field: string; autotask: string; quickbooks: string }[];
  text: string;
  error?: { message: string };
}
const adopt = async (...args: string[]): Promise<{ code: number | null; json: Adopted; says: string }> => {
  const done = await world.command(['invoices', 'adopt', ...args, '--json']);
  const json = JSON.parse(done.stdout) as Adopted;
  return { code: done.code, json, says: json.error?.message ?? json.text };
};
const invoice = (id: number): MutableRow => {
  const row = world.autotask.data.tables.get('Invoices')?.get(id);
  if (row === undefined) throw new Error(`no invoice ${String(id)}`);
  return row;
};
/** The invoice as another program left it in QuickBooks: the same customer, day and total, and no mark of ours. */
function typed(id: number, more: Record<string, unknown> = {}): Entity {
  const company = world.autotask.data.tables.get('Companies')?.get(Number(invoice(id)['companyID']))?.['companyName'];
  const customer =
    [...world.realm.table('Customer').values()].find((row) => row['DisplayName'] === company) ??
    world.realm.put('Customer', { DisplayName: company, Active: true });
  const total = new ExactNumber(sourceTotal(world, id));
  return world.realm.put('Invoice', {
    CustomerRef: { value: customer.Id, name: company },
    TxnDate: String(invoice(id)['invoiceDateTime']).slice(0, 10),
    TotalAmt: total,
    Balance: total,
    PrivateNote: 'typed by hand',
    Line: [],
    ...more,
  });
}
const writes = (): number =>
  ['batch', 'invoice', 'customer', 'item', 'payment'].reduce(
    (count, noun) => count + world.quickbooks.counters.of(`POST ${noun}`),
    0,
  );
interface Shown {
  copies: { state: string; quickbooksId: string }[];
}
const stateOf = async (id: number): Promise<Shown['copies'][number] | undefined> =>
  (JSON.parse((await world.command(['invoices', 'show', String(id), '--json'])).stdout) as Shown).copies[0];

describe('adopt', () => {
  it('makes what another app posted the posted row: no second copy, and Autotask’s mark by the next run', async () => {
    world = await makeWorld({ invoices: 3 });
    const [id = 0, other = 0] = world.msp.postable;
    const found = typed(id, { DocNumber: '1042' });
    const shown = await adopt(String(id), '--dry-run');
    expect([shown.code, shown.json.adopted, shown.json.quickbooks.id]).toEqual([0, false, found.Id]);
    const { code, json } = await adopt(String(id));
    expect([code, json.adopted, json.differences]).toEqual([0, true, []]);
    expect(json.autotask.total).toBe(json.quickbooks.total);
    expect(writes()).toBe(0);
    expect(await stateOf(id)).toMatchObject({ state: 'posted', quickbooksId: found.Id });
    await world.sync();
    expect([...world.posted().keys()]).not.toContain(id);
    expect(world.posted().get(other)?.length).toBe(1);
    expect(invoice(id)['invoiceNumber']).toBe('1042');
    expect(String(invoice(id)['webServiceDate'])).toMatch(/^20/);
    expect((await stateOf(id))?.state).toBe('written_back');
    const again = await adopt(String(id));
    expect([again.code, again.says]).toEqual([2, expect.stringMatching(/already in QuickBooks as 1042/)]);
    const log = (await world.command(['audit', '--json'])).stdout;
    expect(log).toMatch(/"adopted"/);
  });

  it('whose number and date the old app wrote needs no mark, and the proof agrees', async () => {
    world = await makeWorld({ invoices: 2 });
    const [id = 0] = world.msp.postable;
    const date = '2026-11-01T10:00:00Z';
    Object.assign(invoice(id), { invoiceNumber: '77', webServiceDate: date });
    typed(id, { DocNumber: '77' });
    // A run has seen it before, and left it out as marked by another program.
    await world.sync();
    expect((await adopt(String(id))).json.adopted).toBe(true);
    expect((await stateOf(id))?.state).toBe('written_back');
    await world.sync();
    expect(invoice(id)).toMatchObject({ invoiceNumber: '77', webServiceDate: date });
    const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
    const proof = await world.command(['reconcile', '--from', day(-60), '--to', day(30), '--json']);
    const { findings } = JSON.parse(proof.stdout) as { findings: { code: string }[] };
    expect(findings).toEqual([]);
  });

  it('is refused with what differs: customer, total, date, number, a void, the mark of another invoice', async () => {
    world = await makeWorld({ invoices: 4, companies: 2 });
    const [id = 0] = world.msp.postable;
    Object.assign(invoice(id), { invoiceNumber: '77' });
    const stranger = world.realm.put('Customer', { DisplayName: 'Somebody Else', Active: true });
    const zero = new ExactNumber('0.00');
    const cases: [field: string, more: Record<string, unknown>][] = [
      ['customer', { CustomerRef: { value: stranger.Id, name: 'Somebody Else' } }],
      ['total', { TotalAmt: new ExactNumber('1.23'), Balance: new ExactNumber('1.23') }],
      ['date', { TxnDate: '2026-01-31' }],
      ['number', { DocNumber: '78' }],
      ['state,total', { PrivateNote: 'Voided', TotalAmt: zero, Balance: zero }],
      ['mark', { PrivateNote: 'LF:ABCDEFGH:424242:0' }],
    ];
    for (const [fields, more] of cases) {
      const { Id } = typed(id, { DocNumber: '77', ...more });
      const { code, json } = await adopt(String(id), '--quickbooks-id', Id);
      expect([fields, code, json.adopted, json.differences.map((one) => one.field).join()]).toEqual([
        fields,
        1,
        false,
        fields,
      ]);
      expect(json.text).toMatch(/Nothing was changed/);
      world.realm.remove('Invoice', Id);
    }
    expect((await world.command(['audit', '--json'])).stdout).not.toContain('"adopted"');
  });

  it('says what it needs when none or several could be it, and never takes one twice', async () => {
    world = await makeWorld({ invoices: 2 });
    const [id = 0, other = 0] = world.msp.postable;
    const none = await adopt(String(id));
    expect([none.code, none.says]).toEqual([2, expect.stringMatching(/shows no invoice that could be it/)]);
    const [one, two] = [typed(id, { DocNumber: '1' }), typed(id, { DocNumber: '2' })];
    const several = await adopt(String(id));
    expect([several.code, several.says]).toEqual([2, expect.stringMatching(/Several could be it: 1 .*, 2 /)]);
    expect((await adopt(String(id), '--quickbooks-id', two.Id)).json.adopted).toBe(true);
    typed(other);
    const taken = await adopt(String(other), '--quickbooks-id', two.Id);
    expect(taken.json.adopted ?? false).toBe(false);
    const unknown = await adopt(String(other), '--quickbooks-id', '999999');
    expect([unknown.code, unknown.says]).toEqual([2, expect.stringMatching(/no invoice with the id 999999/)]);
    expect((await adopt(String(other), '--quickbooks-id', 'INV-7')).code).toBe(2);
    expect((await adopt('999999')).code).toBe(2);
    expect(one.Id).not.toBe(two.Id);
  });

  it('cures a number in use; afterwards its payment comes back and its void follows, by the stored id', async () => {
    world = await makeWorld({
      invoices: 2,
      realm: { customTxnNumbers: true },
      settings: { 'invoices.numbering': 'autotask-id' },
    });
    const [id = 0, paid = 0] = world.msp.postable;
    const [mine, bill] = [typed(id, { DocNumber: String(id) }), typed(paid, { DocNumber: String(paid) })];
    const before = await world.sync();
    expect(before.report.rows.map((row) => row.problems[0]?.code)).toEqual(['number-in-use', 'number-in-use']);
    for (const one of [id, paid]) expect((await adopt(String(one))).json.adopted).toBe(true);
    await world.sync();
    expect((JSON.parse((await world.command(['errors', 'list', '--json'])).stdout) as { causes: [] }).causes).toEqual(
      [],
    );
    world.realm.write(
      'Payment',
      {
        CustomerRef: bill['CustomerRef'],
        TotalAmt: bill['TotalAmt'],
        TxnDate: '2026-11-20',
        Line: [{ Amount: bill['TotalAmt'], LinkedTxn: [{ TxnId: bill.Id, TxnType: 'Invoice' }] }],
      },
      '',
      { allowDuplicateNumber: false },
    );
    await world.command(['payments', 'sync', '--json']);
    expect(String(invoice(paid)['paidDate'])).toMatch(/^2026-11-20/);
    Object.assign(invoice(id), { isVoided: true, voidedDate: new Date().toISOString() });
    const voided = await world.command(['voids', 'sync', '--json']);
    expect(voided.stdout).toContain('"state":"voided"');
    expect(String(world.realm.table('Invoice').get(mine.Id)?.['PrivateNote'])).toMatch(/^Voided/);
  });
});
