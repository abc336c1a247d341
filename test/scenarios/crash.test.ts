/** The process is killed at every named point; then a run until quiet: exactly once, to the cent, report true. */
import { describe, expect, it } from 'vitest';
import { crashPoints, type CrashPoint } from '../../src/engine/crash-points.ts';
import { faultsOf, makeWorld, type World } from '../support/world.ts';

/** Points that need names to be created, or mail by SMTP, are not on the one-invoice path. */
const offOnePath = new Set<CrashPoint>([
  'creations-committed',
  'creations-answered',
  'creations-recorded',
  'verify-looked-up',
  'verify-recorded',
  'mail-sent',
  'customer-mailed',
  'voided',
  'paid-date-sent',
  'paid-dates-recorded',
]);
/** The ways back and the customers' mails have their own kills (ways-back.test.ts, customer-mails.test.ts). */
const offBatchPath = new Set<CrashPoint>([
  'creations-answered',
  'verify-looked-up',
  'verify-recorded',
  'mail-sent',
  'customer-mailed',
  'voided',
  'paid-date-sent',
  'paid-dates-recorded',
]);

async function killAndHeal(world: World, point: string): Promise<void> {
  const killed = await world.cli(['invoices', 'sync', '--json'], { LEDGERFERRY_TEST_CRASH_AT: point });
  expect(killed.signal, `${point} was not reached: ${killed.stderr}`).toBe('SIGKILL');
  const { run, report } = await world.sync();
  expect(run.failure).toBe(null);
  // What kept them out, should any be missing.
  const causes = new Set(report.rows.flatMap((row) => row.problems.map((one) => one.text)));
  expect(faultsOf(world), [...causes].join(' | ')).toEqual([]);
  // The report is true: it lists what QuickBooks holds, with the same numbers.
  const byId = new Map([...world.realm.table('Invoice').values()].map((row) => [row.Id, row['DocNumber']]));
  for (const row of report.rows.filter((one) => one.quickbooksId !== null))
    expect(byId.get(row.quickbooksId ?? '')).toBe(row.quickbooksNumber);
  const mails = await world.command(['outbox', 'list', '--json']);
  const perRun = (JSON.parse(mails.stdout) as { mails: { kind: string; runId: string; to: string[] }[] }).mails.map(
    (mail) => `${mail.kind} ${mail.runId} ${mail.to.join()}`,
  );
  expect(new Set(perRun).size).toBe(perRun.length);
}

describe('killed at each point', () => {
  for (const point of crashPoints.filter((one) => !offOnePath.has(one))) {
    it.concurrent(`one invoice: ${point}`, async () => {
      const world = await makeWorld({ invoices: 1, scale: 200, seed: 3 });
      try {
        await killAndHeal(world, point);
      } finally {
        await world.close();
      }
    });
  }

  for (const point of crashPoints.filter((one) => !offBatchPath.has(one))) {
    it.concurrent(`a batch with new customers and items: ${point}`, async () => {
      const world = await makeWorld({ invoices: 45, companies: 16, linesPerInvoice: 6, scale: 200, seed: 5 });
      try {
        await killAndHeal(world, point);
      } finally {
        await world.close();
      }
    });
  }

  for (const point of ['verify-looked-up', 'verify-recorded']) {
    it.concurrent(`while a lost answer is looked up: ${point}`, async () => {
      const world = await makeWorld({ invoices: 12, scale: 200, seed: 6 });
      try {
        world.quickbooks.faults.push({
          method: 'POST',
          path: /\/batch\?/,
          skip: 1,
          when: 'after',
          act: { kind: 'reset' },
          times: 1,
        });
        await killAndHeal(world, point);
      } finally {
        await world.close();
      }
    });
  }
});
