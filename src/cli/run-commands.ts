/** runs list / show / clear, errors list / show / decide, outbox list / show, troubleshoot */
import { actionWords, decide, listCauses } from '../engine/deciding.ts';
import { mailNow, toolRecipients } from '../engine/mailing.ts';
import { clearRun } from '../engine/clearing.ts';
import { WrongUse } from '../engine/requests.ts';
import { composeTroubleshoot, makeBundle } from '../engine/troubleshooting.ts';
import { causeView, errorView, inProcess, mailView, reportOf, runView } from '../engine/views.ts';
import { renderReportText } from '../mail/compose-report.ts';
import { loadLease } from '../store/leases.ts';
import { loadMail, loadOutbox } from '../store/outbox.ts';
import { loadProblem, loadProblems, type LoggedProblem } from '../store/problems.ts';
import { loadRun, loadRuns } from '../store/runs.ts';
import { withTenant } from '../store/tenant.ts';
import { addresses, idOf, waitMs, WAIT_SECONDS } from './arguments.ts';
import { actor, chosen } from './connection-commands.ts';
import { requireWritable, writePrivate } from './files.ts';
import type { Opened } from './open.ts';
import type { Answer } from './output.ts';
import { common, type CommonOptions, type Registry } from './registry.ts';
import { workerOf } from './run-now.ts';

export function addRunCommands(registry: Registry): void {
  addRuns(registry);
  addErrors(registry);
  addOutbox(registry);
  addTroubleshoot(registry);
}

function addRuns({ program, act }: Registry): void {
  const noun = program.command('runs').description('what was done');
  common(noun.command('list').description('the last runs')).action(
    act(async (opened, options) => {
      const { tenant } = await chosen(opened, options.connection);
      const runs = await withTenant(opened.services.database, tenant, (tx) => loadRuns(tx, 50));
      const busy = await inProcess(opened.services, tenant);
      const lines = runs.map(
        (run) =>
          `${run.run_id}  ${run.requested_at.toISOString()}  ${run.kind.padEnd(13)}  ${run.state}${run.failure === null ? '' : `  ${run.failure.message}`}`,
      );
      return {
        json: { runs: runs.map(runView), inProcess: busy },
        text: [...(busy === null ? [] : [busy.text]), ...lines].join('\n') || 'There was no run yet.',
      };
    }),
  );
  common(noun.command('show <id>').description('the report of a run')).action(
    act(async (opened, options, [id]) => {
      const { tenant } = await chosen(opened, options.connection);
      const run = await withTenant(opened.services.database, tenant, (tx) => loadRun(tx, idOf(id, 'run')));
      if (run === null) throw new WrongUse(`There is no run ${id ?? ''}.`);
      const report = reportOf(run);
      return {
        json: { run: runView(run), report, result: run.result },
        text: report === null ? JSON.stringify(runView(run), null, 2) : renderReportText(report, 10_000),
      };
    }),
  );
  common(noun.command('clear').description('end a stuck run: what holds the connection, since when, whether it lives'))
    .option('--force', 'also when its worker seems to live: that worker can then write nothing any more')
    .action(act<CommonOptions & { force?: boolean }>(clear));
}

async function clear(opened: Opened, options: CommonOptions & { force?: boolean }): Promise<Answer> {
  const { tenant, connection } = await chosen(opened, options.connection);
  const lease = await withTenant(opened.services.database, tenant, (tx) => loadLease(tx, tenant.connectionId));
  const done = await clearRun(opened.services, tenant, { force: options.force === true, by: actor });
  const since = lease?.taken_at?.toISOString() ?? null;
  const text =
    done.lives && !done.cleared
      ? `${connection.name} is being worked on by ${done.holder ?? '?'} since ${since ?? '?'}, and that worker lives. To end it all the same: runs clear --force`
      : done.cleared
        ? `${connection.name} is free again.`
        : `${connection.name} was not in process; there is nothing to clear.`;
  return { json: { ...done, since }, text, exitCode: done.lives && !done.cleared ? 1 : 0 };
}

