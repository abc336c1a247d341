/** Clear in-process status: what holds it, whether it lives, and that a cleared worker writes nothing any more. */
import { afterEach, describe, expect, it } from 'vitest';
import { faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

interface Cleared {
  cleared: boolean;
  lives: boolean;
  holder: string | null;
  since: string | null;
}
const clear = async (...args: string[]): Promise<{ code: number | null; json: Cleared }> => {
  const done = await world.command(['runs', 'clear', ...args, '--json']);
  return { code: done.code, json: JSON.parse(done.stdout) as Cleared };
};

describe('clear in-process status', () => {
  it('a living run is cleared by force only, and can then write nothing', async () => {
    world = await makeWorld({ invoices: 20, scale: 100 });
    expect((await clear()).json).toMatchObject({ cleared: false, lives: false });
    // QuickBooks hangs, however slow this machine is, until the run was cleared: its worker lives and tries again.
    world.quickbooks.faults.push({
      method: 'GET',
      path: /\/query\?/,
      when: 'before',
      act: { kind: 'delay', ms: 400_000 },
      times: 1_000,
    });
    const child = world.spawnCli(['invoices', 'sync']);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (said += part.toString()));
    const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
    interface Connections {
      connections: { inProcess: { text: string; kind: string; lives: boolean } | null }[];
    }
    const busy = async () =>
      (JSON.parse((await world.command(['connection', 'list', '--json'])).stdout) as Connections).connections[0]
        ?.inProcess;
    for (let tries = 0; tries < 200 && (await busy()) == null; tries += 1)
      await new Promise((done) => setTimeout(done, 50));
    expect(await busy()).toMatchObject({ text: 'An invoice batch is currently in process.', lives: true });
    const kept = await clear();
    expect([kept.code, kept.json.cleared, kept.json.lives]).toEqual([1, false, true]);
    const forced = await clear('--force');
    expect([forced.code, forced.json.cleared]).toEqual([0, true]);
    world.quickbooks.faults.length = 0;
    // Who waited for it is told by whom it was ended, that nothing is lost, and what to do.
    expect(await ended).toBe(1);
    expect(said.replaceAll(/\s+/g, ' ')).toMatch(
      /the run was cleared by a person at the terminal before it had ended\. Nothing is lost or doubled.* ask for it again/,
    );
    const { run } = await world.sync();
    expect(run.state).toBe('finished');
    expect(faultsOf(world)).toEqual([]);
  }, 60_000);

  it('a dead worker’s run needs no clearing: the next one goes on', async () => {
    world = await makeWorld({ invoices: 5, scale: 100 });
    const killed = await world.cli(['invoices', 'sync'], { LEDGERFERRY_TEST_CRASH_AT: 'intent-committed' });
    expect(killed.signal).toBe('SIGKILL');
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('what a run had done before it was cleared stands in its report and its mail', async () => {
    world = await makeWorld({ invoices: 40, scale: 100 });
    await world.command(['settings', 'set', 'reports.mainAddress=books@msp.example']);
    const killed = await world.cli(['invoices', 'sync'], { LEDGERFERRY_TEST_CRASH_AT: 'report-composed' });
    expect(killed.signal).toBe('SIGKILL');
    expect((await clear('--force')).json.cleared).toBe(true);
    const listed = JSON.parse((await world.command(['runs', 'list', '--json'])).stdout) as { runs: { id: string }[] };
    const shown = await world.command(['runs', 'show', listed.runs[0]?.id ?? '', '--json']);
    const { run, report } = JSON.parse(shown.stdout) as {
      run: { state: string };
      report: { counts: { posted: number }; failure: string; rows: { isNew: boolean }[] };
    };
    expect(run.state).toBe('cleared');
    expect(report.failure).toMatch(/^Cleared by a person at the terminal before it had ended\. Nothing is lost/);
    expect(report.counts.posted).toBeGreaterThan(30);
    const { stdout } = await world.command(['outbox', 'list', '--json']);
    const { mails } = JSON.parse(stdout) as { mails: { subject: string; to: string[] }[] };
    expect(mails.filter((one) => one.to.includes('books@msp.example') && /cleared by/.test(one.subject))).toHaveLength(
      1,
    );
    // The next run claims none of it.
    expect((await world.sync()).report.counts.posted).toBe(0);
    expect(faultsOf(world)).toEqual([]);
  });
});
