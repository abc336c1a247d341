/** What one seed means, as plain data: companies, processes, faults, people. The shrinker takes away from it, piece by piece. */
import { crashPoints } from '../../src/engine/crash-points.ts';
import { Random } from './random.ts';

/** What a request is for; faults name it. */
export type Operation =
  | 'create'
  | 'batch'
  | 'create-name'
  | 'look-up'
  | 'list'
  | 'changes'
  | 'company'
  | 'token'
  | 'mail'
  | 'invoices'
  | 'lines'
  | 'mark'
  | 'source-list';

/** Whose sending is one that creates something in QuickBooks. */
export const WRITES: readonly Operation[] = ['batch', 'create'];

export type NetworkKind =
  | 'answer-lost'
  | 'answer-reset'
  | 'cut-mid-body'
  | 'request-lost'
  | 'refused-connection'
  | 'late'
  | 'delivered-twice'
  | 'slow'
  | 'throttled'
  | 'throttled-with-time'
  | 'error-before'
  | 'error-after'
  | 'maintenance'
  | 'unauthorized'
  | 'forbidden'
  | 'garbage'
  | 'items-refused'
  | 'items-stored-then-fault'
  | 'items-missing'
  | 'items-unknown-bid'
  | 'items-shuffled'
  | 'batch-refused';

export interface Frozen {
  readonly ms: number;
  /** The machine as a whole sleeps or is paused: the process's clock stands still too. */
  readonly isAsleep?: boolean;
}

export type Fault =
  | {
      readonly kind: NetworkKind;
      readonly operation: Operation;
      readonly connection: number;
      readonly skip: number;
      readonly times: number;
      /** Milliseconds, a body's share or a pattern, as the kind needs. */
      readonly amount: number;
    }
  | {
      readonly kind: 'storm';
      readonly vendor: 'autotask' | 'quickbooks';
      readonly at: number;
      readonly ms: number;
      readonly status: number;
    }
  | { readonly kind: 'kill-at-point'; readonly point: string; readonly nth: number; readonly backAfter: number }
  | ({ readonly kind: 'freeze-at-point'; readonly point: string; readonly nth: number } & Frozen)
  | { readonly kind: 'kill-at-await'; readonly worker: number; readonly nth: number; readonly backAfter: number }
  | ({ readonly kind: 'freeze-at-await'; readonly worker: number; readonly nth: number } & Frozen)
  | { readonly kind: 'kill-in-recovery'; readonly worker: number; readonly nth: number; readonly backAfter: number }
  | {
      readonly kind: 'commit-lost' | 'session-killed' | 'conflict' | 'disk-full';
      readonly nth: number;
      readonly times: number;
    }
  | { readonly kind: 'database-restart'; readonly at: number; readonly ms: number }
  | { readonly kind: 'tokens-expire' | 'access-revoked'; readonly at: number; readonly connection: number }
  | { readonly kind: 'mail-delayed' | 'mail-uncertain' | 'mail-refused'; readonly nth: number; readonly times: number };

export type ActKind =
  | 'sync-now'
  | 'sync-twice'
  | 'copy'
  | 'overwrite'
  | 'settings'
  | 'clear-mark'
  | 'hold'
  | 'release'
  | 'mark-done'
  | 'approve'
  | 'decide'
  | 'void-in-autotask'
  | 'new-invoices'
  | 'edit-in-quickbooks'
  | 'void-in-quickbooks'
  | 'delete-in-quickbooks'
  | 'edit-note'
  | 'payment'
  | 'payment-undone'
  | 'number-taken'
  | 'void-pass'
  | 'payment-pass'
  | 'clear-run'
  | 'pause'
  | 'line-late'
  | 'look';

export interface Act {
  readonly kind: ActKind;
  /** Milliseconds after the start. */
  readonly at: number;
  readonly connection: number;
  /** Which of those that it may be done to: a share of the list, so that it means something when the list is shorter. */
  readonly which: number;
}

