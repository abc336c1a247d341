/** reconcile: both sides beside each other for a period; changes nothing. */
import { periodFault, type Reconciliation } from '../core/reconcile.ts';
import { WrongUse } from '../engine/requests.ts';
import { renderReconciliationCsv, renderReconciliationText } from '../mail/compose-reconciliation.ts';
import { addresses, calendarDate, WAIT_SECONDS } from './arguments.ts';
import { requireWritable, writeText } from './files.ts';
import type { Opened } from './open.ts';
import type { Answer } from './output.ts';
import { common, type CommonOptions, type Registry } from './registry.ts';
import { runToEnd, unfinished, withoutResult } from './run-now.ts';

interface ReconcileOptions extends CommonOptions {
  readonly from?: string;
  readonly to?: string;
  readonly csv?: string;
  readonly email?: string;
  readonly wait?: string;
}

export function addReconcileCommand({ program, act }: Registry): void {
  common(
    program
      .command('reconcile')
      .description('every Autotask invoice of a period beside its QuickBooks invoice, to the cent; changes nothing'),
  )
    .option('--from <date>', 'first invoice date')
    .option('--to <date>', 'last invoice date')
    .option('--csv <file>', 'write the table there too')
    .option('--email <addresses>', 'mail it there')
    .option('--wait <seconds>', 'how long to wait for a busy connection', String(WAIT_SECONDS))
    .action(act<ReconcileOptions>(reconcileNow));
}

async function reconcileNow(opened: Opened, options: ReconcileOptions): Promise<Answer> {
  const [from, to] = [calendarDate(options.from, '--from'), calendarDate(options.to, '--to')];
  if (from === undefined || to === undefined)
    throw new WrongUse('Say which period: reconcile --from 2026-03-01 --to 2026-03-31');
  const fault = periodFault(from, to);
  if (fault !== null) throw new WrongUse(fault);
  const emails = addresses(options.email);
  if (options.csv !== undefined) requireWritable(options.csv);
  const run = await runToEnd(opened, options, {
    kind: 'reconcile',
    options: { from, to, emails, silent: emails.length === 0 },
  });
  const all = run.result as Reconciliation | null;
  if (unfinished(run) !== null || all === null)
    return withoutResult(run, { from, to, rows: [], findings: [], sums: null }, 'There is no result.');
  if (options.csv !== undefined) writeText(options.csv, renderReconciliationCsv(all));
  return { json: all, text: () => renderReconciliationText(all), exitCode: all.findings.length > 0 ? 1 : 0 };
}
