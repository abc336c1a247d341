/** invoices ready / preview / sync / copy / approve / list / show */
import { Inspector } from '../engine/inspecting.ts';
import { requestRun, seeThrough, WrongUse } from '../engine/requests.ts';
import type { Worker } from '../engine/running.ts';
import type { RunReport, ReportRow } from '../core/report.ts';
import { isAddress } from '../core/settings.ts';
import { transferStates } from '../core/states.ts';
import { problem } from '../core/problem.ts';
import { composeReadyList, renderReadyText } from '../mail/compose-ready.ts';
import { renderReportText } from '../mail/compose-report.ts';
import { showSettings } from '../engine/connecting.ts';
import { parseExact, writeExact } from '../platform/exact-json.ts';
import { loadHistory, loadTransfersIn, loadTransfersOf, moveTransfers, type Transfer } from '../store/transfers.ts';
import { recordMail, saveMail } from '../store/outbox.ts';
import { audit } from '../store/problems.ts';
import type { Run } from '../store/runs.ts';
import { withTenant } from '../store/tenant.ts';
import { actor, chosen } from './connection-commands.ts';
import type { Opened } from './open.ts';
import type { Answer, ExitCode } from './output.ts';
import { progressLine } from './progress.ts';
import { common, type CommonOptions, type Registry } from './registry.ts';
import { runFacts } from './run-commands.ts';

const WAIT_SECONDS = 600;