function addErrors({ program, act }: Registry): void {
  const noun = program.command('errors').description('every obstacle, by cause, with its cure');
  common(noun.command('list').description('what is open, by cause'))
    .option('--all', 'each one by itself, closed ones too')
    .action(act<CommonOptions & { all?: boolean }>(listErrors));
  common(noun.command('show <id>').description('one obstacle, or one cause')).action(act(showError));
  common(
    noun
      .command('decide <cause> <action>')
      .description(`free everything that waits for a cause: ${Object.keys(actionWords).join(', ')}`),
  )
    .option('--to <target>', 'link: the id or exact name in QuickBooks')
    .option('--reason <text>', 'hold and mark-done: why')
    .option('--wait <seconds>', 'how long to wait for a busy connection', String(WAIT_SECONDS))
    .action(
      act<CommonOptions & { to?: string; reason?: string; wait?: string }>(
        async (opened, options, [causeId = '', action = '']) => {
          const { tenant } = await chosen(opened, options.connection);
          const done = await decide(workerOf(opened, options), tenant, {
            causeId,
            action,
            target: options.to ?? null,
            reason: options.reason ?? null,
            by: actor,
            waitMs: waitMs(options.wait),
          });
          return {
            json: { cause: causeView(done.cause), action: done.action, text: done.text },
            text: done.text,
          };
        },
      ),
    );
}

async function listErrors(opened: Opened, options: CommonOptions & { all?: boolean }): Promise<Answer> {
  const { tenant } = await chosen(opened, options.connection);
  const causes = await listCauses(opened, tenant);
  const errors = await withTenant(opened.services.database, tenant, (tx) =>
    loadProblems(tx, { openOnly: options.all !== true, limit: 2_000 }),
  );
  const lines =
    options.all === true
      ? errors.map(loggedText)
      : causes.map((cause) => {
          const count = cause.invoices.length;
          const who =
            count === 0
              ? ''
              : `  ${String(count)} ${count === 1 ? 'invoice' : 'invoices'}: ${cause.invoices.slice(0, 12).join(', ')}${count > 12 ? ' ...' : ''}`;
          const cures =
            cause.actions.length === 0 ? '' : `\n    errors decide ${cause.id} ${cause.actions.join(' | ')}`;
          const hurry =
            cause.leavesOn === null
              ? ''
              : `\n    ${count === 1 ? 'It leaves' : 'The first leaves'} the window on ${cause.leavesOn}.`;
          const decided = cause.standing === null ? cures : `\n    Decided: ${cause.standing.text}`;
          return `${cause.id}${who}\n    ${cause.text}\n    ${cause.remedy}${hurry}${decided}`;
        });
  return {
    json: { causes: causes.map(causeView), errors: errors.map(errorView) },
    text: lines.join('\n') || 'Nothing is in the way.',
  };
}

/** An error as the log has it: since when, how often, and the vendor's reference where it gave one. Times in UTC. */
function loggedText(one: LoggedProblem): string {
  const isOpen = one.closed_at === null;
  const times = one.occurrences === 1 ? 'once' : `${String(one.occurrences)} times`;
  const seen = `${one.first_seen.toISOString()} to ${one.last_seen.toISOString()}, ${times}`;
  const reference = one.reference === null ? '' : `, reference ${one.reference}`;
  return `${one.problem_id}  invoice ${String(one.autotask_invoice_id ?? '-')}  ${isOpen ? '' : 'closed  '}${one.text}\n    ${one.remedy}\n    ${seen}${reference}`;
}

