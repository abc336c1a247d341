/** A side that is known to be disconnected: every kind of run ends at once with exit 3, the side and its cure (design.md section 6). */
import { afterEach, describe, expect, it } from 'vitest';
import { faultsOf, makeWorld, REALM, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const commands = (invoiceId: number): string[][] => [
  ['invoices', 'sync'],
  ['invoices', 'copy', String(invoiceId)],
  ['voids', 'sync'],
  ['payments', 'sync'],
  ['items', 'compare'],
  ['items', 'copy'],
  ['reconcile', '--from', '2026-03-01', '--to', '2026-03-31'],
];

/** Each command on the terminal and as JSON, one as a process too: refused with the cure, and that side hears nothing of it. */
async function allRefused(side: 'autotask' | 'quickbooks', says: RegExp): Promise<void> {
  const [first = 0] = world.msp.postable;
  world[side].counters.reset();
  for (const command of commands(first)) {
    const [plain, json] = [await world.command(command), await world.command([...command, '--json'])];
    expect([command, plain.code, json.code]).toEqual([command, 3, 3]);
    expect((plain.stdout + plain.stderr).replaceAll(/\s+/g, ' '), command.join(' ')).toMatch(says);
    expect(JSON.stringify(JSON.parse(json.stdout)) + json.stderr, command.join(' ')).toMatch(says);
  }
  const own = await world.cli(['invoices', 'sync', '--json']);
  expect([own.code, JSON.stringify(JSON.parse(own.stdout)) + own.stderr]).toEqual([3, expect.stringMatching(says)]);
  expect(world[side].counters.of('calls')).toBe(0);
}

describe('a side that is disconnected', () => {
  it('QuickBooks, by a person, with nothing to do: authorize is the cure, and then all goes on', async () => {
    world = await makeWorld({ invoices: 2, linesPerInvoice: 2 });
    await world.sync();
    expect((await world.command(['connection', 'disconnect', 'Test'])).code).toBe(0);
    await allRefused('quickbooks', /Test is not connected to QuickBooks any more.*connection authorize Test/);
    await world.command(['connection', 'authorize', 'Test', '--code', world.quickbooks.grant(REALM), '--realm', REALM]);
    expect((await world.command(['invoices', 'sync', '--json'])).code).toBe(0);
    expect(faultsOf(world)).toEqual([]);
  }, 300_000);

  it('Autotask, which refused the credentials: they are entered again, or tested once mended there', async () => {
    world = await makeWorld({ invoices: 2, linesPerInvoice: 2 });
    const { secret } = world.autotask.knobs;
    world.autotask.knobs.secret = 'changed';
    expect((await world.command(['invoices', 'sync', '--json'])).code).toBe(3);
    await allRefused('autotask', /Autotask refused the credentials: .*connection add Test .*connection test Test/);
    world.autotask.knobs.secret = secret;
    expect((await world.command(['connection', 'test', 'Test'])).code).toBe(0);
    expect((await world.command(['invoices', 'sync', '--json'])).code).toBe(0);
    expect(faultsOf(world)).toEqual([]);
  }, 300_000);
});