/** `A,B` as single addresses. @throws WrongUse */
export function addresses(text: string | undefined): string[] {
  const all = (text ?? '')
    .split(/[,;]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const wrong = all.find((one) => !isAddress(one));
  if (wrong !== undefined) throw new WrongUse(`"${wrong}" is not an e-mail address.`);
  return all;
}

/** An Autotask invoice id. @throws WrongUse */
export function invoiceId(text: string | undefined): number {
  const id = Number(text);
  if (text === undefined || !/^\d{1,15}$/.test(text) || !Number.isSafeInteger(id))
    throw new WrongUse(
      `"${text ?? ''}" is not an Autotask invoice id: it is a whole number (the id, not the invoice number).`,
    );
  return id;
}

function waitMs(text: string | undefined): number {
  if (text === undefined) return WAIT_SECONDS * 1_000;
  if (!/^\d{1,6}$/.test(text)) throw new WrongUse(`--wait takes seconds, not "${text}".`);
  return Number(text) * 1_000;
}

export function addInvoiceCommands({ program, act }: Registry): void {
  const noun = program.command('invoices').description('check, preview, sync and copy invoices');
  common(
    noun
      .command('ready')
      .description('which invoices the next run would pick up, and why not the others; changes nothing'),
  )
    .option('--numbering <value>', 'quickbooks, autotask-number or autotask-id')
    .option('--max-age <days>', 'days back')
    .option('--email <addresses>', 'mail the list there too')
    .option('--no-email', 'mail it to nobody')
    .action(act<CommonOptions & { numbering?: string; maxAge?: string; email?: string | boolean }>(ready));
  common(
    noun.command('preview <id>').description('the exact QuickBooks invoice and its differences to Autotask'),
  ).action(act(preview));
  common(noun.command('sync').description('sync all eligible invoices now'))
    .option('--email <addresses>', 'send the report there too')
    .option('--until <point>', 'posted: end before the write-back to Autotask is through')
    .option('--wait <seconds>', 'how long to wait for a busy connection', String(WAIT_SECONDS))
    .action(
      act<CommonOptions & { email?: string; until?: string; wait?: string }>(async (opened, options) => {
        if (options.until !== undefined && options.until !== 'posted')
          throw new WrongUse(`--until takes posted, not "${options.until}".`);
        return runNow(opened, options, {
          kind: 'sync-now',
          options: { emails: addresses(options.email), ...(options.until === undefined ? {} : { until: 'posted' }) },
        });
      }),
    );
  common(
    noun.command('copy <id>').description('copy one invoice by its Autotask id, whatever its age and the sync status'),
  )
    .option('--overwrite', 'add another copy although one exists')
    .option('--email <addresses>', 'send the report there too')
    .option('--wait <seconds>', 'how long to wait for a busy connection', String(WAIT_SECONDS))
    .action(
      act<CommonOptions & { overwrite?: boolean; email?: string; wait?: string }>((opened, options, [id]) =>
        runNow(opened, options, {
          kind: 'manual-copy',
          options: {
            emails: addresses(options.email),
            invoiceId: invoiceId(id),
            overwrite: options.overwrite === true,
          },
        }),
      ),
    );
  common(noun.command('approve [ids...]').description('approve drafts that wait for review'))
    .option('--all', 'all that wait')
    .action(act<CommonOptions & { all?: boolean }>(approve));
  common(noun.command('list').description('every invoice that was seen, with its state'))
    .option('--state <state>', 'only this state')
    .action(act<CommonOptions & { state?: string }>(list));
  common(noun.command('show <id>').description('one invoice with its history')).action(act(show));
}

async function ready(
  opened: Opened,
  options: CommonOptions & { numbering?: string; maxAge?: string; email?: string | boolean },
): Promise<Answer> {
  const { connection, tenant } = await chosen(opened, options.connection);
  const others = typeof options.email === 'string' ? addresses(options.email) : [];
  const overrides = {
    ...(options.numbering === undefined ? {} : { numbering: options.numbering }),
    ...(options.maxAge === undefined ? {} : { maxAgeDays: options.maxAge }),
  };
  const inspector = await Inspector.open(
    opened.services,
    tenant,
    connection,
    overrides,
    progressLine(options.json === true),
  );
  const invoices = await inspector.ready();
  if (options.email !== false) {
    const { settings } = await showSettings(opened.services, tenant);
    const main = settings['reports.mainAddress'] || (connection.report_email ?? '');
    await mailNow(
      opened,
      tenant,
      [...new Set([main, ...others].filter((one) => one !== ''))],
      composeReadyList(invoices, connection.name),
    );
  }
  return { json: { invoices }, text: renderReadyText(invoices) };
}

/** A mail that belongs to no run: a row first, then sent at once. */
async function mailNow(
  opened: Opened,
  tenant: { organizationId: string; connectionId: string },
  recipients: readonly string[],
  mail: ReturnType<typeof composeReadyList>,
): Promise<void> {
  const { services, mailer } = opened;
  for (const recipient of recipients) {
    const mailId = services.ids.uuid();
    const at = services.clock.now();
    await withTenant(services.database, tenant, (tx) =>
      saveMail(
        tx,
        { ...tenant, at },
        { ...mail, mailId, runId: null, recipient, state: mailer === null ? 'kept' : 'queued' },
      ),
    );
    if (mailer === null) continue;
    const error = await mailer.send({ ...mail, id: mailId, to: recipient }).then(
      () => null,
      (reason: unknown) => (reason instanceof Error ? reason.message : 'unknown'),
    );
    await withTenant(services.database, tenant, (tx) =>
      recordMail(tx, mailId, {
        state: error === null ? 'sent' : 'failed',
        at: services.clock.now(),
        nextTryAt: null,
        error,
      }),
    );
  }
}

async function preview(opened: Opened, options: CommonOptions, [id]: readonly string[]): Promise<Answer> {
  const wanted = invoiceId(id);
  const { connection, tenant } = await chosen(opened, options.connection);
  const inspector = await Inspector.open(opened.services, tenant, connection, {}, progressLine(options.json === true));
  const seen = await inspector.preview(wanted);
  const body = parseExact(seen.body);
  const document = {
    autotask: { ...seen.invoice, lines: seen.lines },
    quickbooks: body,
    differences: seen.differences,
    problems: seen.problems,
  };
  const text = [
    `Autotask invoice ${String(wanted)} would be posted as:`,
    writeExact(body, 2),
    ...(seen.differences.length === 0
      ? ['It says the same as Autotask, line by line.']
      : [
          'Differences:',
          ...seen.differences.map(
            (one) =>
              `  ${one.line === null ? 'header' : `line ${String(one.line)}`}, ${one.field}: ${one.autotask} -> ${one.quickbooks}`,
          ),
        ]),
    ...seen.problems.map((one) => `* ${one.text}\n  ${one.remedy}`),
  ].join('\n');
  return { json: document, text };
}

async function runNow(
  opened: Opened,
  options: CommonOptions & { wait?: string },
  wanted: { kind: 'sync-now' | 'manual-copy'; options: Run['options'] },
): Promise<Answer> {
  const patience = waitMs(options.wait);
  const { tenant } = await chosen(opened, options.connection);
  const worker: Worker = { services: opened.services, mailer: opened.mailer, say: progressLine(options.json === true) };
  const runId = await requestRun(opened.services, tenant, { ...wanted, by: actor });
  const run = await seeThrough(worker, tenant, runId, patience);
  return answerOf(run);
}

/** The document of sync and copy (design.md section 6). */
export function answerOf(run: Run): Answer {
  const report = run.report as RunReport | null;
  const transfers = (report?.rows ?? []).map(transferOf);
  const json = { run: runFacts(run), transfers };
  if (run.state === 'queued' || run.state === 'running') {
    return {
      json,
      text: `Another run is still at work; run ${run.run_id} waits and will be done after it (runs show ${run.run_id}).`,
      exitCode: 1,
    };
  }
  const failed: ExitCode | null =
    run.failure === null ? null : run.failure.kind === 'vendor' ? 3 : run.failure.kind === 'wrong-use' ? 2 : 4;
  const waits = (report?.rows ?? []).some(
    (row) =>
      row.state !== 'skipped' &&
      (row.state === 'parked' || row.state === 'held' || row.problems.some((one) => one.who !== 'nobody')),
  );
  return {
    json,
    text: report === null ? `Run ${run.run_id} is ${run.state}.` : renderReportText(report),
    exitCode: failed ?? (waits ? 1 : 0),
  };
}

const transferOf = (row: ReportRow): Record<string, unknown> => ({
  autotaskInvoiceId: row.autotaskInvoiceId,
  copyNumber: row.copyNumber,
  state: row.state,
  quickbooksId: row.quickbooksId ?? '',
  quickbooksNumber: row.quickbooksNumber ?? '',
  total: row.total ?? '',
  quickbooksTotal: row.quickbooksTotal ?? '',
  invoiceNumber: row.invoiceNumber ?? '',
  company: row.company ?? '',
  adopted: row.adopted,
  problems: row.problems.map((one) => ({ code: one.code, who: one.who, text: one.text, remedy: one.remedy })),
});

async function approve(
  opened: Opened,
  options: CommonOptions & { all?: boolean },
  ids: readonly string[],
): Promise<Answer> {
  const { tenant } = await chosen(opened, options.connection);
  const wanted = new Set(ids.map(invoiceId));
  if (wanted.size === 0 && options.all !== true) throw new WrongUse('Say which: invoices approve ID ..., or --all.');
  const approved = await withTenant(opened.services.database, tenant, async (tx) => {
    const waiting = (await loadTransfersIn(tx, ['ready'])).filter(
      (one) =>
        one.draft_hash !== null &&
        one.approved_hash !== one.draft_hash &&
        (options.all === true || wanted.has(one.autotask_invoice_id)),
    );
    const at = opened.services.clock.now();
    await moveTransfers(
      tx,
      waiting.map((one) => ({
        transferId: one.transfer_id,
        from: 'ready' as const,
        to: 'ready' as const,
        reason: null,
        set: {
          approved_hash: one.draft_hash,
          problems: one.problems.filter((cause) => cause.code !== problem('awaits-approval').code),
        },
      })),
      { at, actor, runId: null, fence: null },
    );
    for (const one of waiting)
      await audit(
        tx,
        { ...tenant, at },
        {
          actor,
          action: 'approved',
          subject: `invoice ${String(one.autotask_invoice_id)}`,
          detail: { draft: one.draft_hash },
        },
      );
    return waiting.map((one) => one.autotask_invoice_id);
  });
  const missing = [...wanted].filter((id) => !approved.includes(id));
  return {
    json: { approved, notWaiting: missing },
    text: `Approved: ${approved.join(', ') || 'none'}.${missing.length > 0 ? ` Not waiting for approval: ${missing.join(', ')}.` : ''}`,
    exitCode: missing.length > 0 ? 1 : 0,
  };
}

const listed = (row: Transfer): Record<string, unknown> => ({
  autotaskInvoiceId: row.autotask_invoice_id,
  copyNumber: row.copy_number,
  state: row.state,
  invoiceNumber: row.invoice_number ?? '',
  company: row.company_name ?? '',
  total: row.source_total ?? '',
  quickbooksId: row.quickbooks_id ?? '',
  quickbooksNumber: row.quickbooks_number ?? '',
  quickbooksTotal: row.quickbooks_total ?? '',
  problems: row.problems,
});

async function list(opened: Opened, options: CommonOptions & { state?: string }): Promise<Answer> {
  const state = transferStates.find((one) => one === options.state);
  if (options.state !== undefined && state === undefined)
    throw new WrongUse(`There is no state "${options.state}"; there is ${transferStates.join(', ')}.`);
  const { tenant } = await chosen(opened, options.connection);
  const rows = await withTenant(opened.services.database, tenant, (tx) =>
    loadTransfersIn(tx, state === undefined ? transferStates : [state]),
  );
  return {
    json: { transfers: rows.map(listed) },
    text:
      rows
        .map((row) =>
          `${String(row.autotask_invoice_id).padEnd(10)} ${row.state.padEnd(12)} ${(row.source_total ?? '').padStart(12)}  ${row.quickbooks_number ?? ''}  ${row.company_name ?? ''}  ${row.problems.map((one) => one.text).join(' ')}`.trimEnd(),
        )
        .join('\n') || 'No invoice was seen yet.',
  };
}

async function show(opened: Opened, options: CommonOptions, [id]: readonly string[]): Promise<Answer> {
  const wanted = invoiceId(id);
  const { tenant } = await chosen(opened, options.connection);
  const [copies, history] = await withTenant(
    opened.services.database,
    tenant,
    async (tx) => [await loadTransfersOf(tx, [wanted]), await loadHistory(tx, wanted)] as const,
  );
  if (copies.length === 0)
    throw new WrongUse(
      `Invoice ${String(wanted)} was never seen by a run. To look at it: invoices preview ${String(wanted)}`,
    );
  return {
    json: { copies: copies.map(listed), history },
    text: JSON.stringify({ copies: copies.map(listed), history }, null, 2),
  };
}
