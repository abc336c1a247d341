/** One pair, one connection; a name that can change; an end that loses nothing. */
import { afterEach, expect, it, vi } from 'vitest';
import { freePort } from '../support/ports.ts';
import { faultsOf, makeWorld, REALM, type Ended, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const add = (name: string): Promise<Ended> => {
  const { userName, secret, integrationCode } = world.autotask.knobs;
  const words = [
    'connection',
    'add',
    name,
    '--autotask-user',
    userName,
    '--autotask-integration-code',
    integrationCode,
  ];
  return world.command(words, { AUTOTASK_SECRET: secret });
};
const authorize = (name: string): Promise<Ended> =>
  world.command(['connection', 'authorize', name, '--code', world.quickbooks.grant(REALM), '--realm', REALM]);
const told = ({ code, stderr }: Ended): [number | null, string] => [code, stderr.replaceAll(/\s+/g, ' ')];

it('a pair is joined once; removed and joined again, it knows what was posted', async () => {
  world = await makeWorld({ invoices: 2, linesPerInvoice: 2 });
  await world.sync();
  expect((await add('Second Try')).stdout).toContain('Next: connection authorize "Second Try"');
  expect(told(await authorize('Second Try'))).toEqual([
    2,
    expect.stringMatching(/Test joins this Autotask and this QuickBooks company already.*connection remove Test/),
  ]);
  expect(told(await world.command(['connection', 'remove', 'Test']))).toEqual([
    2,
    expect.stringMatching(/Test is connected to .*Disconnect it first.*nothing was changed/),
  ]);
  expect((await world.command(['connection', 'disconnect', 'Test'])).code).toBe(0);
  expect((await world.command(['connection', 'remove', 'Test'])).code).toBe(0);
  const both = await Promise.all([authorize('Second Try'), authorize('Second Try')]);
  expect(both.map((one) => one.code)).toContain(0);
  expect((await world.command(['connection', 'rename', 'Second Try', 'Test'])).code).toBe(0);
  const list = JSON.parse((await world.command(['connection', 'list', '--json'])).stdout) as unknown;
  expect(list).toEqual({ connections: [expect.objectContaining({ name: 'Test' })] });
  await world.command([
    'settings',
    'set',
    'invoices.notBefore=2020-01-01',
    'items.incomeAccount=Services',
    'connection.timeZone=UTC',
  ]);

  // Its marks in Autotask are there: nothing is to do for the run, and by hand the marker is found.
  expect((await world.command(['invoices', 'sync', '--json'])).code).toBe(0);
  const again = await world.command(['invoices', 'copy', String(world.msp.postable[0]), '--json']);
  expect([again.code, again.stdout]).toEqual([1, expect.stringContaining('already-in-quickbooks')]);
  expect(faultsOf(world)).toEqual([]);
}, 60_000);

it('two at once for one pair: one is joined, the other is told why', async () => {
  world = await makeWorld({ invoices: 1, linesPerInvoice: 1 });
  await world.command(['connection', 'disconnect', 'Test']);
  await world.command(['connection', 'remove', 'Test']);
  await add('East');
  await add('West');
  const ended = await Promise.all([authorize('East'), authorize('West')]);
  expect(ended.map((one) => String(one.code)).toSorted()).toEqual(['0', '2']);
  expect(ended.find((one) => one.code === 2)?.stderr).toMatch(/(East|West) joins this Autotask/);
}, 60_000);

it('waits for Intuit’s own answer, whoever else calls at its address meanwhile', async () => {
  world = await makeWorld({ invoices: 1, linesPerInvoice: 1 });
  const callback = `http://127.0.0.1:${String(await freePort())}/callback`;
  const waiting = world.spawnCli(['connection', 'authorize', 'Test', '--redirect-uri', callback]);
  const ended = new Promise((resolve) => waiting.once('exit', resolve));
  const address = await new Promise<string>((resolve) => {
    let told = '';
    waiting.stderr?.on('data', (piece) => {
      told += String(piece);
      const url = /^ {2}(http\S+)$/m.exec(told)?.[1];
      if (url !== undefined && told.includes('Waiting')) resolve(url);
    });
  });
  const stranger = `${callback}?state=guessed&code=made-up&realmId=1`;
  await vi.waitFor(async () => expect((await fetch(stranger)).status).toBe(400), 10_000);
  expect((await fetch(`${callback}?error=access_denied`)).status).toBe(400);
  const consent = await fetch(address, { redirect: 'manual' });
  await fetch(consent.headers.get('location') ?? '', { redirect: 'manual' });
  expect(await ended).toBe(0);
}, 60_000);

it('names: taken, unfit and unchanged ones are refused; another Autotask is no new password', async () => {
  world = await makeWorld({ invoices: 1, linesPerInvoice: 1 });
  await add('Second');
  for (const [name, says] of [
    ['Second', 'another connection called Second'],
    ['a/b', 'cannot be a connection'],
    ['Test', 'called Test already'],
  ] as const)
    expect(told(await world.command(['connection', 'rename', 'Test', name]))).toEqual([
      2,
      expect.stringContaining(says),
    ]);
  world.autotask.knobs.customerNumber = 777;
  expect(told(await add('Test'))).toEqual([
    2,
    expect.stringMatching(/Test belongs to another Autotask .*of 777\. Nothing was changed/),
  ]);
  expect(told(await add('Second'))[0]).toBe(0);
  world.autotask.knobs.customerNumber = 12345;
  expect((await world.command(['invoices', 'sync', '--connection', 'Test', '--json'])).code).toBe(0);
  expect(faultsOf(world)).toEqual([]);
}, 60_000);

it('doctor says what a fresh install lacks, and what a connection lacks', async () => {
  world = await makeWorld({ invoices: 2 });
  await world.command(['connection', 'pause']);
  const { code, stdout } = await world.command(['doctor'], { LEDGERFERRY_INTUIT_CLIENT_ID: '' });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Intuit app: LEDGERFERRY_INTUIT_CLIENT_ID and LEDGERFERRY_INTUIT_CLIENT_SECRET are not set/m);
  expect(stdout).toMatch(/^Test: Autotask: works$/m);
  expect(stdout).toMatch(/^Test: settings: .*paused/m);
  expect(stdout).toMatch(/^mail server: /m);
});

