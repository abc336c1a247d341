import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { RunningClock } from '../platform/clock.ts';
import { composeRunReport } from './compose-report.ts';
import { MailDelayed, MailRefused, MailUncertain, type Mailer, type OutgoingMail } from './mail.ts';
import { createMailer } from './send.ts';
import { MailSetupError, parseSender, parseSmtpUrl } from './smtp-address.ts';
import { startMailServer, startScriptedServer, type Received, type Script } from './testing/mail-servers.ts';
import { hostileReport, hostileText, place, smallReport } from './testing/sample-report.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
const kept = <T extends { close(): unknown }>(one: T): T => {
  open.push(one);
  return one;
};

const from = 'Ledgerferry <billing@example.com>';
/** Deadlines at their floor of 2.5 s. */
const clock = new RunningClock(1_000);
const mailerTo = (port: number, user = ''): Mailer =>
  kept(createMailer({ smtpUrl: `smtp://${user}127.0.0.1:${String(port)}`, from, clock }));
const mailTo = (to: string, change: Partial<OutgoingMail> = {}): OutgoingMail => ({
  ...composeRunReport(smallReport, place),
  to,
  messageId: '<row-1@example.com>',
  ...change,
});

const failureOf = (sending: Promise<unknown>): Promise<unknown> =>
  sending.then(
    () => 'accepted',
    (error: unknown) => error,
  );

describe('a mail', () => {
  it('arrives with HTML, text, attachment and a subject in all scripts', async () => {
    const server = kept(await startMailServer());
    const subject = 'Müller & Söhne: 日本電気 – 42 invoices are in QuickBooks, 3 wait for you 👩‍💻';
    const mail = mailTo('owner@example.org', { subject });
    expect(await mailerTo(server.port).send(mail)).toBe('accepted');
    const [got] = server.received;
    expect(got?.from).toBe('billing@example.com');
    expect(got?.to).toEqual(['owner@example.org']);
    expect(got?.parsed.subject).toBe(subject);
    expect(got?.parsed.from?.value).toEqual([{ name: 'Ledgerferry', address: 'billing@example.com' }]);
    expect(got?.parsed.text?.trim()).toBe(mail.text.trim());
    expect(typeof got?.parsed.html === 'string' && got.parsed.html.trim()).toBe(mail.html.trim());
    expect(got?.parsed.messageId).toBe('<row-1@example.com>');
    expect(got?.parsed.headers.get('auto-submitted')).toBe('auto-generated');
    expect(got?.parsed.attachments.map((one) => [one.filename, one.contentType, one.content.toString('utf8')])).toEqual(
      mail.attachments.map((one) => [one.filename, 'text/csv', one.content]),
    );
  });

  it('needs a server that works: asked without a mail, it says so, or what is wrong', async () => {
    const server = kept(await startMailServer());
    await mailerTo(server.port).check();
    expect(server.received).toEqual([]);
    expect(await failureOf(mailerTo(1).check())).toMatchObject({
      message: expect.stringMatching(/cannot be reached or does not answer: check host, port and firewall/),
    });
  });

  it('keeps its Message-ID when it is sent again, made of the row’s id', async () => {
    const server = kept(await startMailServer());
    const { subject, text, html, attachments } = mailTo('');
    const mail = {
      subject,
      text,
      html,
      attachments,
      to: 'owner@example.org',
      id: '6f1c1f0e-7b1f-4b0e-9a57-0d9d0a6f6a11',
    };
    const mailer = mailerTo(server.port);
    await mailer.send(mail);
    await mailer.send(mail);
    expect(server.received.map((one) => one.parsed.messageId)).toEqual(
      Array.from({ length: 2 }, () => '<6f1c1f0e-7b1f-4b0e-9a57-0d9d0a6f6a11@example.com>'),
    );
  });

  it('goes through STARTTLS and a login where the server offers them', async () => {
    const server = kept(
      await startMailServer({
        disabledCommands: [],
        allowInsecureAuth: false,
        onAuth: ({ username, password }, _session, done) => {
          if (password === 'p@ss:w%rd') done(null, { user: username });
          else done(new Error('no'));
        },
      }),
    );
    await mailerTo(server.port, 'ferry:p%40ss%3Aw%25rd@').send(mailTo('owner@example.org'));
    expect(server.received.map((one) => [one.secure, one.user])).toEqual([[true, 'ferry']]);
  });

  it('goes by TLS from the first byte with smtps', async () => {
    const server = kept(await startMailServer({ secure: true }));
    const mailer = kept(createMailer({ smtpUrl: `smtps://localhost:${String(server.port)}`, from, clock }));
    await mailer.send(mailTo('owner@example.org'));
    expect(server.received.map((one) => one.secure)).toEqual([true]);
  });
});

