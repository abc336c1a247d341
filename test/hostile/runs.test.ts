/**
 * Hostile replies in the middle of whole runs: whatever one of both vendors answers at any call of a sync, the next clean
 * sync leaves every invoice in QuickBooks once and to the cent, and no customer or item that nobody asked for.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { seeded, type FaultRule, type SandboxReply } from '../../src/sandbox/shell.ts';
import { patience, seedOf, sized, told } from '../support/campaign.ts';
import { addLike, faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

type Change = (reply: SandboxReply) => SandboxReply;

const withBody =
  (body: string, status = 200): Change =>
  (reply) => ({ ...reply, status, body });
const html = '<!DOCTYPE html><html><body>down</body></html>';

/** What becomes of a reply; by `random`, so that the same seed does the same again. */
function hostileChange(random: () => number): { kind: string; change: Change } {
  const kinds: [string, Change][] = [
    ['cut', (reply) => ({ ...reply, body: reply.body.slice(0, Math.floor(random() * reply.body.length)) })],
    ['html', withBody(html)],
    ['html 503', withBody(html, 503)],
    ['xml 500', withBody('<Fault/>', 500)],
    ['empty', withBody('')],
    ['null', withBody('null')],
    ['list', withBody('[]')],
    ['empty object', withBody('{}')],
    ['its own as 500', (reply) => ({ ...reply, status: 500 })],
    ['its own as 502', (reply) => ({ ...reply, status: 502 })],
    ['rows are text', (reply) => ({ ...reply, body: reply.body.replace(/:\s*\[/, ':"no list",["') })],
    ['values are lists', (reply) => ({ ...reply, body: reply.body.replaceAll(/:(-?\d[\d.]*)/g, ':[$1]') })],
    ['numbers are huge', (reply) => ({ ...reply, body: reply.body.replaceAll(/(\d)\.(\d)/g, '$1$2e999999') })],
    ['ids are text', (reply) => ({ ...reply, body: reply.body.replaceAll(/"(id|Id|bId)":"?[\w-]+"?/g, '"$1":"abc"') })],
    ['noise', (reply) => ({ ...reply, body: reply.body.replace(/\w{6}/, '\u0000\ud800"{{') })],
  ];
  const [kind, change] = kinds[Math.floor(random() * kinds.length)] ?? ['html', withBody(html)];
  return { kind, change };
}

describe('a hostile reply at any call of a run', () => {
  it('leaves nothing doubled, lost or wrong', patience(120_000), async () => {
    const rounds = sized(40, 600);
    const random = seeded(seedOf() + 77);
    world = await makeWorld({ invoices: 4, companies: 6, scale: 1_000 });
    await world.sync();
    const names = (): string =>
      JSON.stringify(
        ['Customer', 'Item'].map((kind) =>
          [...world.realm.table(kind as 'Customer').values()].map((row) => row['DisplayName'] ?? row['Name']),
        ),
      );
    const before = names();
    const struck = new Map<string, number>();
    for (let round = 0; round < rounds; round += 1) {
      addLike(world, world.msp.postable[round % 4] ?? 0, 800_000 + round);
      const { kind, change } = hostileChange(random);
      const shell = random() < 0.5 ? world.autotask : world.quickbooks;
      const rule: FaultRule = {
        path: /v3|atservicesrest/i,
        skip: Math.floor(random() * 4),
        times: 1,
        when: 'after',
        act: { kind: 'change', change },
      };
      shell.faults.push(rule);
      const hostile = await world.sync();
      if (rule.times === 0) struck.set(kind, (struck.get(kind) ?? 0) + 1);
      shell.faults.length = 0;
      const what = `round ${String(round)}, ${kind} from ${shell === world.autotask ? 'Autotask' : 'QuickBooks'}`;
      expect([what, hostile.run.failure?.kind === 'fault' ? hostile.run.failure.message : null]).toEqual([what, null]);
      const clean = await world.sync();
      const faults = faultsOf(world);
      const told = faults.length === 0 ? [] : [hostile, clean].map(({ report }) => report.rows);
      expect([what, clean.run.failure, faults, told, names() === before]).toEqual([what, null, [], [], true]);
    }
    told('hostile, runs', { rounds, struck: Object.fromEntries(struck) });
    expect(struck.size).toBeGreaterThan(8);
  });

  it('a zero byte or half a character in any text stops neither its own invoice for good nor the others', async () => {
    world = await makeWorld({ invoices: 3, companies: 3, scale: 1_000 });
    const [first = 0] = world.msp.postable;
    const { tables } = world.autotask.data;
    const invoice = tables.get('Invoices')?.get(first) ?? { id: 0 };
    Object.assign(invoice, { comments: 'a\u0000b \ud800', orderNumber: '\udc00\u0000' });
    const lines = [...(tables.get('BillingItems')?.values() ?? [])].filter((row) => row['invoiceID'] === first);
    for (const row of lines) Object.assign(row, { description: 'x\u0000\ud83d', itemName: '\u0000' });
    const company = tables.get('Companies')?.get(Number(invoice['companyID']));
    Object.assign(company ?? {}, { companyName: 'Zero\u0000Byte \ud800 Ltd' });
    const { run, report } = await world.sync();
    expect(run.failure).toBe(null);
    const others = world.msp.postable.filter((id) => world.posted().get(id)?.length === 1);
    expect(others.length).toBeGreaterThanOrEqual(2);
    const [row] = report.rows.filter((one) => one.autotaskInvoiceId === first);
    expect(['written_back', 'parked']).toContain(row?.state);
  });

  it('a wrong id in a list of QuickBooks is forgotten once QuickBooks refuses it (campaign seed 1, round 399)', async () => {
    world = await makeWorld({ invoices: 4, companies: 3, scale: 1_000 });
    const rule: FaultRule = {
      path: /query.*Term/,
      times: 1,
      when: 'after',
      act: {
        kind: 'change',
        change: (reply) => ({ ...reply, body: reply.body.replaceAll(/"Id":"\d+"/g, '"Id":"abc"') }),
      },
    };
    world.quickbooks.faults.push(rule);
    const { report } = await world.sync();
    expect(rule.times).toBe(0);
    expect(report.rows.flatMap((row) => row.problems.map((one) => one.code))).toContain('reference-inactive');
    await world.automatic();
    expect(faultsOf(world)).toEqual([]);
    const readWhole = (): number => world.quickbooks.log.filter((one) => /query.*Customer/.test(one.url)).length;
    const before = readWhole();
    expect(before).toBeGreaterThan(1);
    await world.sync();
    expect(readWhole()).toBe(before);
  });

  it('a list that names one row twice stops no run', async () => {
    world = await makeWorld({ invoices: 2, companies: 3, scale: 1_000 });
    world.quickbooks.faults.push({
      path: /query.*Customer/,
      when: 'after',
      act: {
        kind: 'change',
        change: (reply) => ({ ...reply, body: reply.body.replaceAll(/"Id":"\d+"/g, '"Id":"7"') }),
      },
    });
    expect((await world.sync()).run.failure?.kind).not.toBe('fault');
    world.quickbooks.faults.length = 0;
    expect((await world.sync()).run.failure).toBe(null);
  });
});
