/** Many seeds: the first broken invariant ends it, is shrunk and printed in full, its seed last. */
import { planOf, type Plan } from './plan.ts';
import { simulate, type Outcome, type Rig } from './simulate.ts';

/** A summary of one seed, for people and for pipes. */
export async function runOne(rig: Rig, seed: string, withTrace: boolean): Promise<number> {
  const outcome = await simulate(rig, planOf(seed), withTrace ? (line) => process.stdout.write(`${line}\n`) : null);
  const out = withTrace ? process.stderr : process.stdout;
  out.write(`${summary(outcome)}\n`);
  return outcome.violations.length === 0 ? 0 : 1;
}

export function summary(outcome: Outcome): string {
  return [
    `seed ${outcome.plan.seed}: ${outcome.violations.length === 0 ? 'every invariant holds' : 'BROKEN'}`,
    ...outcome.violations.map((one) => `  broken ${one}`),
    `  ${Object.entries(outcome.counts)
      .map(([name, count]) => `${name} ${String(count)}`)
      .join(
        ', ',
      )}; ${String(outcome.statements)} statements, ${String(Math.round(outcome.virtualMs / 1000))} s of virtual time`,
    `  struck: ${[...outcome.struck].map(([name, count]) => `${name} x${String(count)}`).join(', ') || 'nothing'}`,
    `  trace ${outcome.traceHash}`,
  ].join('\n');
}

class Tally {
  seeds = 0;
  readonly broken: string[] = [];
  readonly struck = new Map<string, number>();
  readonly counts = new Map<string, number>();
  readonly #begin = performance.now();
  readonly #cpu = process.cpuUsage();

  add(outcome: Outcome): void {
    this.seeds += 1;
    if (outcome.violations.length > 0) this.broken.push(outcome.plan.seed);
    for (const [name, count] of outcome.struck) this.struck.set(name, (this.struck.get(name) ?? 0) + count);
    for (const [name, count] of Object.entries(outcome.counts))
      this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  report(): string {
    const cpu = process.cpuUsage(this.#cpu);
    const seconds = (performance.now() - this.#begin) / 1000;
    const kinds = [...this.struck].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return [
      `${String(this.seeds)} seeds in ${seconds.toFixed(0)} s, ${((cpu.user + cpu.system) / 1000 / Math.max(this.seeds, 1)).toFixed(0)} ms of processor time each`,
      `reached: ${[...this.counts].map(([name, count]) => `${name} ${String(count)}`).join(', ')}`,
      `struck: ${kinds.map(([name, count]) => `${name} ${String(count)}`).join(', ')}`,
    ].join('\n');
  }
}

async function tryAll(
  rig: Rig,
  seeds: Iterable<string>,
  goesOn: () => boolean,
  stopsAtFirst = true,
): Promise<{ tally: Tally; failed: Outcome | null }> {
  const tally = new Tally();
  for (const seed of seeds) {
    if (!goesOn()) break;
    const outcome = await simulate(rig, planOf(seed));
    tally.add(outcome);
    if (outcome.violations.length > 0) {
      if (stopsAtFirst) return { tally, failed: outcome };
      process.stdout.write(`${summary(outcome)}\n`);
    }
    if (tally.seeds % 25 === 0) process.stderr.write(`${String(tally.seeds)} seeds, the last was ${seed}\n`);
  }
  return { tally, failed: null };
}

async function conclude(rig: Rig, { tally, failed }: { tally: Tally; failed: Outcome | null }): Promise<number> {
  process.stdout.write(`${tally.report()}\n`);
  if (failed === null) return 0;
  process.stdout.write(`${summary(failed)}\n`);
  const shrunk = await shrink(rig, failed);
  process.stdout.write(`shrunk to:\n${JSON.stringify(shrunk.plan, null, 1)}\n${summary(shrunk)}\n`);
  process.stdout.write(`failing seed: ${failed.plan.seed}\n`);
  return 1;
}

export async function runCampaign(rig: Rig, from: number, to: number, keepsGoing: boolean): Promise<number> {
  const seeds = Array.from({ length: to - from + 1 }, (_unused, index) => String(from + index));
  if (keepsGoing) {
    const { tally } = await tryAll(rig, seeds, () => true, false);
    process.stdout.write(`${tally.report()}\n`);
    if (tally.broken.length > 0) process.stdout.write(`failing seeds: ${tally.broken.join(', ')}\n`);
    return tally.broken.length === 0 ? 0 : 1;
  }
  return conclude(rig, await tryAll(rig, seeds, () => true));
}

function* fresh(base: string): Generator<string> {
  for (let index = 1; ; index += 1) yield `${base}-${String(index)}`;
}

/** As many fresh seeds as fit; fewer than `least` is a failure too: a proof that did not run proves nothing. */
export async function runMinutes(rig: Rig, minutes: number, least: number, base: string): Promise<number> {
  const until = performance.now() + minutes * 60_000;
  process.stderr.write(`base of the seeds: ${base}\n`);
  const done = await tryAll(rig, fresh(base), () => performance.now() < until);
  const code = await conclude(rig, done);
  process.stdout.write(`seeds ${base}-1 to ${base}-${String(done.tally.seeds)}\n`);
  if (code !== 0 || done.tally.seeds >= least) return code;
  process.stdout.write(`fewer than ${String(least)} seeds fitted\n`);
  return 1;
}

const SHRINK_MAX = 60;

/** Drops faults, then people, then companies' invoices, one by one, as long as an invariant of the same number stays broken. */
export async function shrink(rig: Rig, failed: Outcome): Promise<Outcome> {
  const numbers = new Set(failed.violations.map((one) => one.split(':')[0]));
  let best = failed;
  let tries = 0;
  const attempt = async (plan: Plan): Promise<boolean> => {
    if ((tries += 1) > SHRINK_MAX) return false;
    const outcome = await simulate(rig, plan).catch(() => null);
    if (outcome === null || !outcome.violations.some((one) => numbers.has(one.split(':')[0]))) return false;
    best = outcome;
    return true;
  };
  for (const key of ['faults', 'acts'] as const)
    for (let index = best.plan[key].length - 1; index >= 0; index -= 1)
      await attempt({ ...best.plan, [key]: best.plan[key].filter((_unused, at) => at !== index) });
  for (let workers = 1; workers < best.plan.workers; workers += 1) if (await attempt({ ...best.plan, workers })) break;
  for (const index of best.plan.connections.keys()) {
    for (const invoices of [1, 2]) {
      const connections = best.plan.connections.map((one, at) =>
        at === index && one.invoices > invoices ? { ...one, invoices } : one,
      );
      if (await attempt({ ...best.plan, connections })) break;
    }
  }
  return best;
}
