/** A mail once more: because a person asked, because a process died, or because the server asked for patience; never otherwise. */
import { afterEach, describe, expect, it } from 'vitest';
import { createSignIn } from '../../src/api/sign-in/sign-in.ts';
import { startServer } from '../../src/api/server.ts';
import { mailNow, resendMail } from '../../src/engine/mailing.ts';
import {
  startMailServer,
  startScriptedServer,
  type MailServer,
  type Script,
} from '../../src/mail/testing/mail-servers.ts';
import { loadOutbox } from '../../src/store/outbox.ts';
import { withTenant } from '../../src/store/tenant.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const outbox = () => withTenant(world.opened.services.database, world.tenant, (tx) => loadOutbox(tx, 50));

describe('sending a mail again', () => {
  it('reaches the same address with the same words, and both stand in the outbox', async () => {
    const server = await startMailServer();
    try {
      world = await makeWorld({ invoices: 2, smtpUrl: `smtp://127.0.0.1:${String(server.port)}` });
      await world.sync();
      const [first] = await outbox();
      const { services, mailer } = world.opened;
      const before = server.received.length;
      const again = await resendMail({ services, mailer, say: () => undefined }, world.tenant, {
        mailId: first?.mail_id ?? '',
        by: 'test',
      });
      expect(again.state).toBe('sent');
      expect(server.received.length).toBe(before + 1);
      expect((await outbox()).filter((mail) => mail.subject === first?.subject).length).toBeGreaterThanOrEqual(2);
    } finally {
      await server.close();
    }
  });

  it('is refused with a sentence where no mail server is set', async () => {
    world = await makeWorld({ invoices: 1 });
    await world.sync();
    const [kept] = await outbox();
    const { services, mailer } = world.opened;
    await expect(
      resendMail({ services, mailer, say: () => undefined }, world.tenant, { mailId: kept?.mail_id ?? '', by: 'test' }),
    ).rejects.toThrow(/No mail server is set/);
  });
});

describe('a mail that nobody sent again', () => {
  const timesOf = (server: MailServer): Map<string, number> => {
    const times = new Map<string, number>();
    for (const { parsed } of server.received)
      times.set(parsed.messageId ?? '', (times.get(parsed.messageId ?? '') ?? 0) + 1);
    return times;
  };

  it('killed between the server’s yes and our record: the same Message-ID, and every other mail once', async () => {
    const server = await startMailServer();
    try {
      world = await makeWorld({
        invoices: 2,
        smtpUrl: `smtp://127.0.0.1:${String(server.port)}`,
        settings: { 'reports.to': 'second@msp.example,third@msp.example' },
      });
      const killed = await world.cli(['invoices', 'sync'], { LEDGERFERRY_TEST_CRASH_AT: 'mail-sent:2' });
      expect([killed.signal, server.received.length]).toEqual(['SIGKILL', 2]);
      await world.sync();
      const rows = await outbox();
      expect(rows.every((row) => row.state === 'sent')).toBe(true);
      const twice = rows.find((row) => server.received[1]?.parsed.messageId?.includes(row.mail_id));
      expect(timesOf(server)).toEqual(
        new Map(rows.map((row) => [`<${row.mail_id}@localhost>`, row.mail_id === twice?.mail_id ? 2 : 1] as const)),
      );
      const [first, again] = server.received.filter((one) => one.parsed.messageId?.includes(twice?.mail_id ?? '-'));
      expect([again?.to, again?.parsed.text]).toEqual([first?.to, first?.parsed.text]);
    } finally {
      await server.close();
    }
  });

  it('a tool’s mail that is under way while a run sends its own goes once', async () => {
    const server = await startMailServer({
      onRcptTo: (address, _session, done) =>
        void setTimeout(() => done(), address.address === 'slow@msp.example' ? 1_500 : 0),
    });
    try {
      world = await makeWorld({ invoices: 1, smtpUrl: `smtp://127.0.0.1:${String(server.port)}` });
      const { services, mailer } = world.opened;
      const mail = { kind: 'ready-list', subject: 'slow', text: 'slow', html: '', attachments: [] };
      const sending = mailNow(services, mailer, world.tenant, ['slow@msp.example'], mail);
      await world.sync();
      expect(await sending).toEqual([{ to: 'slow@msp.example', state: 'sent' }]);
      expect(server.received.filter((one) => one.to.includes('slow@msp.example')).length).toBe(1);
    } finally {
      await server.close();
    }
  });

  it('a tool’s mail asked for on the pages goes at once where another process has the worker', async () => {
    const smtp = await startMailServer();
    try {
      world = await makeWorld({
        invoices: 1,
        smtpUrl: `smtp://127.0.0.1:${String(smtp.port)}`,
        env: { LEDGERFERRY_PORT: '0' },
      });
      const { services, mailer } = world.opened;
      const signIn = await createSignIn(services);
      const status = () => Promise.resolve({ banner: null, progress: null, report: null });
      const { organizationId } = world.tenant;
      const pages = await startServer({
        services,
        organizationId,
        worker: null,
        mailer,
        signIn,
        isDemo: false,
        status,
      });
      const answer = await fetch(`${pages.url}/api/v1/invoices/ready`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${world.env['LEDGERFERRY_API_TOKEN'] ?? ''}`,
          'content-type': 'application/json',
        },
        body: '{"mail":true}',
      });
      await pages.close();
      await signIn.close();
      expect([answer.status, smtp.received.map((one) => one.parsed.subject)]).toEqual([
        200,
        ['Test: 1 of 1 invoice in the window is ready for QuickBooks.'],
      ]);
    } finally {
      await smtp.close();
    }
  });

  it('that the server does not take now is told as failed, and a later run brings it', async () => {
    const script: Script = { RCPT: '451 come later' };
    const server = await startScriptedServer(script);
    try {
      world = await makeWorld({ invoices: 1, smtpUrl: `smtp://127.0.0.1:${String(server.port)}` });
      await world.sync();
      expect((await outbox()).map((mail) => [mail.state, mail.attempts])).toEqual([
        ['failed', 3],
        ['failed', 3],
      ]);
      delete script.RCPT;
      await world.sync();
      expect((await outbox()).every((mail) => mail.state === 'failed')).toBe(true);
      const { database } = world.opened.services;
      await withTenant(database, world.tenant, (tx) =>
        tx.updateTable('outbox').set({ next_try_at: new Date() }).where('next_try_at', 'is not', null).execute(),
      );
      await world.sync();
      expect((await outbox()).map((mail) => [mail.state, mail.attempts, mail.next_try_at])).toEqual([
        ['sent', 4, null],
        ['sent', 4, null],
      ]);
    } finally {
      await server.close();
    }
  });
});
