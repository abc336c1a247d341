/** A copy by hand is that invoice and no other, goes past no person's word, and says what became of it. */
import { afterEach, describe, expect, it } from 'vitest';
import { holdInvoices, markDone } from '../../src/engine/holding.ts';
import { faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

interface Document {
  transfers: {
    autotaskInvoiceId: number;
    copyNumber: number;
    state: string;
    problems: { code: string; text: string }[];
  }[];
}
const copied = async (...args: string[]): Promise<{ code: number | null; json: Document }> => {
  const done = await world.command(['invoices', 'copy', ...args, '--json']);
  return { code: done.code, json: JSON.parse(done.stdout) as Document };
};
const codes = ({ transfers }: Document): string[] => transfers.flatMap((one) => one.problems.map((each) => each.code));
const lastMail = async (): Promise<{ kind: string; subject: string } | undefined> => {
  const { stdout } = await world.command(['outbox', 'list', '--json']);
  return (JSON.parse(stdout) as { mails: { kind: string; subject: string }[] }).mails[0];
};
const decide = (invoiceId: number) => ({ invoiceIds: [invoiceId], reason: 'billed by hand', by: 'test', waitMs: 0 });

describe('a copy by hand', () => {
  it('does not go past a hold, with overwrite neither', async () => {
    world = await makeWorld({ invoices: 1 });
    const [id = 0] = world.msp.postable;
    await holdInvoices(world.opened.services, world.tenant, decide(id));
    for (const args of [[String(id)], [String(id), '--overwrite']]) {
      const { code, json } = await copied(...args);
      expect([code, codes(json)]).toEqual([1, ['copy-of-held']]);
      expect(json.transfers[0]?.problems[0]?.text).toBe('It is on hold (billed by hand); nothing was saved.');
    }
    expect(world.posted().size).toBe(0);
    expect(JSON.parse((await world.command(['invoices', 'show', String(id), '--json'])).stdout)).toMatchObject({
      copies: [{ state: 'held' }],
    });
    expect(await lastMail()).toMatchObject({
      kind: 'copy-result',
      subject: expect.stringContaining('was not made') as string,
    });
  });

  it('does not go past “done without posting”, unless it is told to; that is audited', async () => {
    world = await makeWorld({ invoices: 1 });
    const [id = 0] = world.msp.postable;
    await markDone(world.opened.services, world.tenant, { ...decide(id), mark: null });
    const refused = await copied(String(id));
    expect([refused.code, codes(refused.json), world.posted().size]).toEqual([1, ['copy-of-done'], 0]);
    expect((await copied(String(id), '--overwrite')).code).toBe(0);
    expect(world.posted().get(id)).toHaveLength(1);
    expect((await world.command(['audit', '--json'])).stdout).toContain('"overwrite"');
  });

  it('posts no other invoice that happens to be ready', async () => {
    world = await makeWorld({ invoices: 4 });
    await world.set({ 'sync.review': 'on' });
    await world.sync();
    await world.set({ 'sync.review': 'off' });
    const [first = 0] = world.msp.postable;
    const { report } = await world.copy(first);
    expect([...world.posted().keys()]).toEqual([first]);
    expect(report.rows.map((row) => row.autotaskInvoiceId)).toEqual([first]);
    // Refused itself, it names itself, and the others stay where they are.
    const again = await copied(String(first));
    expect([again.code, codes(again.json)]).toEqual([1, ['already-in-quickbooks']]);
    expect([...world.posted().keys()]).toEqual([first]);
    expect((await lastMail())?.subject).toContain(`A copy of invoice ${String(first)} was not made`);
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('beside another says that the other one stands', async () => {
    world = await makeWorld({ invoices: 1 });
    await world.sync();
    const [id = 0] = world.msp.postable;
    const { code, json } = await copied(String(id), '--overwrite');
    expect([code, codes(json)]).toEqual([0, ['second-copy']]);
    expect(json.transfers.find((one) => one.copyNumber === 1)?.problems[0]?.text).toMatch(
      /^This is another copy: \S+ \(id \d+\) stands in QuickBooks as well\.$/,
    );
  });

  it('of an invoice that is voided in Autotask says that nothing was saved, by mail too', async () => {
    world = await makeWorld({ invoices: 1 });
    const [id = 0] = world.msp.postable;
    const row = world.autotask.data.tables.get('Invoices')?.get(id);
    Object.assign(row ?? {}, { isVoided: true, voidedDate: new Date().toISOString() });
    const { code, json } = await copied(String(id));
    expect([code, codes(json)]).toEqual([1, ['copy-of-voided']]);
    expect(await lastMail()).toMatchObject({ kind: 'copy-result' });
    expect(world.posted().size).toBe(0);
  });
});

describe('the mail of a copy', () => {
  it('has the invoice in report form: what was sent, line by line', async () => {
    world = await makeWorld({ invoices: 1 });
    const [id = 0] = world.msp.postable;
    await copied(String(id));
    const { stdout } = await world.command(['outbox', 'list', '--json']);
    const [mail] = (JSON.parse(stdout) as { mails: { id: string }[] }).mails;
    const shown = JSON.parse((await world.command(['outbox', 'show', mail?.id ?? '', '--json'])).stdout) as {
      text: string;
      html: string;
    };
    const [invoice] = [...world.realm.table('Invoice').values()];
    const lines = (
      invoice?.['Line'] as { DetailType: string; Amount: { source: string }; Description?: string }[]
    ).filter((one) => one.DetailType === 'SalesItemLineDetail');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) {
      expect(shown.text).toContain(Number(line.Amount.source).toFixed(2));
      expect(shown.html).toContain((line.Description ?? '').slice(0, 12));
    }
  });
});

describe('a cause', () => {
  it('of several invoices is one, with a cure that names none of them, and one decision frees all', async () => {
    world = await makeWorld({ invoices: 4 });
    const errored = world.msp.postable.slice(0, 3);
    for (const id of errored)
      Object.assign(world.autotask.data.tables.get('Invoices')?.get(id) ?? {}, { invoiceNumber: 'ERROR' });
    const { report } = await world.sync();
    expect(report.obstacles.find((one) => one.code === 'legacy-error')?.remedy).toContain('invoices release ID');
    const { causes } = JSON.parse((await world.command(['errors', 'list', '--json'])).stdout) as {
      causes: { id: string; code: string; remedy: string; invoices: number[] }[];
    };
    expect(new Set(causes.map((one) => one.id)).size).toBe(causes.length);
    const [cause, ...others] = causes.filter((one) => one.code === 'legacy-error');
    expect([cause?.invoices, others]).toEqual([errored, []]);
    expect(cause?.remedy).toContain('invoices release ID');
    await world.command(['errors', 'decide', cause?.id ?? '', 'release']);
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });
});

describe('sentences that were untrue', () => {
  const shown = async (id: number): Promise<string> =>
    (await world.command(['invoices', 'show', String(id), '--json'])).stdout;
  const source = (id: number): Record<string, unknown> =>
    world.autotask.data.tables.get('Invoices')?.get(id) as unknown as Record<string, unknown>;

  it('nobody cleared a mark because the numbering was another when it was written', async () => {
    world = await makeWorld({
      invoices: 2,
      realm: { customTxnNumbers: true },
      settings: { 'invoices.numbering': 'autotask-id' },
    });
    for (const id of world.msp.postable) source(id)['invoiceNumber'] = '';
    await world.sync();
    await world.set({ 'invoices.numbering': 'quickbooks' });
    world.realm.config.customTxnNumbers = false;
    await world.sync();
    for (const id of world.msp.postable) expect(await shown(id)).not.toContain('cleared-in-autotask');
    // A person who does clear it is still found out.
    const [id = 0] = world.msp.postable;
    source(id)['webServiceDate'] = null;
    await world.sync();
    expect(await shown(id)).toContain('cleared-in-autotask');
  });

  it('a number that another invoice of ours bears is not said to be a stranger’s', async () => {
    world = await makeWorld({
      invoices: 2,
      realm: { customTxnNumbers: true },
      settings: { 'invoices.numbering': 'autotask-number' },
    });
    const [first = 0, second = 0] = world.msp.postable;
    source(first)['invoiceNumber'] = 'N-1';
    source(second)['invoiceNumber'] = 'N-2';
    await world.copy(first);
    source(second)['invoiceNumber'] = 'N-1';
    // By hand too, with overwrite as well: it is no copy of that one, which nobody is told to void.
    for (const args of [[String(second)], [String(second), '--overwrite']]) {
      const { code, json } = await copied(...args);
      expect([code, codes(json)]).toEqual([1, ['number-of-another']]);
    }
    expect([...world.posted().keys()]).toEqual([first]);
    await world.sync();
    expect(await shown(second)).toContain(
      `has posted another Autotask invoice (id ${String(first)}) under this number`,
    );
  });

  it('a company that is linked elsewhere is no rival for the name', async () => {
    world = await makeWorld({ invoices: 2, obstacles: true });
    await world.sync();
    const { causes } = JSON.parse((await world.command(['errors', 'list', '--json'])).stdout) as {
      causes: { code: string; text: string; invoices: number[] }[];
    };
    const twins = causes.find((one) => one.code === 'ambiguous-company');
    const [one = '', other = ''] = [...(twins?.text ?? '').matchAll(/\(id (\d+)\)/g)].map((found) => found[1] ?? '');
    const customers = [...world.realm.table('Customer').values()];
    const free = customers.find((each) => !String(each['DisplayName']).startsWith('Twin'));
    const linked = await world.command(['links', 'set', 'customer', one, free?.Id ?? '']);
    expect(linked.stderr).toBe('');
    await world.sync();
    const left = (await world.command(['errors', 'list', '--json'])).stdout;
    expect(left).not.toContain(`(id ${other})`);
  });
});