it('is disconnected although Intuit cannot be told; what is left to do there is said', async () => {
  world = await makeWorld({ invoices: 2 });
  world.quickbooks.faults.push({
    path: /revoke/,
    when: 'before',
    act: { kind: 'change', change: () => ({ status: 503, headers: {}, body: 'busy' }) },
  });
  const { code, stdout } = await world.command(['connection', 'disconnect']);
  expect([code, stdout]).toEqual([1, expect.stringMatching(/is disconnected.*\n.*could not be told.*My Apps/)]);
  const shown = await world.command(['connection', 'show']);
  expect(shown.stdout).toMatch(/^QuickBooks +reconnect: disconnected by a person$/m);
});

it('is shown in rows; a paused one has no next run', async () => {
  world = await makeWorld({ invoices: 2, settings: { 'sync.status': 'sync' } });
  const show = async (): Promise<string> => (await world.command(['connection', 'show'])).stdout;
  expect(await show()).toMatch(/^Connection +Test\nSync status +sync\n/);
  await world.command(['connection', 'pause']);
  expect(await show()).toMatch(/^Connection +Test\nSync status +paused\nAutotask +connected\n/);
});

it('a preview reads like an invoice; its exact body is under --json', async () => {
  world = await makeWorld({ invoices: 2, linesPerInvoice: 3 });
  const [id = 0] = world.msp.postable;
  const { code, stdout } = await world.command(['invoices', 'preview', String(id)]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/would be posted as an invoice:\n\n {2}Customer/);
  expect(stdout).not.toContain('{');
  const { quickbooks } = JSON.parse((await world.command(['invoices', 'preview', String(id), '--json'])).stdout) as {
    quickbooks: { Line: { Amount: number }[] };
  };
  const cents = stdout.split('\n').flatMap((line) => /^ {2}\S.{68} +(-?[\d.]+)/.exec(line)?.[1] ?? []);
  expect(cents.map(Number)).toEqual(expect.arrayContaining(quickbooks.Line.map((line) => line.Amount)));
});
