/** invoices ready / preview / sync / copy / approve / hold / release / mark-done / adopt / list / search / show; voids sync; payments sync */
import { shownState, transferStates } from '../core/states.ts';
import { adoptInvoice, type Adopted } from '../engine/adopting.ts';
import { approveDrafts } from '../engine/deciding.ts';
import { holdInvoices, markDone, NO_REASON, releaseInvoices, type Acted } from '../engine/holding.ts';
import { Inspector } from '../engine/inspecting.ts';
import { mailNow, toolRecipients, type Mailed } from '../engine/mailing.ts';
import { WrongUse } from '../engine/requests.ts';
import { ledgerView } from '../engine/views.ts';
import { composeReadyList, renderReadyText } from '../mail/compose-lists.ts';
import { stateOf, stateWord } from '../mail/report-words.ts';
import { parseExact } from '../platform/exact-json.ts';
import { withTenant } from '../store/tenant.ts';
import { loadHistory, loadTransfersIn, loadTransfersOf, searchTransfers, type Transfer } from '../store/transfers.ts';
import { addresses, calendarDate, invoiceId, invoiceIds, quickbooksId, waitMs, WAIT_SECONDS } from './arguments.ts';
import { actor, chosen } from './connection-commands.ts';
import { previewText } from './invoice-text.ts';
import type { Opened } from './open.ts';
import type { Answer } from './output.ts';
import { progressLine } from './progress.ts';
import { common, type CommonOptions, type Registry } from './registry.ts';
import { runNow } from './run-now.ts';

const waiting = ['--wait <seconds>', 'how long to wait for a busy connection', String(WAIT_SECONDS)] as const;

export function addInvoiceCommands(registry: Registry): void {
  const noun = registry.program.command('invoices').description('check, preview, sync and copy invoices');
  addLooking(registry, noun);
  addPosting(registry, noun);
  addDeciding(registry, noun);
  addAdopting(registry, noun);
  addWaysBack(registry);
}

type Noun = ReturnType<Registry['program']['command']>;

function addLooking({ act }: Registry, noun: Noun): void {
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
  common(noun.command('list').description('every invoice that was seen, with its state'))
    .option('--state <state>', 'only this state')
    .option('--search <text>', 'number, company or id holds this text; the newest 100')
    .action(act<CommonOptions & { state?: string; search?: string }>(list));
  common(noun.command('show <id>').description('one invoice with its history')).action(act(show));
}

function addPosting({ act }: Registry, noun: Noun): void {
  common(noun.command('sync').description('sync all eligible invoices now'))
    .option('--email <addresses>', 'send the report there too')
    .option('--until <point>', 'posted: end before the write-back to Autotask is through')
    .option(...waiting)
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
    noun.command('copy [id]').description('copy one invoice by its Autotask id, whatever its age and the sync status'),
  )
    .option('--number <number>', 'by its Autotask invoice number instead')
    .option('--overwrite', 'add another copy although one exists')
    .option('--mail-customer', 'with --overwrite: QuickBooks mails this copy to the customer too')
    .option('--email <addresses>', 'send the report there too')
    .option(...waiting)
    .action(
      act<CopyOptions>(async (opened, options, [id]) =>
        runNow(opened, options, {
          kind: 'manual-copy',
          options: {
            emails: addresses(options.email),
            invoiceId: await copiedId(opened, options, id),
            overwrite: options.overwrite === true,
            ...(options.mailCustomer === true ? { mailCustomer: true } : {}),
          },
        }),
      ),
    );
}

interface CopyOptions extends CommonOptions {
  readonly number?: string;
  readonly overwrite?: boolean;
  readonly mailCustomer?: boolean;
  readonly email?: string;
  readonly wait?: string;
}

