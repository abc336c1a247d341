/** What the machine does to the program, with real processes: a second server, a database that dies, a pipe that closes, a disk that fills in mid-run, Ctrl-C. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/ports.ts';
import { PROGRAM } from '../support/program.ts';
import { faultsOf, makeWorld, type Ended, type World } from '../support/world.ts';

let world: World | null = null;
const cleaning: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).toReversed()) await clean();
  await world?.close();
  world = null;
});

async function until(holds: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  for (const end = Date.now() + ms; !(await holds()); await pause(50))
    if (Date.now() > end) throw new Error('it did not come to that');
}
const answers = (port: number) => (): Promise<boolean> =>
  fetch(`http://127.0.0.1:${String(port)}/healthz`).then(
    (reply) => reply.ok,
    () => false,
  );
function started(command: string, args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  const child = spawn(command, args, { env: { PATH: process.env['PATH'], ...env } });
  cleaning.push(() => child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (part: Buffer) => (said.stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (said.stderr += part.toString()));
  const ended = new Promise<Ended>((done) => child.on('close', (code, signal) => done({ code, signal, ...said })));
  return { child, ended };
}

describe('a second server on the same port', () => {
  it('says so and ends at once; the first goes on, and ends at Ctrl-C', async () => {
    world = await makeWorld({ invoices: 1 });
    const port = await freePort();
    const env = { ...world.env, LEDGERFERRY_PORT: String(port) };
    const first = started(process.execPath, [PROGRAM, 'serve'], env);
    await until(answers(port));
    const second = await started(process.execPath, [PROGRAM, 'serve'], env).ended;
    expect(second.stderr).toMatch(/The port is taken, probably by another Ledgerferry/);
    expect(second.code).toBe(4);
    expect(await answers(port)()).toBe(true);
    first.child.kill('SIGINT');
    expect((await first.ended).code).toBe(0);
  });
});

/** A server with a database of its own. */
async function serving() {
  const folder = mkdtempSync(join(tmpdir(), 'lf-served-'));
  cleaning.push(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const env = { LEDGERFERRY_DATA_DIR: folder, LEDGERFERRY_PORT: String(port) };
  const command = (...args: string[]): Promise<Ended> => started(process.execPath, [PROGRAM, ...args], env).ended;
  cleaning.push(() => command('database', 'stop'));
  const { child, ended } = started(process.execPath, [PROGRAM, 'serve'], env);
  const said = { log: '' };
  child.stderr.on('data', (part: Buffer) => (said.log += part.toString()));
  await until(() => said.log.includes('and its worker runs'));
  const isReady = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${String(port)}/readyz`).then(
      (reply) => reply.ok,
      () => false,
    );
  return { folder, child, ended, said, command, isReady };
}

describe('the embedded database under a server', () => {
  it('stopped, it waits for any command, which is said once and not many times a second', async () => {
    const { child, ended, said, command, isReady } = await serving();
    expect((await command('database', 'stop')).stdout).toBe('The database is stopped.\n');
    await until(async () => !(await isReady()));
    await pause(3_000);
    expect((await command('connection', 'list')).code).toBe(0);
    await until(isReady);
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
    expect(said.log.split('\n').filter((line) => line.includes('the schedule stands still')).length).toBe(1);
  });

  it('killed, it is started again by the server, which lives on', async () => {
    const { folder, child, said, isReady } = await serving();
    const [pid = ''] = readFileSync(join(folder, 'postgres/postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), 'SIGKILL');
    await until(() => said.log.includes('the embedded database had died and was started again'));
    await until(isReady);
    expect(child.exitCode).toBe(null);
  });
});

describe('a reader that has seen enough', () => {
  it('ends nothing and shows no stack', async () => {
    world = await makeWorld({ invoices: 1 });
    const script = '"$0" "$1" help index | true; "$0" "$1" settings show --json | head -c 1; echo " ended"';
    const { stdout, stderr } = await started('sh', ['-c', script, process.execPath, PROGRAM], world.env).ended;
    expect([stdout, stderr]).toEqual(['{ ended\n', '']);
  });
});

describe('a disk that is full behind the output', () => {
  it('is said in a sentence, with the exit code of a fault and no stack', async () => {
    world = await makeWorld({ invoices: 1 });
    const script =
      'for what in "links export" "invoices list --json" "help index"; do "$0" "$1" $what > /dev/full; echo "$?"; done; "$0" "$1" links export 2> /dev/full | head -c 0; echo "ended"';
    const { stdout, stderr } = await started('sh', ['-c', script, process.execPath, PROGRAM], world.env).ended;
    expect(stdout).toBe('4\n4\n4\nended\n');
    expect(stderr.trim().split('\n')).toEqual(
      Array(3).fill(
        expect.stringMatching(/^ledgerferry: The output could not be written: the disk is full\. .*again\.$/),
      ),
    );
  });
});

describe('the demo from another terminal', () => {
  it('answers every command with its own data folder, whatever the environment names besides', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lf-second-'));
    cleaning.push(() => rmSync(folder, { recursive: true, force: true }));
    const demo = started(process.execPath, [PROGRAM, 'demo', '--invoices', '3'], {
      LEDGERFERRY_PORT: String(await freePort()),
      TMPDIR: folder,
    });
    let told = '';
    demo.child.stderr.on('data', (piece) => (told += String(piece)));
    await until(() => Promise.resolve(told.includes('On another terminal')));
    const dataDir = /LEDGERFERRY_DATA_DIR=(\S+)/.exec(told)?.[1] ?? '';
    const env = { LEDGERFERRY_DATA_DIR: dataDir, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' };
    const tested = await started(process.execPath, [PROGRAM, 'connection', 'test', '--json'], env).ended;
    expect(JSON.parse(tested.stdout)).toMatchObject({ works: true });
    const synced = await started(process.execPath, [PROGRAM, 'invoices', 'sync', '--json'], env).ended;
    expect(JSON.parse(synced.stdout)).toMatchObject({ run: { state: 'finished' } });
    demo.child.kill('SIGINT');
    await demo.ended;
  }, 60_000);
});

describe('Ctrl-C', () => {
  it('in the middle of the demo leaves no process and no file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lf-ctrl-c-'));
    cleaning.push(() => rmSync(folder, { recursive: true, force: true }));
    const port = await freePort();
    const { child, ended } = started(process.execPath, [PROGRAM, 'demo', '--invoices', '200'], {
      LEDGERFERRY_PORT: String(port),
      TMPDIR: folder,
    });
    await until(answers(port));
    child.kill('SIGINT');
    expect([0, 130]).toContain((await ended).code);
    expect(readdirSync(folder)).toEqual([]);
    expect(spawnSync('pgrep', ['-f', folder], { encoding: 'utf8' }).stdout).toBe('');
  });
});

/** A small disk of its own, in a mount namespace that a sleeping process holds open. */
async function smallDisk(megabytes: number): Promise<{ folder: string; seen: string; within: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'lf-small-'));
  cleaning.push(() => rmSync(folder, { recursive: true, force: true }));
  const mount = `mount -t tmpfs -o size=${String(megabytes)}m tmpfs ${folder} && echo ready && exec sleep 600`;
  const { child } = started('unshare', ['--mount', 'sh', '-c', mount], {});
  await new Promise((done) => child.stdout.once('data', done));
  const pid = String(child.pid);
  return { folder, seen: `/proc/${pid}/root${folder}`, within: ['nsenter', `--mount=/proc/${pid}/ns/mnt`] };
}

function fill(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (let size = 1_048_576; size >= 1; size = Math.floor(size / 4)) {
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

const mayMount =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt && command -v nsenter']).status === 0;

describe.skipIf(!mayMount)('a disk that fills in mid-run (skipped where no small disk can be mounted)', () => {
  it('ends the run with the cause; once there is room, every invoice is there once', { timeout: 180_000 }, async () => {
    world = await makeWorld({ invoices: 300, scale: 1_000 });
    const { quickbooks, autotask, env } = world;
    const { folder, seen, within } = await smallDisk(330);
    const data = join(folder, 'data');
    mkdirSync(join(seen, 'data'));
    const { DATABASE_URL: _url, ...others } = env;
    const place = { ...others, LEDGERFERRY_DATA_DIR: data, AUTOTASK_SECRET: autotask.knobs.secret };
    const command = (...args: string[]): Promise<Ended> =>
      started(within[0] ?? '', [...within.slice(1), process.execPath, PROGRAM, ...args], place).ended;
    const done = async (...args: string[]): Promise<void> => {
      const { code, stderr } = await command(...args);
      expect([code, stderr]).toEqual([0, expect.anything()]);
    };
    cleaning.push(() => command('database', 'stop'));
    const { userName, integrationCode } = autotask.knobs;
    await done(
      'connection',
      'add',
      'Small',
      '--autotask-user',
      userName,
      '--autotask-integration-code',
      integrationCode,
    );
    const realm = world.realm.id;
    await done('connection', 'authorize', 'Small', '--code', quickbooks.grant(realm), '--realm', realm);
    const notBefore = new Date(Date.now() - 60 * 86_400_000).toISOString().slice(0, 10);
    await done(
      'settings',
      'set',
      `invoices.notBefore=${notBefore}`,
      'items.incomeAccount=Services',
      'connection.timeZone=UTC',
    );

    const syncing = command('invoices', 'sync', '--json');
    await until(() => quickbooks.counters.of('POST batch') > 2);
    fill(join(seen, 'filler'));
    const struck = await syncing;
    expect(struck.stderr).toMatch(/The disk of the database is full|The database went away/);
    expect(struck.code).toBe(4);
    const before = world.posted().size;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(300);

    rmSync(join(seen, 'filler'));
    const again = await command('invoices', 'sync', '--json');
    expect([again.code, again.stderr]).toEqual([0, expect.anything()]);
    expect(faultsOf(world)).toEqual([]);
  });
});
