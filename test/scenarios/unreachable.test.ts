/** Nobody answers at a vendor's address: a person is told within two product minutes, a look at a list at once, the schedule goes on trying. */
import { afterEach, expect, it } from 'vitest';
import { freePort } from '../support/ports.ts';
import { faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

it('a dead address: each command ends with exit 3, what was tried and the cure; nothing is lost', async () => {
  world = await makeWorld({ invoices: 2, linesPerInvoice: 2, scale: 1000 });
  const address = `http://127.0.0.1:${String(await freePort())}`;
  const deadQuickBooks = { LEDGERFERRY_QBO_API_URL: address };
  for (const command of [
    ['invoices', 'sync'],
    ['invoices', 'ready', '--no-email'],
    ['items', 'compare'],
  ]) {
    const { code, stdout, stderr } = await world.command(command, deadQuickBooks);
    const told = (stdout + stderr).replaceAll(/\s+/g, ' ');
    expect([command, code, told]).toEqual([
      command,
      3,
      expect.stringMatching(
        /QuickBooks was asked 3 times within a minute and did not serve us; last: .*ECONNREFUSED.* Check this machine’s network.*nothing is sent twice/,
      ),
    ]);
  }
  const chosen = await world.command(['settings', 'set', 'items.defaultItem=Services'], deadQuickBooks);
  expect([chosen.code, chosen.stderr]).toEqual([
    3,
    expect.stringMatching(/QuickBooks was asked 2 times within 2 seconds/),
  ]);
  expect((await world.command(['invoices', 'sync', '--json'])).code).toBe(0);
  expect(faultsOf(world)).toEqual([]);
}, 120_000);

it('the schedule goes on trying for a quarter of an hour', async () => {
  world = await makeWorld({ invoices: 1, linesPerInvoice: 1, scale: 1000 });
  await world.quickbooks.close();
  const { run } = await world.automatic();
  expect(run.failure?.message).toMatch(/QuickBooks was asked 1[4-7] times within 1[45] minutes and did not serve us/);
}, 120_000);