async function showError(opened: Opened, options: CommonOptions, [id]: readonly string[]): Promise<Answer> {
  const { tenant } = await chosen(opened, options.connection);
  if (id !== undefined && /^[0-9a-f]{12}$/.test(id)) {
    const cause = (await listCauses(opened, tenant)).find((one) => one.id === id);
    if (cause === undefined) throw new WrongUse(`There is no open cause ${id}; it may be cured already.`);
    const actions = cause.actions.map((action) => `  ${action.padEnd(12)} ${actionWords[action].label}`);
    return {
      json: { cause: causeView(cause) },
      text: [cause.text, cause.remedy, `Invoices: ${cause.invoices.join(', ')}`, ...actions].join('\n'),
    };
  }
  const found = await withTenant(opened.services.database, tenant, (tx) => loadProblem(tx, idOf(id, 'error')));
  if (found === null) throw new WrongUse(`There is no error ${id ?? ''}.`);
  const view = errorView(found);
  return { json: { error: view }, text: JSON.stringify(view, null, 2) };
}

function addOutbox({ program, act }: Registry): void {
  const noun = program.command('outbox').description('every mail, sent or kept');
  common(noun.command('list').description('the last mails')).action(
    act(async (opened, options) => {
      const { tenant } = await chosen(opened, options.connection);
      const mails = (await withTenant(opened.services.database, tenant, (tx) => loadOutbox(tx, 200))).map(mailView);
      return {
        json: { mails },
        text:
          mails
            .map((mail) => `${mail.id}  ${mail.state.padEnd(6)}  ${mail.to.join(', ')}  ${mail.subject}`)
            .join('\n') || 'There is no mail yet.',
      };
    }),
  );
  common(noun.command('show <id>').description('one mail')).action(
    act(async (opened, options, [id]) => {
      const { tenant } = await chosen(opened, options.connection);
      const mail = await withTenant(opened.services.database, tenant, (tx) => loadMail(tx, idOf(id, 'mail')));
      if (mail === null) throw new WrongUse(`There is no mail ${id ?? ''}.`);
      return {
        json: { ...mailView(mail), text: mail.text_body, html: mail.html_body, attachments: mail.attachments },
        text: `To: ${mail.recipient}\nSubject: ${mail.subject}\n\n${mail.text_body}`,
      };
    }),
  );
}

interface TroubleshootOptions extends CommonOptions {
  readonly out?: string;
  readonly email?: string | boolean;
  readonly withCustomerData?: boolean;
}

function addTroubleshoot({ program, act }: Registry): void {
  common(
    program
      .command('troubleshoot')
      .description(
        'a bundle for whoever helps: mailed to the connecting address and to those given, or written to a file',
      ),
  )
    .option('--out <file>', 'write the zip there instead of mailing it')
    .option('--email <addresses>', 'mail it there too')
    .option('--with-customer-data', 'with the sentences of errors, which name customers and amounts')
    .action(act<TroubleshootOptions>(troubleshoot));
}

async function troubleshoot(opened: Opened, options: TroubleshootOptions): Promise<Answer> {
  const { connection, tenant } = await chosen(opened, options.connection);
  const others = typeof options.email === 'string' ? addresses(options.email) : [];
  if (options.out !== undefined) requireWritable(options.out);
  const bundle = await makeBundle(opened.services, tenant, { withCustomerData: options.withCustomerData === true });
  const facts = { files: bundle.files, bytes: bundle.zip.length };
  if (options.out !== undefined) {
    writePrivate(options.out, bundle.zip);
    if (others.length === 0)
      return {
        json: { ...facts, file: options.out, mailed: [] },
        text: `Written to ${options.out} (${bundle.files.join(', ')}).`,
      };
  }
  const recipients = await toolRecipients(opened.services, tenant, others, 'bundle');
  const place = { connectionName: connection.name, publicUrl: opened.services.config.publicUrl };
  const mailed = await mailNow(opened.services, opened.mailer, tenant, recipients, composeTroubleshoot(bundle, place));
  return {
    json: { ...facts, file: options.out ?? null, mailed },
    text:
      mailed.length === 0
        ? 'No address is known: troubleshoot --out FILE, or settings set reports.mainAddress=...'
        : mailed
            .map(
              (one) => `${one.to}: ${one.state === 'kept' ? 'kept in the outbox (no mail server is set)' : one.state}`,
            )
            .join('\n'),
    exitCode: mailed.length === 0 || mailed.some((one) => one.state === 'failed') ? 1 : 0,
  };
}
