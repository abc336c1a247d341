/** What the schedule does by itself and what it tells: news once, alerts at most one an hour, nothing that falls out unseen. */
import { afterEach, describe, expect, it } from 'vitest';
import { requestRun, seeThrough } from '../../src/engine/requests.ts';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import { withTenant } from '../../src/store/tenant.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

interface Listed {
  mails: { id: string; kind: string; subject: string; to: string[] }[];
}
const mails = async (): Promise<Listed['mails']> =>
  (JSON.parse((await world.command(['outbox', 'list', '--json'])).stdout) as Listed).mails;
const ofKind = async (kind: string): Promise<number> => (await mails()).filter((mail) => mail.kind === kind).length;

describe('the schedule tells', () => {
  it('an obstacle once, not with every run', async () => {
    world = await makeWorld({ invoices: 2, obstacles: true });
    await world.automatic();
    expect(await ofKind('run-report')).toBe(1);
    expect(await ofKind('item-match-report')).toBe(1);
    await world.automatic();
    await world.automatic();
    expect((await mails()).length).toBe(2);
    // A person who asks is told what waits, every time.
    await world.sync();
    expect(await ofKind('run-report')).toBe(2);
  });

  it('a run that stops by one alert an hour and cause, in the error log too, until one gets through', async () => {
    world = await makeWorld({ invoices: 2 });
    const { secret } = world.autotask.knobs;
    world.autotask.knobs.secret = 'changed in Autotask';
    const first = await world.automatic();
    expect(first.run.state).toBe('failed');
    await world.automatic();
    await world.automatic();
    expect((await mails()).map((mail) => mail.kind)).toEqual(['error-alert']);
    // An hour later one mail tells what was held back: what, how often since when, and the cure.
    await withTenant(world.opened.services.database, world.tenant, (tx) =>
      tx
        .updateTable('alerts')
        .set({ told_at: new Date(Date.now() - 2 * 3_600_000) })
        .execute(),
    );
    await world.automatic();
    const [digest, ...before] = await mails();
    expect(before.length).toBe(1);
    const text = (await world.command(['outbox', 'show', digest?.id ?? ''])).stdout;
    expect(text).toMatch(/^To: books@msp\.example\nSubject: Test: .*credentials/);
    expect(text).toMatch(/3 times since the mail of \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
    expect(text).toMatch(/\n> \S.{20}/);
    const errors = async (): Promise<string> => (await world.command(['errors', 'list', '--json'])).stdout;
    expect(await errors()).toContain('"run-stopped"');
    world.autotask.knobs.secret = secret;
    await world.command(['connection', 'test', 'Test']);
    await world.automatic();
    expect(await errors()).not.toContain('"run-stopped"');
  });

  it('a stopped sync in the error log until a sync gets through, whatever other runs get through beside it', async () => {
    world = await makeWorld({ invoices: 2, scale: 1000 });
    world.autotask.faults.push({
      method: 'POST',
      path: /\/Invoices\/query/,
      when: 'before',
      act: {
        kind: 'reply',
        status: 500,
        body: '{"errors":["Object reference not set to an instance of an object."]}',
      },
      times: 100_000,
    });
    expect((await world.automatic()).run.state).toBe('failed');
    const { services } = world.opened;
    const pass = await requestRun(services, world.tenant, { kind: 'payment-pass', options: {}, by: 'schedule' });
    const { state } = await seeThrough({ services, mailer: null, say: () => undefined }, world.tenant, pass, 60_000);
    expect(state).toBe('finished');
    const errors = async (): Promise<string> => (await world.command(['errors', 'list', '--json'])).stdout;
    expect(await errors()).toContain('"run-stopped"');
    world.autotask.faults.length = 0;
    await world.automatic();
    expect(await errors()).not.toContain('"run-stopped"');
  });

  it('what left the window while the connection was paused', async () => {
    world = await makeWorld({ invoices: 3, settings: { 'invoices.maxAgeDays': '14' } });
    await world.automatic();
    const table = world.autotask.data.tables.get('Invoices');
    const [template] = table?.values() ?? [];
    const id = 99_001;
    // Created twenty days ago, and nobody looked between the run before that and today.
    const createDateTime = new Date(Date.now() - 20 * 86_400_000).toISOString();
    table?.set(id, { ...template, id, createDateTime, invoiceNumber: null, webServiceDate: null });
    const { services } = world.opened;
    const { withTenant } = await import('../../src/store/tenant.ts');
    await withTenant(services.database, world.tenant, (tx) =>
      tx
        .updateTable('runs')
        .set({ requested_at: new Date(Date.now() - 25 * 86_400_000) })
        .execute(),
    );
    const { report } = await world.automatic();
    const row = report.rows.find((one) => one.autotaskInvoiceId === id);
    expect([row?.state, row?.problems[0]?.code]).toEqual(['skipped', 'outside-window']);
    expect(report.obstacles.map((one) => one.code)).toContain('outside-window');
    expect(await ofKind('run-report')).toBe(2);
  });
});

describe('the schedule does', () => {
  it('voids and payments by itself, and leaves them while it is paused', async () => {
    world = await makeWorld({ invoices: 4, scale: 300, settings: { 'voids.sync': 'true' } });
    await world.sync();
    const [voided = 0, paid = 0] = world.msp.postable;
    const rows = world.autotask.data.tables.get('Invoices');
    Object.assign(rows?.get(voided) ?? {}, { isVoided: true, voidedDate: new Date().toISOString() });
    const posted = (id: number) =>
      [...world.realm.table('Invoice').values()].find((row) => String(row['PrivateNote']).includes(`:${String(id)}:0`));
    const total = posted(paid)?.['TotalAmt'] as ExactNumber;
    world.realm.write(
      'Payment',
      {
        CustomerRef: posted(paid)?.['CustomerRef'],
        TotalAmt: total,
        TxnDate: '2026-11-20',
        Line: [{ Amount: total, LinkedTxn: [{ TxnId: posted(paid)?.Id, TxnType: 'Invoice' }] }],
      },
      '',
      { allowDuplicateNumber: false },
    );
    const worker = world.spawnCli(['worker']);
    const isDone = (): boolean =>
      String(posted(voided)?.['PrivateNote']).startsWith('Voided') &&
      String(rows?.get(paid)?.['paidDate'] ?? '').startsWith('2026-11-20');
    await new Promise((done) => setTimeout(done, 2_500));
    expect(isDone()).toBe(false);
    await world.set({ 'sync.status': 'sync' });
    for (let tries = 0; tries < 150 && !isDone(); tries += 1) await new Promise((done) => setTimeout(done, 100));
    worker.kill('SIGTERM');
    expect(isDone()).toBe(true);
  });
});
