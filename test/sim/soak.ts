/**
 * A year of three companies, or two weeks of fifty, on virtual time: invoices and payments on every working day, an ordinary
 * number of faults, and the oracle at the end. Besides: the tables stay as small as retention says, the schedule does not
 * slip, what lives in memory does not grow.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { terminalOrganization } from '../../src/engine/connecting.ts';
import { crashPoints } from '../../src/engine/crash-points.ts';
import type { Services } from '../../src/engine/services.ts';
import { verifyAudit } from '../../src/store/audit.ts';
import { withTenant } from '../../src/store/tenant.ts';
import { summary } from './campaign.ts';
import type { Kernel } from './kernel.ts';
import { WRITES, type Act, type ConnectionPlan, type Fault, type NetworkKind, type Plan } from './plan.ts';
import { Random } from './random.ts';
import { simulate, type Rig } from './simulate.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const INTERVAL_MINUTES = 60;
/** The product looks every ten seconds; a year of that would be nothing but looking. */
const SWEEP_MS = 5 * MINUTE_MS;
const RETENTION_DAYS = 90;
const LOOKS = 12;
/** After so many days every kind of row has met its age limit: 90 days, the audit log by whole months. */
const SETTLED_DAYS = 125;
/** Rows at the end beside those of the first settled look: chance of faults and calendar, no growth. */
const GROWTH_MAX = 1.25;
/** Bytes that live after the whole time beside those after its first days. */
const LEAK_MAX = 4_000_000;

interface Look {
  readonly day: number;
  readonly rows: ReadonlyMap<string, number>;
}