/** The id that was given, or the one of the number. */
async function copiedId(opened: Opened, options: CopyOptions, id: string | undefined): Promise<number> {
  if (options.number === undefined && id === undefined)
    throw new WrongUse('Say which invoice: invoices copy ID (Autotask’s id), or invoices copy --number NUMBER.');
  if (options.number === undefined) return invoiceId(id);
  if (id !== undefined) throw new WrongUse('Give the id or --number, not both.');
  const { connection, tenant } = await chosen(opened, options.connection);
  const say = progressLine(options.json === true);
  const inspector = await Inspector.open(opened.services, tenant, connection, {}, say);
  return inspector.idOfNumber(options.number);
}

function addDeciding({ act }: Registry, noun: Noun): void {
  common(noun.command('approve [ids...]').description('approve drafts that wait for review'))
    .option('--all', 'all that wait')
    .action(act<CommonOptions & { all?: boolean }>(approve));
  common(noun.command('hold <ids...>').description('no run posts these until they are released'))
    .option('--reason <text>', 'why; it stands in the report and in the audit log', NO_REASON)
    .option(...waiting)
    .action(
      act<CommonOptions & { reason: string; wait?: string }>(async (opened, options, ids) => {
        const { tenant } = await chosen(opened, options.connection);
        const request = {
          invoiceIds: invoiceIds(ids),
          reason: options.reason,
          by: actor,
          waitMs: waitMs(options.wait),
        };
        return acted('On hold', await holdInvoices(opened.services, tenant, request));
      }),
    );
  common(noun.command('release <ids...>').description('end a hold, or take back “done without posting”'))
    .option('--reason <text>', 'why; it stands in the audit log', NO_REASON)
    .option(...waiting)
    .action(
      act<CommonOptions & { reason: string; wait?: string }>(async (opened, options, ids) => {
        const { tenant } = await chosen(opened, options.connection);
        const request = {
          invoiceIds: invoiceIds(ids),
          reason: options.reason,
          by: actor,
          waitMs: waitMs(options.wait),
        };
        return acted('Released', await releaseInvoices(opened.services, tenant, request));
      }),
    );
  common(noun.command('mark-done <ids...>').description('count as done without posting'))
    .option('--reason <text>', 'why; it stands in the audit log', NO_REASON)
    .option('--mark-in-autotask', 'also write the date of processing there')
    .option('--number <number>', 'with --mark-in-autotask: write this invoice number there too (one invoice)')
    .option(...waiting)
    .action(
      act<CommonOptions & { reason: string; markInAutotask?: boolean; number?: string; wait?: string }>(
        async (opened, options, ids) => {
          if (options.number !== undefined && options.markInAutotask !== true)
            throw new WrongUse('--number goes with --mark-in-autotask.');
          const { tenant } = await chosen(opened, options.connection);
          const request = {
            invoiceIds: invoiceIds(ids),
            reason: options.reason,
            by: actor,
            waitMs: waitMs(options.wait),
            mark: options.markInAutotask === true ? { number: options.number ?? null } : null,
          };
          return acted('Done without posting', await markDone(opened.services, tenant, request));
        },
      ),
    );
}

function addAdopting({ act }: Registry, noun: Noun): void {
  common(
    noun
      .command('adopt <id>')
      .description('it is in QuickBooks already, posted by another app or by hand: count it as posted; posts nothing'),
  )
    .option('--quickbooks-id <id>', 'which QuickBooks invoice it is, by its id there (else looked for)')
    .option('--dry-run', 'only show both sides')
    .option(...waiting)
    .action(
      act<CommonOptions & { quickbooksId?: string; dryRun?: boolean; wait?: string }>(async (opened, options, [id]) => {
        const request = {
          invoiceId: invoiceId(id),
          quickbooksId: options.quickbooksId === undefined ? null : quickbooksId(options.quickbooksId),
          dryRun: options.dryRun === true,
          by: actor,
          waitMs: waitMs(options.wait),
        };
        const { connection, tenant } = await chosen(opened, options.connection);
        const say = progressLine(options.json === true);
        const done = await adoptInvoice(opened.services, tenant, connection, request, say);
        return { json: done, text: adoptedText(done), exitCode: done.differences.length > 0 ? 1 : 0 };
      }),
    );
}