export interface ConnectionPlan {
  readonly numbering: 'quickbooks' | 'autotask-id' | 'autotask-number';
  readonly tax: 'us-none' | 'us-manual';
  readonly invoices: number;
  readonly linesMax: number;
  readonly obstacles: boolean;
  readonly review: boolean;
  readonly mailCustomers: boolean;
  readonly voids: boolean;
  readonly intervalMinutes: number;
  readonly lagMs: number;
}

export interface Plan {
  readonly seed: string;
  readonly connections: readonly ConnectionPlan[];
  readonly workers: number;
  readonly requestId: 'replay' | 'replay-per-item' | 'error-6000' | 'ignored' | 'forgotten';
  readonly startAt: string;
  /** Faults and people act during this time; then all is left alone. */
  readonly activeMs: number;
  readonly vendorSkewMs: number;
  readonly driftPpm: number;
  readonly faults: readonly Fault[];
  readonly acts: readonly Act[];
  /** A soak looks for due connections less often than the product, and keeps history for less than a year. */
  readonly sweepMs?: number;
  readonly retentionDays?: number;
}

const MINUTE = 60_000;
const READINGS = ['replay', 'replay-per-item', 'error-6000', 'ignored', 'forgotten'] as const;
/** The second of the two days in a year on which a clock in the United States is moved, and days like any other. */
const DAYS = [
  '2026-11-01T05:30:00Z',
  '2026-03-08T07:30:00Z',
  '2026-11-24T16:00:00Z',
  '2026-12-31T23:50:00Z',
  '2027-02-28T22:00:00Z',
];

const lostAfterCommit: readonly NetworkKind[] = ['answer-lost', 'answer-reset', 'cut-mid-body', 'late'];
const anyNetwork: readonly NetworkKind[] = [
  ...lostAfterCommit,
  'request-lost',
  'refused-connection',
  'delivered-twice',
  'slow',
  'throttled',
  'throttled-with-time',
  'error-before',
  'error-after',
  'maintenance',
  'unauthorized',
  'forbidden',
  'garbage',
];
const batchKinds: readonly NetworkKind[] = [
  'items-refused',
  'items-stored-then-fault',
  'items-missing',
  'items-unknown-bid',
  'items-shuffled',
  'batch-refused',
];
const quickbooksOperations: readonly Operation[] = [
  'create',
  'batch',
  'create-name',
  'look-up',
  'list',
  'changes',
  'company',
  'token',
  'mail',
];
const autotaskOperations: readonly Operation[] = ['invoices', 'lines', 'mark', 'source-list'];

/** Older seeds keep their plans: the reports and regressions that name them stay true. */
export const AIMED_FROM = 30_001;
/** Numbered seeds from there on, and the fresh ones of a time (`BASE-17`). */
const mayAim = (seed: string): boolean => (/^\d+$/.test(seed) ? Number(seed) >= AIMED_FROM : /-\d+$/.test(seed));

export function planOf(seed: string): Plan {
  const plan = randomPlan(seed);
  const random = new Random(`aim ${seed}`);
  return mayAim(seed) && random.chance(0.6) ? asleep(aimed(plan, random)) : plan;
}

/** Half of those that are stopped are so with their machine: for minutes, and before the gate, where it still can be noticed. */
function asleep(plan: Plan): Plan {
  const random = new Random(`asleep ${plan.seed}`);
  const faults = plan.faults.map((fault) => {
    if ((fault.kind !== 'freeze-at-point' && fault.kind !== 'freeze-at-await') || random.chance(0.5)) return fault;
    const slept = { ...fault, isAsleep: true, ms: random.pick([300_000, 420_000]) };
    if (!('point' in slept) || slept.point !== 'before-send') return slept;
    // The first intents are names, which QuickBooks takes once anyway.
    return { ...slept, point: 'intent-committed', nth: slept.nth + 2 };
  });
  return { ...plan, faults };
}

