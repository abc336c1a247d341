/** What lives on until Ctrl-C: the server with its worker, the worker alone, the demo. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusPage } from '../api/status-page.ts';
import { terminalOrganization } from '../engine/connecting.ts';
import type { Jobs } from '../engine/jobs.ts';
import { WrongUse } from '../engine/requests.ts';
import type { Worker } from '../engine/running.ts';
import { reportOf } from '../engine/views.ts';
import { renderReportText } from '../mail/compose-report.ts';
import { loadRun, loadRuns } from '../store/runs.ts';
import { withTenant } from '../store/tenant.ts';
import { startDemo, type Demo } from './demo.ts';
import { answerOf } from './run-now.ts';
import { openServices } from './open.ts';
import { clearProgress, progressLine } from './progress.ts';
import { ownerAddress } from './people-commands.ts';
import { textOf, type ExitCode } from './output.ts';
import type { Registry } from './registry.ts';
import type { DemoFlags } from './server-commands.ts';

/**
 * Resolves at Ctrl-C, or when whoever started us goes. A terminal sends the signal to all of a group, and `bin/run.mjs` hands
 * its own on: the second one must not end us in the middle of tidying up.
 */
const untilStopped = (): Promise<void> =>
  new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done());
  });

function tell(text: string): void {
  clearProgress();
  process.stderr.write(`${text}\n`);
}

/** The greater part of the program, loaded while the database starts: that is another process' work. */
const loadPages = async () => {
  const [{ startServer }, { createSignIn }] = await Promise.all([
    import('../api/server.ts'),
    import('../api/sign-in/sign-in.ts'),
  ]);
  return { startServer, createSignIn };
};
const startJobs = async (worker: Worker): Promise<Jobs> => (await import('../engine/jobs.ts')).startJobs(worker);

