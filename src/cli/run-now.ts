/** Asks for a run, sees it through and answers its document; shared by all commands that start one. */
import { isRefused } from '../core/report.ts';
import { mapRows } from '../core/rows.ts';
import { requestRun, seeThrough } from '../engine/requests.ts';
import { pruneWhenDue } from '../engine/retention.ts';
import type { Worker } from '../engine/running.ts';
import { reportOf, runView, transferView } from '../engine/views.ts';
import { renderReportText } from '../mail/compose-report.ts';
import type { Run } from '../store/runs.ts';
import { waitMs } from './arguments.ts';
import { actor, chosen } from './connection-commands.ts';
import type { Opened } from './open.ts';
import type { Answer, ExitCode } from './output.ts';
import { progressLine } from './progress.ts';
import type { CommonOptions } from './registry.ts';

export const workerOf = (opened: Opened, options: CommonOptions): Worker => ({
  services: opened.services,
  mailer: opened.mailer,
  say: progressLine(options.json === true),
});

/** Runs it here, or waits while another process does. */
export async function runToEnd(
  opened: Opened,
  options: CommonOptions & { wait?: string },
  wanted: { kind: Run['kind']; options: Run['options'] },
): Promise<Run> {
  const patience = waitMs(options.wait);
  const { tenant } = await chosen(opened, options.connection);
  const runId = await requestRun(opened.services, tenant, { ...wanted, by: actor });
  const run = await seeThrough(workerOf(opened, options), tenant, runId, patience);
  // Where no worker lives, the commands are all that could do it.
  await pruneWhenDue(opened.services, tenant);
  return run;
}

export async function runNow(
  opened: Opened,
  options: CommonOptions & { wait?: string },
  wanted: { kind: Run['kind']; options: Run['options'] },
): Promise<Answer> {
  return answerOf(await runToEnd(opened, options, wanted));
}

/** Still queued behind another run, or failed: the same for every command; null when it came to its end. */
export function unfinished(run: Run): { text: string; exitCode: ExitCode } | null {
  if (run.state === 'queued' || run.state === 'running') {
    return {
      text: `Another run is still at work; run ${run.run_id} waits and will be done after it (runs show ${run.run_id}).`,
      exitCode: 1,
    };
  }
  // A person ended it: not everything is done, and nothing is broken.
  if (run.state === 'cleared') return { text: run.failure?.message ?? 'The run was cleared.', exitCode: 1 };
  if (run.failure === null) return null;
  const exitCode = run.failure.kind === 'vendor' ? 3 : run.failure.kind === 'wrong-use' ? 2 : 4;
  return { text: run.failure.message, exitCode };
}

/** What a tool answers whose run brought no result: its empty document, with the reason in it too. */
export function withoutResult(run: Run, empty: object, text: string): Answer {
  const stopped = unfinished(run);
  if (stopped === null) return { json: { ...empty, run: run.run_id }, text };
  const { text: message, exitCode } = stopped;
  return { json: { ...empty, run: run.run_id, error: { message, exitCode } }, ...stopped };
}

/** The document of sync and copy (design.md section 6). */
export function answerOf(run: Run): Answer {
  const report = reportOf(run);
  const rows = report?.rows ?? [];
  const json = { run: runView(run), transfers: mapRows(rows, transferView) };
  const stopped = unfinished(run);
  if (stopped !== null && report === null) return { json, ...stopped };
  if (stopped !== null && run.failure === null) return { json, ...stopped };
  const waits = Iterator.from(rows).some(
    (row) =>
      isRefused(row) ||
      (row.state !== 'skipped' &&
        (row.state === 'parked' || row.state === 'held' || row.problems.some((one) => one.who !== 'nobody'))),
  );
  return {
    json,
    text: report === null ? `Run ${run.run_id} is ${run.state}.` : () => renderReportText(report),
    exitCode: stopped?.exitCode ?? (waits ? 1 : 0),
  };
}
