/** The sandbox's own webhooks reach the running product: a payment in QuickBooks is a paid date in Autotask. */
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Row } from '../../src/sandbox/quickbooks/query.ts';
import { makeWorld, type World } from '../support/world.ts';

const VERIFIER = 'verifier-token-of-the-webhooks';
let world: World;
afterEach(() => world.close());

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });

describe('webhooks of the sandbox', () => {
  it.each(['legacy', 'cloudevents'] as const)('%s', async (format) => {
    const port = await freePort();
    const base = `http://127.0.0.1:${String(port)}`;
    world = await makeWorld({
      invoices: 2,
      env: { LEDGERFERRY_PORT: String(port), LEDGERFERRY_WEBHOOK_VERIFIER_TOKEN: VERIFIER },
    });
    await world.sync();
    await world.set({ 'sync.status': 'sync' });
    world.spawnCli(['serve']);
    const isUp = (): Promise<boolean> =>
      fetch(`${base}/healthz`).then(
        (reply) => reply.ok,
        () => false,
      );
    await expect.poll(isUp, { timeout: 30_000 }).toBe(true);
    world.quickbooks.knobs.webhooks = { url: `${base}/webhooks/intuit`, verifierToken: VERIFIER, format, twice: true };
    const [id = 0] = world.msp.postable;
    const invoice = [...world.realm.table('Invoice').values()].find((row) =>
      String(row['PrivateNote']).includes(`:${String(id)}:0`),
    );
    const payment: Row = {
      CustomerRef: invoice?.['CustomerRef'],
      TotalAmt: invoice?.['TotalAmt'],
      TxnDate: '2026-11-20',
      Line: [{ Amount: invoice?.['TotalAmt'], LinkedTxn: [{ TxnId: invoice?.Id, TxnType: 'Invoice' }] }],
    };
    world.realm.write('Payment', payment, '', { allowDuplicateNumber: false });
    const paidDate = (): unknown => world.autotask.data.tables.get('Invoices')?.get(id)?.['paidDate'];
    await expect.poll(paidDate, { timeout: 30_000 }).toBe('2026-11-20T00:00:00Z');
    await expect.poll(() => world.quickbooks.counters.of('webhooks answered 200'), { timeout: 10_000 }).toBe(2);
  });
});
