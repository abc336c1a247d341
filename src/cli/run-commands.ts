/** runs list / show / clear, errors list / show, outbox list / show */
import { clearRun, WrongUse } from '../engine/requests.ts';
import { renderReportText } from '../mail/compose-report.ts';
import type { RunReport } from '../core/report.ts';
import { loadLease } from '../store/leases.ts';
import { loadMail, loadOutbox } from '../store/outbox.ts';
import { loadProblem, loadProblems } from '../store/problems.ts';
import { loadRun, loadRuns, type Run } from '../store/runs.ts';
import { withTenant } from '../store/tenant.ts';
import { actor, chosen } from './connection-commands.ts';
import { common, type CommonOptions, type Registry } from './registry.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id as it stands in a list. @throws WrongUse */
export function idOf(text: string | undefined, what: string): string {
  if (text === undefined || !UUID.test(text))
    throw new WrongUse(`"${text ?? ''}" is not the id of a ${what}; see the list for ids.`);
  return text;
}

export const runFacts = (run: Run): Record<string, unknown> => ({
  id: run.run_id,
  kind: run.kind,
  state: run.state,
  requestedBy: run.requested_by,
  requestedAt: run.requested_at.toISOString(),
  startedAt: run.started_at?.toISOString() ?? null,
  endedAt: run.ended_at?.toISOString() ?? null,
  progress: run.progress,
  failure: run.failure?.message ?? null,
});

export function addRunCommands(registry: Registry): void {
  addRuns(registry);
  addErrors(registry);
  addOutbox(registry);
}

function addRuns({ program, act }: Registry): void {
  const noun = program.command('runs').description('what was done');
  common(noun.command('list').description('the last runs')).action(
    act(async (opened, options) => {
      const { tenant } = await chosen(opened, options.connection);
      const runs = await withTenant(opened.services.database, tenant, (tx) => loadRuns(tx, 50));
      return {
        json: { runs: runs.map(runFacts) },
        text:
          runs
            .map(
              (run) =>
                `${run.run_id}  ${run.requested_at.toISOString()}  ${run.kind.padEnd(11)}  ${run.state}${run.failure === null ? '' : `  ${run.failure.message}`}`,
            )
            .join('\n') || 'There was no run yet.',
      };
    }),
  );
  common(noun.command('show <id>').description('the report of a run')).action(
    act(async (opened, options, [id]) => {
      const { tenant } = await chosen(opened, options.connection);
      const run = await withTenant(opened.services.database, tenant, (tx) => loadRun(tx, idOf(id, 'run')));
      if (run === null) throw new WrongUse(`There is no run ${id ?? ''}.`);
      const report = run.report as RunReport | null;
      return {
        json: { run: runFacts(run), report },
        text: report === null ? JSON.stringify(runFacts(run), null, 2) : renderReportText(report, 10_000),
      };
    }),
  );
  common(noun.command('clear').description('end a stuck run: what holds the connection, since when, whether it lives'))
    .option('--force', 'also when its worker seems to live: that worker can then write nothing any more')
    .action(
      act<CommonOptions & { force?: boolean }>(async (opened, options) => {
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
      }),
    );
}

function addErrors({ program, act }: Registry): void {
  const noun = program.command('errors').description('every obstacle, with cause and cure');
  common(noun.command('list').description('what is open'))
    .option('--all', 'closed ones too')
    .action(
      act<CommonOptions & { all?: boolean }>(async (opened, options) => {
        const { tenant } = await chosen(opened, options.connection);
        const problems = await withTenant(opened.services.database, tenant, (tx) =>
          loadProblems(tx, { openOnly: options.all !== true, limit: 500 }),
        );
        const json = problems.map((one) => ({
          id: one.problem_id,
          code: one.code,
          who: one.who,
          text: one.text,
          remedy: one.remedy,
          autotaskInvoiceId: one.autotask_invoice_id,
          reference: one.reference,
          firstSeen: one.first_seen.toISOString(),
          lastSeen: one.last_seen.toISOString(),
          count: one.occurrences,
          closedAt: one.closed_at?.toISOString() ?? null,
        }));
        return {
          json: { errors: json },
          text:
            json
              .map(
                (one) => `${one.id}  invoice ${String(one.autotaskInvoiceId ?? '-')}  ${one.text}\n    ${one.remedy}`,
              )
              .join('\n') || 'Nothing is in the way.',
        };
      }),
    );
  common(noun.command('show <id>').description('one obstacle')).action(
    act(async (opened, options, [id]) => {
      const { tenant } = await chosen(opened, options.connection);
      const found = await withTenant(opened.services.database, tenant, (tx) => loadProblem(tx, idOf(id, 'error')));
      if (found === null) throw new WrongUse(`There is no error ${id ?? ''}.`);
      return { json: { error: found }, text: JSON.stringify(found, null, 2) };
    }),
  );
}

function addOutbox({ program, act }: Registry): void {
  const noun = program.command('outbox').description('every mail, sent or kept');
  common(noun.command('list').description('the last mails')).action(
    act(async (opened, options) => {
      const { tenant } = await chosen(opened, options.connection);
      const mails = await withTenant(opened.services.database, tenant, (tx) => loadOutbox(tx, 200));
      const json = mails.map((mail) => ({
        id: mail.mail_id,
        kind: mail.kind,
        runId: mail.run_id,
        to: [mail.recipient],
        subject: mail.subject,
        state: mail.state,
        attachments: mail.attachments.map((one) => one.filename),
        lastError: mail.last_error,
      }));
      return {
        json: { mails: json },
        text:
          json
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
        json: {
          id: mail.mail_id,
          kind: mail.kind,
          runId: mail.run_id,
          to: [mail.recipient],
          subject: mail.subject,
          state: mail.state,
          text: mail.text_body,
          html: mail.html_body,
          attachments: mail.attachments,
        },
        text: `To: ${mail.recipient}\nSubject: ${mail.subject}\n\n${mail.text_body}`,
      };
    }),
  );
}
