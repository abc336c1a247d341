/** The embedded PostgreSQL, for real: every case that a laptop, a container or a hard kill brings. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainFolder } from '../../src/store/embedded/failure.ts';
import { startEmbedded, stopEmbedded } from '../../src/store/embedded/launcher.ts';
import { isPostgres, liveServer } from '../../src/store/embedded/server-process.ts';

const launcher = join(import.meta.dirname, '../../src/store/embedded/launcher.ts');
const isRoot = process.getuid?.() === 0;

let folder: string;
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lf-ground-'));
  dataDir = join(folder, 'data');
});
afterEach(async () => {
  await stopEmbedded(dataDir);
  rmSync(folder, { recursive: true, force: true });
});

const childScript = `import { startEmbedded } from ${JSON.stringify(launcher)};
try { const { reused, host } = await startEmbedded(process.argv[1]); console.log(JSON.stringify({ reused, host })); }
catch (error) { console.log(JSON.stringify({ error: error.message })); }`;
const childArgs = (): string[] => [
  '--disable-warning=ExperimentalWarning',
  '--input-type=module',
  '-e',
  childScript,
  dataDir,
];

interface Told {
  readonly reused?: boolean;
  readonly host?: string;
  readonly error?: string;
}

/** Starts the server from a process of its own, which then ends. */
function startInChild(env: Record<string, string> = {}, prefix: readonly string[] = []): Promise<Told> {
  const [command = '', ...args] = [...prefix, process.execPath, ...childArgs()];
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  return new Promise((done) => child.on('close', () => done(JSON.parse(out) as Told)));
}