/** Runs `work`; whatever it opened is closed again in the opposite order, also where a later step fails. */
async function closingAfter(work: (later: (close: () => Promise<unknown>) => void) => Promise<void>): Promise<void> {
  const closers: (() => Promise<unknown>)[] = [];
  try {
    await work((close) => closers.push(close));
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

export const serve = (withWorker: boolean): Promise<void> =>
  closingAfter(async (later) => {
    const [{ startServer, createSignIn }, opened] = await Promise.all([loadPages(), openServices(process.env)]);
    later(() => opened.close());
    for (const warning of opened.services.database.warnings) tell(warning);
    const organizationId = await terminalOrganization(opened.services);
    const worker = withWorker ? { services: opened.services, mailer: opened.mailer, say: () => undefined } : null;
    const signIn = await createSignIn(opened.services);
    later(() => signIn.close());
    const server = await startServer({
      services: opened.services,
      organizationId,
      worker,
      mailer: opened.mailer,
      signIn,
      isDemo: false,
      status: () => Promise.resolve({ banner: null, progress: null, report: null }),
    });
    later(() => server.close());
    if (worker !== null) {
      const jobs = await startJobs(worker);
      later(() => jobs.stop());
    }
    const ownerLink = (await signIn.hasPeople()) ? null : await signIn.ownerLink(organizationId);
    // From here on nothing that the database does ends the server.
    tell(`Ledgerferry answers at ${server.url}${withWorker ? ', and its worker runs' : ''}. Ctrl-C ends it.`);
    if (ownerLink !== null)
      tell(
        `Nobody can sign in yet. The first owner opens this link (once, within a day):\n  ${ownerAddress(opened.services.config, ownerLink)}`,
      );
    const stop = new AbortController();
    const forgetting = signIn.forgetDaily(stop.signal);
    later(async () => {
      stop.abort();
      await forgetting;
    });
    await untilStopped();
  });

export const worker = (): Promise<void> =>
  closingAfter(async (later) => {
    const opened = await openServices(process.env);
    later(() => opened.close());
    const jobs = await startJobs({ services: opened.services, mailer: opened.mailer, say: () => undefined });
    later(() => jobs.stop());
    tell('The worker runs. Ctrl-C ends it.');
    await untilStopped();
  });

function whole(text: string, name: string, most: number): number {
  if (!/^\d{1,7}$/.test(text) || Number(text) > most)
    throw new WrongUse(`${name} takes a whole number up to ${String(most)}, not "${text}".`);
  return Number(text);
}

/** Ctrl-C at any moment removes the demo with its database, in the middle of a sync too. */
export async function demo(registry: Registry, flags: DemoFlags): Promise<void> {
  const stopped = untilStopped();
  const line = progressLine(flags.json === true);
  let progress: StatusPage['progress'] = { step: 'making the demo’s world', done: 0, total: 0 };
  const say = (step: string, done: number, total: number): void => {
    progress = { step, done, total };
    line(step, done, total);
  };
  const world = { seed: whole(flags.seed, '--seed', 9_999_999), invoices: whole(flags.invoices, '--invoices', 20_000) };
  const [started, pages] = await Promise.all([
    startDemo({ ...world, say }, process.env),
    flags.once === true ? null : loadPages(),
  ]);
  const is = { stopped: false, through: false };
  void stopped.then(() => {
    is.stopped = true;
    // What a run says that is cut off here is no news.
    started.opened.services.log.level = 'silent';
  });
  await closingAfter(async (later) => {
    later(() => started.close());
    const server = pages === null ? null : await serveDemo(started, pages, () => progress, later);
    const work = async (): Promise<void> => {
      const exitCode = await syncTwice(registry, started, flags, () => (progress = null));
      is.through = true;
      if (server !== null) {
        const folder = `LEDGERFERRY_DATA_DIR=${started.opened.services.config.dataDir}`;
        tell(`\nOpen ${server.url} in a browser. Ctrl-C ends the demo and removes it.`);
        tell(`On another terminal: ${folder} npm run --silent ledgerferry -- invoices list`);
        await stopped;
      }
      registry.leave(exitCode);
    };
    const ended = new AbortController();
    await Promise.race([work().finally(() => ended.abort()), stopped.then(() => tidiesUp(ended.signal))]);
  });
  // Stopped in the middle, the sync's own waits would keep the process alive.
  if (is.stopped && !is.through) process.exit(INTERRUPTED);
}

async function serveDemo(
  started: Demo,
  { startServer, createSignIn }: Awaited<ReturnType<typeof loadPages>>,
  progress: () => StatusPage['progress'],
  later: (close: () => Promise<unknown>) => void,
): Promise<{ readonly url: string }> {
  const { services } = started.opened;
  const signIn = await createSignIn(services);
  later(() => signIn.close());
  const server = await startServer({
    services,
    organizationId: started.organizationId,
    worker: { services, mailer: null, say: () => undefined },
    signIn,
    isDemo: true,
    status: () => demoStatus(started, progress()),
  });
  // A page that is open holds its stream; nobody waits for it.
  later(() => Promise.race([server.close(), sleep(TIDY_MS)]));
  tell(`The demo answers at ${server.url} and is syncing now.`);
  return server;
}

/** One sync, told; a second one that must write nothing; and both sandboxes' own word on it. */
async function syncTwice(
  registry: Registry,
  started: Demo,
  flags: DemoFlags,
  firstDone: () => void,
): Promise<ExitCode> {
  const first = await started.sync();
  firstDone();
  const before = started.writes();
  await started.sync();
  const check = started.check(started.writes() - before);
  const answer = answerOf(first);
  const report = reportOf(first);
  const proof = `Checked against both sandboxes: ${String(check.posted)} of ${String(check.eligible)} posted, ${String(check.doubled)} doubled, ${String(check.lost)} lost, ${String(check.differences)} different; a second sync wrote ${String(check.secondRunWrites)} times.`;
  const json = { ...(answer.json as Record<string, unknown>), check };
  registry.print(
    { json, text: `${report === null ? textOf(answer) : renderReportText(report, 60)}\n${proof}` },
    flags.json === true,
  );
  return check.doubled + check.lost + check.differences === 0 ? 0 : 4;
}

const INTERRUPTED = 130;
const TIDY_MS = 1_000;

/** What was at its end anyway closes its server first; a sync in the middle is not waited for. */
const tidiesUp = (ended: AbortSignal): Promise<unknown> =>
  sleep(TIDY_MS, undefined, { signal: ended }).catch(() => undefined);

async function demoStatus(demoWorld: Demo, progress: StatusPage['progress']): Promise<StatusPage> {
  const finished = await withTenant(demoWorld.opened.services.database, demoWorld.tenant, async (tx) => {
    const first = (await loadRuns(tx, 5)).findLast((run) => run.state === 'finished');
    return first === undefined ? null : loadRun(tx, first.run_id);
  });
  return {
    banner: 'This is the demo: two sandboxes stand in for Autotask and QuickBooks, and all companies are made up.',
    progress,
    report: finished === null ? null : reportOf(finished),
  };
}
