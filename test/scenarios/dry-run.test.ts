/** The dry run says by name what a sync then does, and does nothing itself; the overview adds up what was done. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overviewOf } from '../../src/engine/overview.ts';
import { makeWorld, sourceTotal, type World } from '../support/world.ts';

/** util-linux’s, which gives a command a terminal; elsewhere there is none, or another of this name. */
const hasScript = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

let world: World;
beforeAll(async () => {
  world = await makeWorld({ invoices: 40, obstacles: true });
});
afterAll(() => world.close());

/** Ready and preview keep out what the dry run keeps out: a name that a vendor bears, too. */
async function agree(dry: Dry): Promise<void> {
  const { invoices } = await readyList();
  const going = invoices.filter((one) => one.ready).map((one) => one.autotaskInvoiceId);
  expect(going).toEqual(dry.invoices.map((one) => one.autotaskInvoiceId));
  const taken = world.msp.obstacles.find((one) => one.kind === 'name-in-use')?.id ?? 0;
  expect(invoices.find((one) => one.autotaskInvoiceId === taken)?.reasons.map((one) => one.code)).toEqual([
    'name-in-use',
  ]);
  const preview = (await world.cli(['invoices', 'preview', String(taken), '--json'])).stdout;
  expect((JSON.parse(preview) as { problems: { code: string }[] }).problems.map((one) => one.code)).toEqual([
    'name-in-use',
  ]);
}

interface Ready {
  invoices: {
    autotaskInvoiceId: number;
    company: string;
    total: string;
    ready: boolean;
    reasons: { code: string; text: string }[];
  }[];
}
const readyList = async (): Promise<Ready> =>
  JSON.parse((await world.cli(['invoices', 'ready', '--no-email', '--json'])).stdout) as Ready;

interface Dry {
  invoices: { autotaskInvoiceId: number }[];
  customers: string[];
  items: string[];
  left: { code: string; invoices: number }[];
}
const names = (noun: string, field: string): string[] =>
  [...world.realm.table(noun).values()].map((row) => String(row[field]));

describe('connection dry-run', () => {
  it('names the invoices, customers and items that the sync then makes, and writes nothing', async () => {
    const before = { customers: names('Customer', 'DisplayName'), items: names('Item', 'Name') };
    const { code, stdout, stderr } = await world.command(['connection', 'dry-run', '--json']);
    expect(code, stderr).toBe(0);
    const dry = JSON.parse(stdout) as Dry;
    expect(world.realm.table('Invoice').size).toBe(0);
    expect(names('Customer', 'DisplayName')).toEqual(before.customers);
    expect(dry.invoices.map((one) => one.autotaskInvoiceId).toSorted((a, b) => a - b)).toEqual(
      [...world.msp.postable].toSorted((a, b) => a - b),
    );
    expect(dry.left.length).toBeGreaterThanOrEqual(5);
    await agree(dry);
    await world.sync();
    const made = (noun: string, field: string, old: string[]): string[] =>
      names(noun, field)
        .filter((one) => !old.includes(one))
        .toSorted();
    expect(made('Customer', 'DisplayName', before.customers)).toEqual(dry.customers);
    expect(made('Item', 'Name', before.items)).toEqual(dry.items);
    expect(dry.customers.length + dry.items.length).toBeGreaterThan(0);
  });

  it('leaves the settings as they are', async () => {
    const again = JSON.parse((await world.command(['connection', 'dry-run', '--json'])).stdout) as Dry;
    expect(again.invoices).toEqual([]);
    expect(again.left.find((one) => one.code === 'already-in-quickbooks')?.invoices).toBeGreaterThan(0);
  });
});

describe('the overview', () => {
  it('adds up to the cent what reached QuickBooks this month', async () => {
    const found = await overviewOf(world.opened.services, world.tenant);
    const cents = (text: string): number => Number(text.replace('.', ''));
    const moved = found.moved.reduce((sum, day) => sum + cents(day.amount), 0);
    expect(moved).toBe(world.msp.postable.reduce((sum, id) => sum + cents(sourceTotal(world, id)), 0));
    const { causes } = JSON.parse((await world.command(['errors', 'list', '--json'])).stdout) as {
      causes: { who: string; invoices: number[] }[];
    };
    const waiting = new Set(causes.filter((one) => one.who !== 'nobody').flatMap((one) => one.invoices)).size;
    expect(waiting).toBeGreaterThan(0);
    expect(found.lastRun).toMatchObject({ posted: world.msp.postable.length, waiting });
    expect(found.quotas[1]?.used).toBeGreaterThan(0);
  });
});

describe('the terminal of a newcomer', () => {
  it('counts apart what is in QuickBooks already, by its company, and says money in cents', async () => {
    const { invoices } = await readyList();
    const there = invoices.filter((one) => one.reasons[0]?.code === 'already-in-quickbooks');
    expect(there.length).toBe(world.msp.postable.length);
    expect(
      there.filter((one) => one.company === '' || !/^It is in QuickBooks as \d+\.$/.test(one.reasons[0]?.text ?? '')),
    ).toEqual([]);
    const { stdout } = await world.cli(['invoices', 'ready', '--no-email']);
    expect(stdout).toContain(`, ${String(there.length)} are there already.`);
    expect(stdout).toMatch(/ Before tax /);
    expect(stdout.match(/\d\.\d{3,} +(in QuickBooks|(not )?ready)/g)).toBe(null);
  });

  it.skipIf(!hasScript)('never sees a progress line run into the answer', async () => {
    const command = [process.execPath, 'src/main.ts', 'invoices', 'sync'].join(' ');
    const { stdout } = await promisify(execFile)('script', ['-qfc', command, '/dev/null'], {
      env: { ...process.env, ...world.env },
    });
    const answer = stdout.indexOf('Test · sync now');
    expect(stdout).toContain('\u001b[K');
    expect(stdout.slice(0, answer)).toMatch(/\r\u001b\[K$/);
  });
});