async function query(text: string, at?: string): Promise<pg.QueryResult<Record<string, unknown>>> {
  const host = at ?? (await startEmbedded(dataDir)).host;
  const client = new pg.Client({ host, port: 5432, user: 'ledgerferry', database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

const postmaster = (): number => Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
/** A hard kill, and the moment that the kernel needs to carry it out. */
async function killServer(): Promise<number> {
  const pid = postmaster();
  process.kill(pid, 'SIGKILL');
  while (liveServer(join(dataDir, 'postgres')) !== null) await pause(5);
  return pid;
}
const message = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it started',
    (error: unknown) => (error instanceof Error ? error.message : 'unknown'),
  );

/** A process that runs until it is ended. */
const sleeper = (): ChildProcess => spawn('sleep', ['60'], { stdio: 'ignore' });

describe('a full disk', () => {
  it('under a ledger is told with room as the cure: another folder would begin an empty one', () => {
    const data = join(folder, 'of-a-ledger');
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    expect(explainFolder(data, full).message).toMatch(/the disk is full\. Choose another LEDGERFERRY_DATA_DIR/);
    mkdirSync(join(data, 'postgres'), { recursive: true });
    writeFileSync(join(data, 'postgres/PG_VERSION'), '18');
    const { message } = explainFolder(data, full);
    expect(message).toMatch(
      /the disk is full\. Your ledger is there and whole: make room on that disk, then run the same/,
    );
    expect(message).not.toContain('LEDGERFERRY_DATA_DIR');
  });
});

describe('the embedded database', () => {
  it('outlives the command that started it, is reused by the next, and listens nowhere but in its own folder', async () => {
    expect(await startInChild()).toMatchObject({ reused: false });
    const again = await startEmbedded(dataDir);
    expect(again.reused).toBe(true);
    expect(again.password).toBeNull();
    expect(statSync(again.host).mode & 0o777).toBe(0o700);
    const { rows } = await query('show listen_addresses', again.host);
    expect(rows).toEqual([{ listen_addresses: '' }]);
    expect((await query('show data_checksums')).rows).toEqual([{ data_checksums: 'on' }]);
    expect((await query('show fsync')).rows).toEqual([{ fsync: 'on' }]);
  });

  it('stops when asked, and says when there was nothing to stop', async () => {
    const server = await startEmbedded(dataDir);
    const pid = postmaster();
    expect(isPostgres(pid, join(dataDir, 'postgres'))).toBe(true);
    expect(await server.stop()).toBe(true);
    // Not by a signal: a dead process that its parent has not buried yet still takes one.
    expect(isPostgres(pid, join(dataDir, 'postgres'))).toBe(false);
    await expect(query('select 1', server.host)).rejects.toThrow();
    expect(await stopEmbedded(dataDir)).toBe(false);
    expect(await stopEmbedded(join(folder, 'never'))).toBe(false);
  });

  it('is started once by four commands at once', async () => {
    const told = await Promise.all([1, 2, 3, 4].map(() => startInChild()));
    expect(told.map((one) => one.error)).toEqual([undefined, undefined, undefined, undefined]);
    expect(told.filter((one) => one.reused === false)).toHaveLength(1);
  });

  it('keeps every acknowledged row through a hard kill', async () => {
    await query('create table kept (n int); insert into kept select generate_series(1, 1000)');
    await killServer();
    expect((await query('select count(*)::int as n from kept')).rows).toEqual([{ n: 1000 }]);
  });

  it('waits for the children of a killed server before it touches their files', async () => {
    const { host } = await startEmbedded(dataDir);
    const client = new pg.Client({ host, port: 5432, user: 'ledgerferry', database: 'postgres' });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const orphan = rows[0]?.pid ?? 0;
    // A backend that computes does not look for its dead postmaster.
    const busy = client.query('select count(*) from generate_series(1, 100000000000)').catch(() => undefined);
    await pause(200);
    await killServer();
    let started = false;
    const start = startEmbedded(dataDir).then((server) => ((started = true), server));
    await pause(1_500);
    expect(started).toBe(false);
    process.kill(orphan, 'SIGKILL');
    expect((await start).reused).toBe(false);
    await busy;
    await client.end().catch(() => undefined);
  });

  it('is not fooled by a stale process number that another process has by now', async () => {
    await query('create table kept (n int)');
    const pid = await killServer();
    const other = sleeper();
    const file = join(dataDir, 'postgres/postmaster.pid');
    writeFileSync(file, readFileSync(file, 'utf8').replace(String(pid), String(other.pid)));
    expect(await stopEmbedded(dataDir)).toBe(false);
    expect((await startEmbedded(dataDir)).reused).toBe(false);
    expect((await query('select * from kept')).rows).toEqual([]);
    expect(other.exitCode).toBeNull();
    other.kill();
  });

  it('takes over the lock of a starter that died, at once', async () => {
    mkdirSync(dataDir);
    const dead = spawnSync('true');
    writeFileSync(join(dataDir, 'postgres.lock'), `${String(dead.pid)} 12345`);
    const before = performance.now();
    expect((await startEmbedded(dataDir)).reused).toBe(false);
    expect(performance.now() - before).toBeLessThan(60_000);
    expect(existsSync(join(dataDir, 'postgres.lock'))).toBe(false);
  });

  it('begins anew where a first start was killed half-way', async () => {
    mkdirSync(join(dataDir, 'postgres.new/base'), { recursive: true });
    writeFileSync(join(dataDir, 'postgres.new/PG_VERSION'), '18\n');
    expect((await startEmbedded(dataDir)).reused).toBe(false);
    expect(existsSync(join(dataDir, 'postgres.new'))).toBe(false);
  });

  it('refuses the files of another major version, and leaves them alone', async () => {
    mkdirSync(join(dataDir, 'postgres'), { recursive: true });
    writeFileSync(join(dataDir, 'postgres/PG_VERSION'), '17\n');
    expect(await message(startEmbedded(dataDir))).toMatch(
      /made by PostgreSQL 17; this program brings 18 .*LEDGERFERRY_DATA_DIR/,
    );
    expect(readFileSync(join(dataDir, 'postgres/PG_VERSION'), 'utf8')).toBe('17\n');
  });

  it('works under a path that is too long for a socket', async () => {
    dataDir = join(folder, 'x'.repeat(120), 'data');
    const { host } = await startEmbedded(dataDir);
    expect(host.startsWith(tmpdir())).toBe(true);
    expect((await query('select 1 as one', host)).rows).toEqual([{ one: 1 }]);
    await stopEmbedded(dataDir);
    rmSync(host, { recursive: true, force: true });
  });

  it('knows its server under another spelling of the same folder', async () => {
    await startEmbedded(dataDir);
    expect((await startEmbedded(`${folder}/./data/../data`)).reused).toBe(true);
  });

  it('starts again when its socket was swept away', async () => {
    const { host } = await startEmbedded(dataDir);
    rmSync(host, { recursive: true });
    expect((await startEmbedded(dataDir)).reused).toBe(false);
    expect((await query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('says in words why a folder cannot be used', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await message(startEmbedded(join(folder, 'file/data')))).toMatch(
      /cannot be started in .*file\/data: a part of the path is a file.*LEDGERFERRY_DATA_DIR.*DATABASE_URL/,
    );
  });

  it('says in words that this system has no embedded database', async () => {
    const real = process.arch;
    Object.defineProperty(process, 'arch', { value: 'riscv64' });
    try {
      expect(await message(startEmbedded(dataDir))).toMatch(
        /no embedded PostgreSQL for this system \(.*riscv64\)\. Set DATABASE_URL/,
      );
    } finally {
      Object.defineProperty(process, 'arch', { value: real });
    }
  });
});

describe.runIf(isRoot && process.platform === 'linux')('the embedded database of root', () => {
  /** A PATH in which user namespaces are forbidden, as in a container. */
  function withoutNamespaces(): string {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    return `${bin}:${process.env['PATH'] ?? ''}`;
  }
  const ownerOf = (pid: number): number => statSync(`/proc/${String(pid)}`).uid;

  it('runs as nobody where user namespaces are forbidden, and again as root’s where they are allowed', async () => {
    const PATH = withoutNamespaces();
    chmodSync(folder, 0o755);
    const told = await startInChild({ PATH });
    expect(told).toMatchObject({ reused: false });
    expect(ownerOf(postmaster())).toBe(65_534);
    await query('create table kept (n int)', told.host);
    await stopEmbedded(dataDir);
    expect((await query('select * from kept')).rows).toEqual([]);
    await stopEmbedded(dataDir);
    expect(await startInChild({ PATH })).toMatchObject({ reused: false });
    expect((await query('select * from kept')).rows).toEqual([]);
  });

  it('runs as nobody also under a folder that only root enters', async () => {
    chmodSync(folder, 0o700);
    const told = await startInChild({ PATH: withoutNamespaces() });
    expect(told).toMatchObject({ reused: false });
    expect(ownerOf(postmaster())).toBe(65_534);
    expect((await query('select 1 as one', told.host)).rows).toEqual([{ one: 1 }]);
  });

  it('says in words that the disk is full', async () => {
    dataDir = join(folder, 'small/data');
    mkdirSync(join(folder, 'small'));
    const mount = `mount -t tmpfs -o size=20m tmpfs ${join(folder, 'small')} && exec "$@"`;
    const told = await startInChild({}, ['unshare', '--mount', 'sh', '-c', mount, 'sh']);
    expect(told.error).toMatch(/has only \d+ MB left; the database needs 200/);
  });
});