function randomPlan(seed: string): Plan {
  const random = new Random(`plan ${seed}`);
  const activeMs = random.whole(2, 10) * MINUTE;
  const connections = Array.from({ length: 3 }, () => connectionOf(random));
  const workers = random.pick([1, 2, 2, 2, 3]);
  const count = random.whole(3, 8);
  const faults = Array.from({ length: count }, () => faultOf(random, activeMs, workers));
  // At least three in five schedules hold an answer that is lost after the commit; these make sure of it.
  if (random.chance(0.65)) faults[0] = lostAnswer(random);
  const acts = Array.from({ length: random.whole(0, 8) }, () => actOf(random, activeMs));
  return {
    seed,
    connections,
    workers,
    requestId: random.pick(READINGS),
    startAt: random.pick(DAYS),
    activeMs,
    vendorSkewMs: random.pick([0, 0, -90_000, 45_000, 600_000]),
    driftPpm: random.pick([0, 100, -200, 500]),
    faults,
    acts: acts.toSorted((a, b) => a.at - b.at),
  };
}

function connectionOf(random: Random): ConnectionPlan {
  return {
    numbering: random.pick(['quickbooks', 'quickbooks', 'autotask-id', 'autotask-number']),
    tax: random.pick(['us-none', 'us-manual']),
    invoices: random.chance(0.15) ? random.whole(8, 25) : random.whole(1, 5),
    linesMax: random.chance(0.1) ? 12 : 3,
    obstacles: random.chance(0.15),
    review: random.chance(0.1),
    mailCustomers: random.chance(0.15),
    voids: random.chance(0.5),
    intervalMinutes: random.pick([2, 3, 5, 10]),
    lagMs: random.chance(0.5) ? 0 : random.whole(1, 60) * 1000,
  };
}

function lostAnswer(random: Random): Fault {
  return networkFault(random, random.pick(lostAfterCommit), random.pick(['create', 'batch', 'batch']));
}

function networkFault(random: Random, kind: NetworkKind, operation: Operation): Fault {
  return {
    kind,
    operation,
    connection: random.whole(0, 2),
    skip: random.pick([0, 0, 0, 1, 2]),
    times: random.pick([1, 1, 1, 2, 3]),
    amount: random.next(),
  };
}

const share = (random: Random, activeMs: number): number => Math.floor(random.next() * activeMs);

function faultOf(random: Random, activeMs: number, workers: number): Fault {
  const backAfter = random.whole(1, 90) * 1000;
  switch (
    random.pick([
      'network',
      'network',
      'network',
      'source',
      'batch',
      'storm',
      'point',
      'point',
      'await',
      'recovery',
      'freeze',
      'sql',
      'sql',
      'restart',
      'tokens',
      'mail',
    ] as const)
  ) {
    case 'network':
      return networkFault(
        random,
        random.pick(anyNetwork),
        random.pick(random.chance(0.6) ? WRITES : quickbooksOperations),
      );
    case 'source':
      return networkFault(random, random.pick(anyNetwork), random.pick(autotaskOperations));
    case 'batch':
      return networkFault(random, random.pick(batchKinds), 'batch');
    case 'storm':
      return {
        kind: 'storm',
        vendor: random.pick(['autotask', 'quickbooks']),
        at: share(random, activeMs),
        ms: random.whole(1, 10) * MINUTE,
        status: random.pick([429, 503]),
      };
    case 'point':
      return { kind: 'kill-at-point', point: random.pick(crashPoints), nth: random.pick([1, 1, 1, 2, 3]), backAfter };
    case 'await':
      return { kind: 'kill-at-await', worker: random.whole(0, workers - 1), nth: random.whole(10, 900), backAfter };
    case 'recovery':
      return { kind: 'kill-in-recovery', worker: random.whole(0, workers - 1), nth: random.whole(5, 120), backAfter };
    case 'freeze':
      return {
        kind: 'freeze-at-await',
        worker: random.whole(0, workers - 1),
        nth: random.whole(10, 900),
        ms: random.pick([15_000, 50_000, 70_000, 120_000, 400_000]),
      };
    case 'sql':
      return {
        kind: random.pick(['commit-lost', 'commit-lost', 'session-killed', 'conflict', 'disk-full']),
        nth: random.whole(5, 400),
        times: random.pick([1, 1, 2, 5]),
      };
    case 'restart':
      return { kind: 'database-restart', at: share(random, activeMs), ms: random.pick([200, 5_000, 60_000]) };
    case 'tokens':
      return {
        kind: random.pick(['tokens-expire', 'tokens-expire', 'access-revoked']),
        at: share(random, activeMs),
        connection: random.whole(0, 2),
      };
    case 'mail':
      return {
        kind: random.pick(['mail-delayed', 'mail-uncertain', 'mail-refused']),
        nth: random.whole(1, 3),
        times: random.pick([1, 2, 4]),
      };
  }
}