/** Prints what it saw; 0 when every invariant holds and nothing grew or slipped. */
export async function soak(rig: Rig, days: number, connections: number): Promise<number> {
  const early = await heapAfter(rig, soakPlan(4, connections));
  const plan = soakPlan(days, connections);
  const looks: Look[] = [];
  const broken: string[] = [];
  const begin = performance.now();
  const outcome = await simulate(rig, plan, null, {
    everyMs: plan.activeMs / LOOKS,
    look: async (kernel) => {
      const look = { day: (kernel.now - kernel.startedAt) / DAY_MS, rows: await tableSizes(rig) };
      looks.push(look);
      process.stderr.write(
        `${((performance.now() - begin) / 1000).toFixed(0)} s, day ${look.day.toFixed(0)}: ${sizesText(look)}\n`,
      );
      if (looks.length === LOOKS && days > 8) broken.push(...(await slips(rig, kernel)));
    },
    atEnd: async ({ worker, through, forget }) => {
      broken.push(...(await auditFaults(worker.services, through)));
      forget();
      const late = liveHeap();
      process.stdout.write(`heap: ${megabytes(early)} after four days, ${megabytes(late)} after all\n`);
      if (late - early > LEAK_MAX)
        broken.push(`memory: ${megabytes(late - early)} more live after ${String(days)} days`);
    },
  });
  broken.push(...growth(looks));
  process.stdout.write(`${summary(outcome)}\n${broken.map((one) => `  broken ${one}\n`).join('')}`);
  process.stdout.write(
    `${String(days)} days x ${String(connections)} in ${((performance.now() - begin) / 1000).toFixed(0)} s\n`,
  );
  return outcome.violations.length + broken.length === 0 ? 0 : 1;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** What lives in the product's processes after a few days, the vendors forgotten. */
async function heapAfter(rig: Rig, plan: Plan): Promise<number> {
  let heap = 0;
  await simulate(rig, plan, null, {
    everyMs: plan.activeMs,
    look: () => Promise.resolve(),
    atEnd: ({ forget }) => {
      forget();
      heap = liveHeap();
      return Promise.resolve();
    },
  });
  return heap;
}

async function auditFaults(services: Services, through: <T>(work: Promise<T>) => Promise<T>): Promise<string[]> {
  const organizationId = await through(terminalOrganization(services));
  const found = await through(withTenant(services.database, { organizationId }, (tx) => verifyAudit(tx, undefined)));
  process.stdout.write(`audit log: ${String(found.lines)} lines, ${String(found.pruned)} taken by retention\n`);
  return found.faults.map((one) => `audit log: ${JSON.stringify(one)}`);
}

/** The kinds of rows that are no ledger: at the end no more of them than when the first were old enough to go. */
function growth(looks: readonly Look[]): string[] {
  const settled = looks.find((one) => one.day >= SETTLED_DAYS);
  const last = looks.at(-1);
  if (settled === undefined || last === undefined || last === settled) return [];
  return BOUNDED.flatMap((name) => {
    const [before = 0, after = 0] = [settled.rows.get(name), last.rows.get(name)];
    return after > Math.max(before, 20) * GROWTH_MAX
      ? [
          `${name}: ${String(before)} rows on day ${settled.day.toFixed(0)}, ${String(after)} on day ${last.day.toFixed(0)}`,
        ]
      : [];
  });
}

export function soakPlan(days: number, count: number): Plan {
  const random = new Random(`soak ${String(days)}x${String(count)}`);
  return {
    seed: `soak-${String(days)}x${String(count)}`,
    connections: Array.from({ length: count }, (_unused, index): ConnectionPlan => ({
      numbering: (['quickbooks', 'autotask-id', 'autotask-number'] as const)[index % 3] ?? 'quickbooks',
      tax: index % 2 === 0 ? 'us-none' : 'us-manual',
      invoices: 4,
      linesMax: 4,
      obstacles: false,
      review: false,
      mailCustomers: false,
      voids: true,
      intervalMinutes: INTERVAL_MINUTES,
      lagMs: 0,
    })),
    workers: 2,
    requestId: 'replay',
    startAt: '2026-11-24T16:00:00Z',
    activeMs: days * DAY_MS,
    vendorSkewMs: 0,
    driftPpm: 100,
    faults: ordinaryFaults(random, days, count),
    acts: workingDays(random, days, count),
    sweepMs: SWEEP_MS,
    retentionDays: RETENTION_DAYS,
  };
}

/** Each working day every company approves one to three invoices, and most days a customer pays. */
function workingDays(random: Random, days: number, count: number): Act[] {
  const acts: Act[] = [];
  for (let day = 3; day < days; day += 1) {
    if (day % 7 > 4) continue;
    for (let connection = 0; connection < count; connection += 1) {
      const at = (): number => day * DAY_MS + random.whole(0, 9 * HOUR_MS);
      acts.push({ kind: 'new-invoices', at: at(), connection, which: random.next() });
      if (random.chance(0.7)) acts.push({ kind: 'payment', at: at(), connection, which: random.next() });
    }
  }
  return acts.toSorted((a, b) => a.at - b.at);
}

const netKinds: readonly NetworkKind[] = [
  'answer-lost',
  'answer-reset',
  'cut-mid-body',
  'late',
  'request-lost',
  'refused-connection',
  'delivered-twice',
  'throttled-with-time',
  'error-after',
  'maintenance',
  'unauthorized',
];

/** Some trouble in each week: a lost answer, a process that dies or stops, a storm, a database that is started again. */
function ordinaryFaults(random: Random, days: number, count: number): Fault[] {
  const faults: Fault[] = [];
  const weeks = Math.ceil(days / 7);
  const at = (): number => random.whole(0, days * DAY_MS);
  for (let week = 0; week < weeks; week += 1) {
    faults.push({
      kind: random.pick(netKinds),
      operation: random.pick([...WRITES, 'invoices', 'mark', 'changes']),
      connection: random.whole(0, count - 1),
      skip: random.whole(0, week * 5),
      times: random.whole(1, 3),
      amount: random.next(),
    });
    faults.push({ kind: 'kill-at-point', point: random.pick(crashPoints), nth: week * 5 + 1, backAfter: 60_000 });
    faults.push({
      kind: 'freeze-at-await',
      worker: random.whole(0, 1),
      nth: random.whole(1_000, 200_000),
      ms: random.pick([50_000, 400_000]),
    });
    if (week % 4 === 1)
      faults.push({
        kind: 'storm',
        vendor: random.pick(['autotask', 'quickbooks']),
        at: at(),
        ms: random.whole(1, 10) * MINUTE_MS,
        status: random.pick([429, 503]),
      });
    if (week % 4 === 2) faults.push({ kind: 'database-restart', at: at(), ms: 5_000 });
    if (week % 4 === 3) faults.push({ kind: 'tokens-expire', at: at(), connection: 0 });
  }
  return faults;
}

const LEDGERS_RUNS = 'runs of the ledger';
const OPEN_HISTORY = 'history but for last lines';
const BOUNDED = ['runs', 'outbox', 'audit_log', 'vendor_usage', 'problem_log', 'alerts', OPEN_HISTORY];

/** Rows of each kind; the server tidies up meanwhile, as one with autovacuum does by itself. */
async function tableSizes(rig: Rig): Promise<ReadonlyMap<string, number>> {
  await rig.rows('vacuum analyze');
  const count = async (text: string): Promise<number> => Number((await rig.rows<{ n: string }>(text))[0]?.n ?? 0);
  const tables = await rig.rows<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  );
  const sizes = new Map<string, number>();
  for (const { name } of tables) sizes.set(name, await count(`select count(*) as n from "${name}"`));
  // A run that the ledger names keeps its row, without its report; an invoice at rest keeps the last line of its history.
  const named = await count(
    `select count(*) as n from runs r where exists (select from batches b where b.run_id = r.run_id)
       or exists (select from transfers t where t.run_id = r.run_id)`,
  );
  sizes.set(LEDGERS_RUNS, named);
  sizes.set('runs', (sizes.get('runs') ?? 0) - named);
  sizes.set(OPEN_HISTORY, (sizes.get('transfer_events') ?? 0) - (sizes.get('transfers') ?? 0));
  return sizes;
}

const sizesText = (look: Look): string =>
  [...look.rows]
    .filter(([, rows]) => rows > 0)
    .map(([name, rows]) => `${name} ${String(rows)}`)
    .join(', ');

/** In the last week each company's runs began an interval apart, and a look of the scheduler at most. */
async function slips(rig: Rig, kernel: Kernel): Promise<string[]> {
  const week = 7 * DAY_MS;
  const rows = await rig.rows<{ name: string; runs: string }>(
    `select c.name, count(r.run_id) as runs from connections c left join runs r
       on r.connection_id = c.connection_id and r.kind = 'automatic' and r.requested_at > $1
     group by c.name order by c.name`,
    [new Date(kernel.now - week)],
  );
  const most = week / (INTERVAL_MINUTES * MINUTE_MS) + 1;
  // A storm or a restart may cost a run or two.
  const least = Math.floor(week / (INTERVAL_MINUTES * MINUTE_MS + SWEEP_MS)) - 3;
  const runs = rows.map((row) => Number(row.runs));
  process.stdout.write(
    `scheduled runs of each company in the last week: ${String(Math.min(...runs))} to ${String(Math.max(...runs))}\n`,
  );
  return rows
    .filter((row) => Number(row.runs) < least || Number(row.runs) > most)
    .map((row) => `schedule: ${row.name} ran ${row.runs} times in the last week`);
}

/** Bytes of what is reachable. */
function liveHeap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
