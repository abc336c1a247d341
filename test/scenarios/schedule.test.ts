/** The worker's schedule, the mail server, and the mistakes of people: real processes all. */
import { SMTPServer } from 'smtp-server';
import { simpleParser, type ParsedMail } from 'mailparser';
import { afterEach, describe, expect, it } from 'vitest';
import { startScriptedServer } from '../../src/mail/testing/mail-servers.ts';
import { showSettings } from '../../src/engine/connecting.ts';
import { dueConnections, runConnection } from '../../src/engine/jobs.ts';
import { takeLease } from '../../src/engine/lease.ts';
import { requestRun } from '../../src/engine/requests.ts';
import { loadConnection } from '../../src/store/connections.ts';
import { loadRun } from '../../src/store/runs.ts';
import { withTenant } from '../../src/store/tenant.ts';
import { addLike, faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const until = async (is: () => boolean, ms: number): Promise<void> => {
  for (const end = Date.now() + ms; !is();) {
    if (Date.now() > end) throw new Error('it did not happen in time');
    await new Promise((done) => setTimeout(done, 100));
  }
};

describe('the worker', () => {
  it('syncs by itself when the status is sync, and stands still when it is paused', async () => {
    world = await makeWorld({ invoices: 6, scale: 100, settings: { 'sync.intervalMinutes': '1' } });
    const worker = world.spawnCli(['worker']);
    await new Promise((done) => setTimeout(done, 4_000));
    expect(world.posted().size).toBe(0);
    await world.set({ 'sync.status': 'sync' });
    await until(() => world.posted().size === 6, 100_000);
    await until(() => faultsOf(world).length === 0, 100_000);
    const ended = new Promise((done) => worker.once('exit', done));
    worker.kill('SIGTERM');
    await ended;
  });

  it('goes on with what a killed one left, long before the next automatic run is due', async () => {
    world = await makeWorld({
      invoices: 20,
      scale: 20,
      settings: { 'sync.intervalMinutes': '1440', 'sync.status': 'sync' },
    });
    world.autotask.knobs.latencyMs = 4_000;
    const first = world.spawnCli(['worker']);
    await until(() => world.posted().size > 0, 60_000);
    const ended = new Promise((done) => first.once('exit', done));
    first.kill('SIGKILL');
    await ended;
    expect(faultsOf(world)).not.toEqual([]);
    world.autotask.knobs.latencyMs = 0;
    const second = world.spawnCli(['worker']);
    // The next automatic run is 72 minutes of this test's time away.
    await until(() => faultsOf(world).length === 0, 90_000);
    const closed = new Promise((done) => second.once('exit', done));
    second.kill('SIGTERM');
    await closed;
  });

  it('waits with “next batch” until there is an invoice, sends that batch at the scheduled time, and is off', async () => {
    world = await makeWorld({ invoices: 1, scale: 300, settings: { 'sync.intervalMinutes': '5' } });
    await world.sync();
    const { services, mailer } = world.opened;
    const worker = { services, mailer, say: () => undefined };
    const status = async (): Promise<string | undefined> =>
      (await showSettings(services, world.tenant)).settings['sync.status'];
    /** What a worker's sweep does, once the next scheduled time has come. */
    const atTheNextTime = async (): Promise<void> => {
      const { next_run_at: at } = await withTenant(services.database, world.tenant, (tx) =>
        tx.selectFrom('connections').select('next_run_at').executeTakeFirstOrThrow(),
      );
      await new Promise((done) => setTimeout(done, (at?.getTime() ?? 0) - Date.now() + 50));
      expect(await dueConnections(worker)).toEqual([world.tenant]);
      await runConnection(worker, world.tenant);
    };
    const [model = 0] = world.msp.postable;
    await world.set({ 'sync.status': 'next-batch' });
    await atTheNextTime();
    expect([await status(), world.posted().size]).toEqual(['next-batch', 1]);
    addLike(world, model, 90_001);
    await runConnection(worker, world.tenant);
    expect(world.posted().has(90_001)).toBe(false);
    await atTheNextTime();
    expect([await status(), world.posted().has(90_001)]).toEqual(['paused', true]);
    const { versions } = JSON.parse((await world.command(['settings', 'history', '--json'])).stdout) as {
      versions: { by: string; changes: unknown[] }[];
    };
    expect(versions[0]).toMatchObject({
      by: 'next-batch',
      changes: [{ key: 'sync.status', from: 'next-batch', to: 'paused' }],
    });
    addLike(world, model, 90_002);
    await atTheNextTime();
    expect(world.posted().has(90_002)).toBe(false);
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('keeps “next batch” until the whole batch is through, where a run of it stops in the middle', async () => {
    world = await makeWorld({ invoices: 14, scale: 1000, settings: { 'sync.status': 'next-batch' } });
    const status = async (): Promise<string | undefined> =>
      (await showSettings(world.opened.services, world.tenant)).settings['sync.status'];
    world.autotask.faults.push({
      method: 'PATCH',
      path: /Invoices/,
      when: 'before',
      act: { kind: 'reply', status: 502, body: '<html></html>' },
    });
    const stopped = await world.automatic();
    expect([stopped.run.state, world.posted().size, await status()]).toEqual(['failed', 14, 'next-batch']);
    world.autotask.faults.length = 0;
    const through = await world.automatic();
    expect([through.run.state, through.report.counts.posted, await status()]).toEqual(['finished', 0, 'paused']);
    expect(faultsOf(world)).toEqual([]);
    // Chosen anew it waits for a batch of its own.
    await world.set({ 'sync.status': 'next-batch' });
    await world.automatic();
    expect(await status()).toBe('next-batch');
    world.autotask.knobs.secret = 'changed in Autotask';
    expect((await world.automatic()).run.state).toBe('failed');
    expect(await status()).toBe('next-batch');
  });

  it('brings what was asked for while another run was at work, as soon as that one is through, by the settings of then', async () => {
    world = await makeWorld({ invoices: 4, scale: 300, settings: { 'sync.intervalMinutes': '1440' } });
    const { services } = world.opened;
    const worker = { services, mailer: world.opened.mailer, say: () => undefined };
    const mine = async (): Promise<boolean> =>
      (await dueConnections(worker)).some((one) => one.connectionId === world.tenant.connectionId);
    // From here on nothing is due by itself for minutes. It was due at once, by a clock that the next look at the database's may
    // set back by a little: then there is nothing to do yet.
    const nextRunAt = async (): Promise<number> =>
      (
        await withTenant(services.database, world.tenant, (tx) => loadConnection(tx, world.tenant.connectionId))
      )?.next_run_at?.getTime() ?? 0;
    do await runConnection(worker, world.tenant);
    while ((await nextRunAt()) < Date.now() + 60_000);
    const lease = await takeLease(services, world.tenant, 'another');
    const runId = await requestRun(services, world.tenant, { kind: 'sync-now', options: {}, by: 'test' });
    expect(await mine()).toBe(false);
    await world.set({ 'sync.review': 'on' });
    await lease?.release();
    expect(await mine()).toBe(true);
    await runConnection(worker, world.tenant);
    expect(await withTenant(services.database, world.tenant, (tx) => loadRun(tx, runId))).toMatchObject({
      state: 'finished',
    });
    expect(world.posted().size).toBe(0);
    expect(await mine()).toBe(false);
  });

  it('makes one further copy where it is asked for twice at once', async () => {
    world = await makeWorld({ invoices: 2, scale: 300 });
    await world.sync();
    const { services } = world.opened;
    const [invoiceId = 0] = world.msp.postable;
    const ask = (): Promise<string> =>
      requestRun(services, world.tenant, { kind: 'manual-copy', options: { invoiceId, overwrite: true }, by: 'test' });
    const asked = await Promise.allSettled([ask(), ask()]);
    expect(asked.map((one) => one.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(asked.find((one) => one.status === 'rejected')?.reason).toMatchObject({
      name: 'Busy',
      message: expect.stringContaining('under way already'),
    });
    await runConnection({ services, mailer: null, say: () => undefined }, world.tenant);
    expect(world.posted().get(invoiceId)).toHaveLength(2);
  });

  it('is off after the batch too when the worker died with the run’s last word', async () => {
    world = await makeWorld({ invoices: 1, scale: 200, settings: { 'sync.status': 'next-batch' } });
    await requestRun(world.opened.services, world.tenant, { kind: 'automatic', options: {}, by: 'schedule' });
    const killed = await world.cli(['invoices', 'sync'], { LEDGERFERRY_TEST_CRASH_AT: 'run-ended' });
    expect([killed.signal, world.posted().size]).toEqual(['SIGKILL', 1]);
    expect((await showSettings(world.opened.services, world.tenant)).settings['sync.status']).toBe('paused');
  });
});

describe('mails', () => {
  it('one to each address, with text, HTML and CSV; none when nothing happened', async () => {
    const mails: ParsedMail[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, _session, done) =>
        void simpleParser(stream).then((mail) => {
          mails.push(mail);
          done();
        }),
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.server.address();
    world = await makeWorld({
      invoices: 3,
      obstacles: true,
      smtpUrl: `smtp://127.0.0.1:${String(address !== null && typeof address === 'object' ? address.port : 0)}`,
      settings: { 'reports.to': 'second@msp.example' },
    });
    try {
      await world.sync({ emails: ['third@msp.example', 'books@msp.example'] });
      const addressOf = (mail: ParsedMail): string => (Array.isArray(mail.to) ? '' : (mail.to?.text ?? ''));
      const first = mails.splice(
        mails.findIndex((mail) => mail.subject?.includes('first sync')),
        1,
      );
      expect(first.map(addressOf)).toEqual(['books@msp.example']);
      expect(first[0]?.text).toContain('Billing code');
      expect(mails.map(addressOf).toSorted()).toEqual(['books@msp.example', 'second@msp.example', 'third@msp.example']);
      expect(mails[0]?.subject).toContain('3 invoices are in QuickBooks');
      expect(mails[0]?.text).toContain('What is in the way');
      expect(String(mails[0]?.html)).toContain('<table');
      expect(mails[0]?.attachments[0]?.content.toString('utf8')).toContain('Autotask');
      expect(JSON.stringify(mails)).not.toContain('sandbox-secret');
    } finally {
      await new Promise<void>((done) => server.close(done));
    }
  });

  it('that may have arrived are told as such and never sent a second time', async () => {
    const server = await startScriptedServer({ end: 'vanish' });
    try {
      world = await makeWorld({ invoices: 1, smtpUrl: `smtp://127.0.0.1:${String(server.port)}` });
      expect((await world.sync()).run.state).toBe('finished');
      await world.sync();
      const listed = JSON.parse((await world.command(['outbox', 'list', '--json'])).stdout) as {
        mails: { state: string; lastError: string }[];
      };
      expect(listed.mails.map((mail) => mail.state)).toEqual(['failed', 'failed']);
      expect(listed.mails[0]?.lastError).toContain('may have arrived');
      expect(server.heard.filter((line) => line.startsWith('MAIL FROM')).length).toBe(2);
    } finally {
      await server.close();
    }
  });

  it('are kept where no mail server is configured, and recorded as failed where it does not answer', async () => {
    world = await makeWorld({ invoices: 1, smtpUrl: 'smtp://127.0.0.1:1' });
    const { run } = await world.sync();
    expect(run.state).toBe('finished');
    const listed = JSON.parse((await world.command(['outbox', 'list', '--json'])).stdout) as {
      mails: { state: string }[];
    };
    expect(listed.mails.map((mail) => mail.state)).toEqual(['failed', 'failed']);
  });
});

const addressesOf = (many: number): string =>
  Array.from({ length: many }, (_, at) => `a${String(at)}@b.example`).join();

describe('the mistakes of people', () => {
  it('get a sentence each, with the agreed exit code, and change nothing', async () => {
    world = await makeWorld({ invoices: 1 });
    const cases: [args: string[], code: number, says: RegExp, env?: Record<string, string>][] = [
      [['invoices', 'synk'], 2, /synk/],
      [['invoices', 'synk', '--json'], 2, /"exitCode":2/],
      [['invoices', '--json'], 2, /"exitCode":2/],
      [['connection', 'add', 'new', '--json'], 2, /"message":"required option '--autotask-user/],
      [['settings', 'set', 'invoices.numbring=quickbooks'], 2, /Did you mean invoices\.numbering/],
      [['settings', 'set', 'invoices.maxAgeDays=400'], 2, /whole number from 1 to 365/],
      [['settings', 'set', 'pdf.attach=true'], 2, /not available yet/],
      [['settings', 'set', 'invoices.notBefore=2026-13-01'], 2, /a date such as 2026-03-31/],
      [['invoices', 'copy'], 2, /Say which invoice/],
      [['invoices', 'copy', 'INV-7'], 2, /not an Autotask invoice id/],
      [['invoices', 'copy', '999999'], 2, /no invoice with the id 999999/],
      [['invoices', 'preview', '999999'], 2, /no invoice with the id/],
      [['invoices', 'sync', '--email', 'nobody'], 2, /not an e-mail address/],
      [['invoices', 'sync', '--connection', 'Other'], 2, /no connection "Other".*Test/],
      [['runs', 'show', 'x'], 2, /not the id of a run; ids stand in: ledgerferry runs list/],
      [['errors', 'show', 'x'], 2, /not the id of an error; ids stand in: ledgerferry errors list/],
      [['outbox', 'show', 'x'], 2, /not the id of a mail; ids stand in: ledgerferry outbox list/],
      [
        ['links', 'import', 'no such.csv'],
        2,
        /no such\.csv cannot be read: there is no such file; looked for at \/.*no such\.csv\. Give/,
      ],
      [['invoices', 'copy', String(world.msp.postable[0]), '--mail-customer'], 2, /--mail-customer with --overwrite/],
      [['invoices', 'approve', '7', '--all'], 2, /not both/],
      [['payments', 'sync', '--since', '2099-01-01'], 2, /lies in the future/],
      [['settings', 'set', 'invoices.maxAgeDays=7', 'invoices.maxAgeDays=8'], 2, /named twice/],
      [['settings', 'set', 'tax.tolerance=100.01'], 2, /at most 100\.00/],
      [['settings', 'set', 'invoices.notBefore=9999-12-31'], 2, /from 1970-01-01 to 2099-12-31/],
      [['settings', 'set', `reports.to=${addressesOf(51)}`], 2, /at most 50/],
      [['settings', 'import', '/dev/zero'], 2, /\/dev\/zero is not a file/],
      [['links', 'import', '/dev/zero'], 2, /\/dev\/zero is not a file/],
      [['connection', 'authorize', '--redirect-uri', 'not a uri'], 2, /"not a uri" is not a redirect address/],
      [['connection', 'authorize', '--print-url', '--redirect-uri', 'ftp://x/y'], 2, /is not a redirect address/],
      [
        ['connection', 'add', 'new', '--autotask-user', 'api@msp.example', '--autotask-integration-code', 'x'],
        2,
        /secret is missing/,
        { AUTOTASK_SECRET: ' ' },
      ],
      [
        ['connection', 'add', 'new', '--autotask-user', 'api@msp.example', '--autotask-integration-code', ''],
        2,
        /integration code is empty/,
        { AUTOTASK_SECRET: 'x' },
      ],
      [
        ['connection', 'add', 'new', '--autotask-user', 'api@msp.example', '--autotask-integration-code', 'x'],
        2,
        /The secret holds a line break or tab \(at position 4\)/,
        { AUTOTASK_SECRET: 'abc\ndef\n' },
      ],
      [
        ['connection', 'add', 'new', '--autotask-user', 'api@msp.example', '--autotask-integration-code', 'x’'],
        2,
        /The integration code holds a character that Autotask never gives \(at position 2\)/,
        { AUTOTASK_SECRET: 'x' },
      ],
      [
        ['settings', 'show', '--connection', `a\u001b[31m\u202e${'b'.repeat(2_000)}`],
        2,
        /^(?!.*[\u001b\u202e]).*characters left out/su,
      ],
      [['invoices', 'hold', '999999'], 1, /On hold: none.\nNot 999999: Autotask shows no invoice with this id/],
      [['invoices', 'mark-done', '999999'], 1, /Done without posting: none/],
      [
        ['connection', 'add', 'new', '--autotask-user', 'api@msp.example', '--autotask-integration-code', 'x'],
        2,
        /AUTOTASK_SECRET/,
        {},
      ],
      [
        ['connection', 'add', 'new', '--autotask-user', 'nobody@msp.example', '--autotask-integration-code', 'x'],
        3,
        /no API user of this name/,
        { AUTOTASK_SECRET: 'x' },
      ],
      [
        [
          'connection',
          'add',
          'new',
          '--autotask-user',
          'api@msp.example',
          '--autotask-integration-code',
          'SANDBOXINTEGRATIONCODE12345',
        ],
        3,
        /refused the credentials/,
        { AUTOTASK_SECRET: 'wrong' },
      ],
      [['connection', 'list'], 2, /LEDGERFERRY_PORT/, { LEDGERFERRY_PORT: 'many' }],
      [
        ['connection', 'list'],
        4,
        /database.*cannot be used/i,
        { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' },
      ],
      [['connection', 'test'], 3, /QuickBooks/, { LEDGERFERRY_QBO_API_URL: 'http://127.0.0.1:1' }],
      [['connection', 'authorize', '--code', 'made-up', '--realm', '4620816365000000000'], 3, /invalid_grant/],
      [['connection', 'authorize', '--code', 'made-up', '--realm', '77'], 2, /belongs to another QuickBooks company/],
      [['serve'], 2, /LEDGERFERRY_API_TOKEN/, { LEDGERFERRY_HOST: '0.0.0.0', LEDGERFERRY_API_TOKEN: '' }],
    ];
    const check = async ([args, code, says, env]: (typeof cases)[number]): Promise<void> => {
      // Where the environment is the point, as a process of its own.
      const done = await (env === undefined ? world.command(args) : world.cli(args, env));
      expect(`${args.join(' ')}: ${String(done.code)}`).toBe(`${args.join(' ')}: ${String(code)}`);
      expect(done.stderr + done.stdout, args.join(' ')).toMatch(says);
      if (args.includes('--json')) expect(JSON.parse(done.stdout), args.join(' ')).toHaveProperty('error.message');
    };
    for (let at = 0; at < cases.length; at += 4) await Promise.all(cases.slice(at, at + 4).map(check));
    expect(world.posted().size).toBe(0);
  }, 600_000);
});