const acts: readonly ActKind[] = [
  'sync-now',
  'sync-now',
  'sync-twice',
  'copy',
  'overwrite',
  'settings',
  'clear-mark',
  'hold',
  'release',
  'mark-done',
  'approve',
  'decide',
  'void-in-autotask',
  'new-invoices',
  'new-invoices',
  'edit-in-quickbooks',
  'void-in-quickbooks',
  'delete-in-quickbooks',
  'edit-note',
  'payment',
  'payment',
  'payment-undone',
  'number-taken',
  'void-pass',
  'payment-pass',
  'clear-run',
  'pause',
  'line-late',
];

function actOf(random: Random, activeMs: number): Act {
  return { kind: random.pick(acts), at: share(random, activeMs), connection: random.whole(0, 2), which: random.next() };
}

/**
 * Chance alone seldom meets the one instant at which a line of defence is all there is. An aimed plan is a random one with
 * that instant put into it: a stop just before the bytes leave, a commit that comes minutes later, a shuffled batch of many,
 * tokens that end while several processes look.
 */
function aimed(plan: Plan, random: Random): Plan {
  const connection = random.whole(0, 2);
  const many = plan.connections.map((one, index) =>
    index === connection ? { ...one, invoices: random.whole(6, 14), review: false, obstacles: false } : one,
  );
  const strike = (kind: NetworkKind, operation: Operation, amount: number): Fault => ({
    kind,
    operation,
    connection,
    skip: 0,
    times: random.whole(1, 3),
    amount,
  });
  const rest = plan.faults.slice(3);
  switch (random.pick(['late', 'shuffled', 'stopped', 'stopped', 'tokens', 'marks'] as const)) {
    case 'late':
      return {
        ...plan,
        requestId: random.pick(['ignored', 'forgotten']),
        faults: [...WRITES.map((operation) => strike('late', operation, 0.5 + random.next() / 2)), ...rest],
      };
    case 'shuffled':
      return { ...plan, connections: many, faults: [strike('items-shuffled', 'batch', random.next()), ...rest] };
    case 'stopped':
      return {
        ...plan,
        // QuickBooks numbers: a second copy is not refused for its number.
        connections: many.map((one) => ({ ...one, numbering: 'quickbooks' as const })),
        workers: Math.max(2, plan.workers),
        requestId: random.pick(['ignored', 'forgotten']),
        activeMs: Math.max(plan.activeMs, 9 * MINUTE),
        faults: [
          {
            kind: 'freeze-at-point',
            point: random.pick([
              'intent-committed',
              'before-send',
              'before-send',
              'looked-up',
              'answered',
              'mark-sent',
            ]),
            nth: random.whole(1, 4),
            ms: random.pick([60_000, 120_000, 300_000, 420_000]),
          },
          ...rest,
        ],
      };
    case 'tokens':
      return { ...plan, ...tokensAtOnce(plan, random, connection) };
    case 'marks':
      return {
        ...plan,
        faults: [strike(random.pick(['request-lost', 'error-before', 'maintenance']), 'mark', random.next()), ...rest],
      };
  }
}

/** The access ends while a run is at work and people look at invoices of the same company. */
function tokensAtOnce(plan: Plan, random: Random, connection: number): Pick<Plan, 'faults' | 'acts'> {
  const at = share(random, plan.activeMs);
  const act = (kind: ActKind, after: number): Act => ({ kind, at: at + after, connection, which: random.next() });
  const looks = Array.from({ length: 3 }, () => act('look', random.whole(1, 2_000)));
  return {
    faults: [{ kind: 'tokens-expire', at, connection }, ...plan.faults.slice(2)],
    acts: [...plan.acts, act('sync-now', 0), ...looks].toSorted((a, b) => a.at - b.at),
  };
}