/** Both sides beside each other, what differs marked, and what follows. */
function adoptedText({ autotask, quickbooks, differences, adopted, text }: Adopted): string {
  const differing = new Set<string>(differences.map((one) => one.field));
  const line = (name: string, left: string, right: string): string =>
    `${differing.has(name) ? '*' : ' '} ${name.padEnd(9)} ${left.padEnd(32)} ${right}`.trimEnd();
  return [
    line('', 'Autotask', 'QuickBooks'),
    ...(['id', 'number', 'customer', 'date', 'tax', 'total'] as const).map((name) =>
      line(name, autotask[name], quickbooks[name]),
    ),
    ...differences
      .filter((one) => one.field === 'state' || one.field === 'mark')
      .map((one) => line(one.field, one.autotask, one.quickbooks)),
    differences.length > 0
      ? `Not adopted, because the two differ: ${differences.map((one) => one.field).join(', ')}. ${text}`
      : `${adopted ? 'Adopted. ' : ''}${text}`,
  ].join('\n');
}

/** What was done and what not, each with its reason. */
function acted(what: string, done: Acted): Answer {
  return {
    json: done,
    text: [
      `${what}: ${done.done.join(', ') || 'none'}.`,
      ...done.left.map((one) => `Not ${String(one.autotaskInvoiceId)}: ${one.reason}.`),
    ].join('\n'),
    exitCode: done.left.length > 0 ? 1 : 0,
  };
}

function addWaysBack({ program, act }: Registry): void {
  const voids = program.command('voids').description('what was voided in Autotask');
  common(voids.command('sync').description('void in QuickBooks what was voided in Autotask; never a paid invoice'))
    .option('--email <addresses>', 'send the report there too')
    .option(...waiting)
    .action(
      act<CommonOptions & { email?: string; wait?: string }>((opened, options) =>
        runNow(opened, options, { kind: 'void-pass', options: { emails: addresses(options.email) } }),
      ),
    );
  const payments = program.command('payments').description('what was paid in QuickBooks');
  common(payments.command('sync').description('bring paid dates to Autotask'))
    .option('--since <date>', 'catch up on payments since this day')
    .option('--email <addresses>', 'send the report there too')
    .option(...waiting)
    .action(
      act<CommonOptions & { since?: string; email?: string; wait?: string }>((opened, options) => {
        const since = calendarDate(options.since, '--since');
        return runNow(opened, options, {
          kind: 'payment-pass',
          options: { emails: addresses(options.email), ...(since === undefined ? {} : { since }) },
        });
      }),
    );
}

async function ready(
  opened: Opened,
  options: CommonOptions & { numbering?: string; maxAge?: string; email?: string | boolean },
): Promise<Answer> {
  const { connection, tenant } = await chosen(opened, options.connection);
  const others = typeof options.email === 'string' ? addresses(options.email) : [];
  const overrides = {
    ...(options.numbering === undefined ? {} : { 'invoices.numbering': options.numbering }),
    ...(options.maxAge === undefined ? {} : { 'invoices.maxAgeDays': options.maxAge }),
  };
  const say = progressLine(options.json === true);
  const inspector = await Inspector.open(opened.services, tenant, connection, overrides, say);
  const invoices = await inspector.ready();
  const { publicUrl } = opened.services.config;
  const mailed =
    options.email === false
      ? []
      : await mailNow(
          opened.services,
          opened.mailer,
          tenant,
          await toolRecipients(opened.services, tenant, others),
          composeReadyList(invoices, connection.name, publicUrl),
        );
  return { json: { invoices, mailed }, text: [renderReadyText(invoices), ...mailedText(mailed)].join('\n\n') };
}