describe('nobody', () => {
  const headersOf = (got: Received): string[] =>
    got.parsed.headerLines.map((line) => line.key).filter((key) => key !== 'subject');
  const hostileMail = (text: string, at: number): OutgoingMail => ({
    ...composeRunReport(hostileReport(text), { connectionName: text, publicUrl: text }),
    ...(at % 2 === 0 ? { subject: text } : {}),
    attachments: [{ filename: text, contentType: text, content: text }],
    to: 'owner@example.org',
    messageId: text,
  });

  it('adds a header or a recipient through a name, subject, file name, type or id', async () => {
    const server = kept(await startMailServer());
    const mailer = mailerTo(server.port);
    await mailer.send(mailTo('owner@example.org'));
    const [expected = []] = server.received.map(headersOf);
    expect(expected).toContain('message-id');
    const texts = fc.array(hostileText(), { minLength: 25, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(texts, async (all) => {
        server.received.length = 0;
        await Promise.all(all.map((text, at) => mailer.send(hostileMail(text, at))));
        expect(server.received.length).toBe(25);
        for (const got of server.received) {
          expect(got.to).toEqual(['owner@example.org']);
          expect(headersOf(got)).toEqual(expected);
          expect(got.parsed.headerLines.filter((line) => line.key === 'subject').length).toBeLessThanOrEqual(1);
          expect(got.parsed.messageId).toMatch(/^<[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*@example\.com>$/);
          expect(got.parsed.attachments.length).toBe(1);
        }
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  it.each([
    'a@example.org, b@example.org',
    'a@example.org;b@example.org',
    'a@example.org\r\nRCPT TO:<b@example.org>',
    'A <a@example.org>',
    '"a@example.org" <b@example.org>',
    'a@example.org\u0000',
    'a\u202e@example.org',
    '',
  ])('is reached by the address %j', async (to) => {
    const server = kept(await startScriptedServer({}));
    expect(await failureOf(mailerTo(server.port).send(mailTo(to)))).toBeInstanceOf(MailRefused);
    expect(server.heard).toEqual([]);
  });
});

describe('a failure', () => {
  const outcome = async (script: Script, change: Partial<OutgoingMail> = {}, user = ''): Promise<Error> => {
    const server = kept(await startScriptedServer(script));
    const failure = await failureOf(mailerTo(server.port, user).send(mailTo('owner@example.org', change)));
    if (!(failure instanceof Error)) throw new Error('it was accepted');
    return failure;
  };
  const large = { attachments: [{ filename: 'a.csv', contentType: 'text/csv', content: 'x'.repeat(20_000_000) }] };

  it.each<[string, Script]>([
    ['the address', { RCPT: '550 5.1.1 no such user' }],
    ['the sender', { MAIL: '553 not from you' }],
    ['the data command', { DATA: '554 no' }],
    ['the content', { end: '552 too large' }],
  ])('is final when the server says 5xx to %s', async (_what, script) => {
    const failure = await outcome(script);
    expect(failure).toBeInstanceOf(MailRefused);
    expect(failure.message).toMatch(/refuses the mail \((RCPT TO|MAIL FROM|DATA)\): 55\d /);
  });

  it.each<[string, Script]>([
    ['the server says 4xx to the address', { RCPT: '450 mailbox busy' }],
    ['the server says 4xx to the content', { end: '451 later' }],
    ['the server greets with 4xx', { greeting: '421 busy' }],
    ['the server greets with 5xx', { greeting: '554 go away' }],
    ['the server never greets', { greeting: 'silence' }],
    ['the connection breaks at once', { greeting: 'vanish' }],
    ['the connection breaks before the address', { MAIL: 'vanish' }],
    ['the connection breaks after the address', { RCPT: 'vanish' }],
    ['the connection breaks before the data', { DATA: 'vanish' }],
    ['the server falls silent before the data', { DATA: 'silence' }],
  ])('is for now when %s', async (_what, script) => {
    expect(await outcome(script)).toBeInstanceOf(MailDelayed);
  });

  it('is for now when the connection breaks in the middle of a large mail: without its end it does not count', async () => {
    expect(await outcome({ 'first-bytes': 'vanish' }, large)).toBeInstanceOf(MailDelayed);
  });

  it.each<[string, Script]>([
    ['breaks', { end: 'vanish' }],
    ['falls silent', { end: 'silence' }],
  ])('is uncertain when the connection %s after the whole mail', async (_what, script) => {
    const failure = await outcome(script);
    expect(failure).toBeInstanceOf(MailUncertain);
    expect(failure.message).toContain('may have arrived');
  });

  it('is for now when nobody listens, or when the mailer is closed meanwhile', async () => {
    const gone = await startScriptedServer({});
    await gone.close();
    expect(await failureOf(mailerTo(gone.port).send(mailTo('owner@example.org')))).toBeInstanceOf(MailDelayed);
    const silent = kept(await startScriptedServer({ greeting: 'silence' }));
    const mailer = mailerTo(silent.port);
    const sending = failureOf(mailer.send(mailTo('owner@example.org')));
    mailer.close();
    expect(await sending).toBeInstanceOf(MailDelayed);
    expect(await failureOf(mailer.send(mailTo('owner@example.org')))).toBeInstanceOf(MailDelayed);
  });

  it('of the login is for now, names the variable, and never the user or password', async () => {
    const secret = 'hunter2-swordfish';
    const scripts: Script[] = [
      { AUTH: `535 wrong password ${secret} for ferry-user` },
      { RCPT: `550 ferry-user with ${secret} may not` },
      { end: `451 ${Buffer.from(secret).toString('base64')}` },
      { end: 'vanish' },
      { greeting: `554 ${secret}` },
    ];
    for (const script of scripts) {
      const failure = await outcome(script, {}, `ferry-user:${secret}@`);
      const told = `${failure.message} ${JSON.stringify(failure)} ${String(failure.cause)}`;
      expect(told).not.toMatch(/hunter2|ferry-user/);
      expect(told).not.toContain(Buffer.from(secret).toString('base64'));
    }
    const [auth = {}] = scripts;
    const failure = await outcome(auth, {}, `ferry-user:${secret}@`);
    expect(failure).toBeInstanceOf(MailDelayed);
    expect(failure.message).toContain('check LEDGERFERRY_SMTP_URL');
  });
});

describe('the mail settings', () => {
  it('demand encryption before a password crosses a network', () => {
    expect(parseSmtpUrl('smtp://u:p@mail.example.com:587')).toMatchObject({
      port: 587,
      secure: false,
      requireTLS: true,
      checkCertificate: true,
    });
    expect(parseSmtpUrl('smtp://u:p@mail.example.com?requireTLS=false').requireTLS).toBe(false);
    expect(parseSmtpUrl('smtp://mail.example.com').requireTLS).toBe(false);
    expect(parseSmtpUrl('smtp://u:p@127.0.0.1:1025')).toMatchObject({ requireTLS: false, checkCertificate: false });
    expect(parseSmtpUrl('smtps://u:p@mail.example.com')).toMatchObject({ port: 465, secure: true, requireTLS: false });
    expect(parseSmtpUrl('smtp://[::1]:25').host).toBe('::1');
    expect(parseSmtpUrl('smtps://mail.example.com?tls.rejectUnauthorized=false').checkCertificate).toBe(false);
  });

  it('are refused by the variable’s name, never by value', () => {
    for (const wrong of ['', 'http://u:geheim@x', 'smtp://', 'smtp://u:geheim%@host', 'geheim']) {
      const failure = (() => {
        try {
          return parseSmtpUrl(wrong);
        } catch (error) {
          return error;
        }
      })();
      expect(failure).toBeInstanceOf(MailSetupError);
      expect(String(failure)).toContain('LEDGERFERRY_SMTP_URL');
      expect(String(failure)).not.toContain('geheim');
    }
    expect(() => createMailer('smtp://127.0.0.1:1', 'a@example.com, b@example.com')).toThrow('LEDGERFERRY_MAIL_FROM');
  });

  it('take a sender with or without a name', () => {
    expect(parseSender('Ledgerferry <ledgerferry@localhost>')).toEqual({
      name: 'Ledgerferry',
      address: 'ledgerferry@localhost',
    });
    expect(parseSender('"Billing, Acme" <a@example.com>')).toEqual({ name: 'Billing, Acme', address: 'a@example.com' });
    expect(parseSender('a@example.com')).toEqual({ name: '', address: 'a@example.com' });
    for (const wrong of ['', 'x', 'a@example.com\r\nBcc: b@example.com', 'A <a@example.com> <b@example.com>']) {
      expect(() => parseSender(wrong)).toThrow('LEDGERFERRY_MAIL_FROM');
    }
  });
});