/** Where a tool's mail went, one line to each address. */
function mailedText(mailed: readonly Mailed[]): string[] {
  const words = {
    sent: 'mailed',
    kept: 'kept in the outbox (no mail server is set)',
    failed: 'could not be mailed; see: ledgerferry outbox list',
  } as const;
  return mailed.length === 0 ? [] : [mailed.map((one) => `${one.to}: ${words[one.state]}`).join('\n')];
}

async function preview(opened: Opened, options: CommonOptions, [id]: readonly string[]): Promise<Answer> {
  const wanted = invoiceId(id);
  const { connection, tenant } = await chosen(opened, options.connection);
  const inspector = await Inspector.open(opened.services, tenant, connection, {}, progressLine(options.json === true));
  const seen = await inspector.preview(wanted);
  const document = {
    autotask: { ...seen.invoice, lines: seen.lines },
    quickbooks: parseExact(seen.body),
    entity: seen.mapped.draft.kind === 'credit-memo' ? 'CreditMemo' : 'Invoice',
    differences: seen.differences,
    problems: seen.problems,
  };
  return { json: document, text: previewText(wanted, seen) };
}

async function approve(
  opened: Opened,
  options: CommonOptions & { all?: boolean },
  ids: readonly string[],
): Promise<Answer> {
  const { tenant } = await chosen(opened, options.connection);
  if (ids.length === 0 && options.all !== true) throw new WrongUse('Say which: invoices approve ID ..., or --all.');
  if (ids.length > 0 && options.all === true) throw new WrongUse('Give the ids or --all, not both.');
  const { approved, notWaiting } = await approveDrafts(opened, tenant, {
    invoiceIds: options.all === true ? 'all' : invoiceIds(ids),
    by: actor,
  });
  return {
    json: { approved, notWaiting },
    text: `Approved: ${approved.join(', ') || 'none'}.${notWaiting.length > 0 ? ` Not waiting for approval: ${notWaiting.join(', ')}.` : ''}`,
    exitCode: notWaiting.length > 0 ? 1 : 0,
  };
}

const SEARCHED = 100;

async function list(opened: Opened, options: CommonOptions & { state?: string; search?: string }): Promise<Answer> {
  // A state's own name is taken exactly; its word as people read it.
  const isExact = transferStates.some((one) => one === options.state);
  const state = options.state === undefined ? undefined : stateOf(options.state);
  if (options.state !== undefined && state === undefined)
    throw new WrongUse(`There is no state "${options.state}"; there is ${transferStates.join(', ')}.`);
  const { tenant } = await chosen(opened, options.connection);
  const found = await withTenant(opened.services.database, tenant, (tx) =>
    options.search === undefined
      ? loadTransfersIn(tx, state === undefined ? transferStates : isExact ? [state] : ['parked', 'held', state])
      : searchTransfers(tx, options.search, SEARCHED),
  );
  const rows = state === undefined ? found : found.filter((row) => (isExact ? row.state : shownState(row)) === state);
  return {
    json: { transfers: rows.map(ledgerView) },
    text:
      rows.map(listLine).join('\n') ||
      (options.search === undefined ? 'No invoice was seen yet.' : 'Nothing was found.'),
  };
}

const listLine = (row: Transfer): string =>
  `${String(row.autotask_invoice_id).padEnd(10)} ${stateWord(row).padEnd(15)} ${(row.source_total ?? '').padStart(12)}  ${row.quickbooks_number ?? ''}  ${row.company_name ?? ''}  ${row.problems.map((one) => one.text).join(' ')}`.trimEnd();

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
  const steps = history.map(
    (one) =>
      `  ${one.at.toISOString()}  ${one.from_state} -> ${one.to_state}${one.reason === null ? '' : `  (${one.reason})`}  by ${one.actor}`,
  );
  return {
    json: { copies: copies.map(ledgerView), history },
    text: [
      ...copies.map(listLine),
      ...copies.flatMap((one) => one.problems.map((cause) => `  * ${cause.text}\n    ${cause.remedy}`)),
      'History:',
      ...steps,
    ].join('\n'),
  };
}
