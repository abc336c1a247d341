/**
 * Sending by SMTP: one mail to one address on one connection. It never repeats by itself; what a failure means is said by
 * its class, decided by stage and code, never by words. The Message-ID is the caller's and stays the same on a repeat, so
 * that a mail which arrived twice after a lost answer can be recognised. No message here holds a user name or password.
 */
import { createTransport } from 'nodemailer';
import { parseAddress } from '../core/address.ts';
import { RunningClock, type Clock } from '../platform/clock.ts';
import { header, visible } from './escape.ts';
import { MailDelayed, MailRefused, MailUncertain, type Mailer, type OutgoingMail } from './mail.ts';
import { parseSender, parseSmtpUrl, type Sender, type SmtpServer } from './smtp-address.ts';

export interface MailerSetup {
  /** LEDGERFERRY_SMTP_URL; see smtp-address.ts. */
  readonly smtpUrl: string;
  /** LEDGERFERRY_MAIL_FROM. */
  readonly from: string;
  readonly clock?: Clock;
}

// Product milliseconds. An answer may take long where a relay scans the mail before it accepts.
const CONNECT_MS = 15_000;
const ANSWER_MS = 60_000;
const WHOLE_MS = 180_000;
/** Sockets and the processor of a test machine are not scaled. */
const DEADLINE_FLOOR_MS = 2_500;

interface Way {
  readonly server: SmtpServer;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly deadline: (ms: number) => number;
  readonly closed: AbortSignal;
}

/** A sender of mails through one server. @throws MailSetupError */
export function createMailer(setup: MailerSetup | string, from = ''): Mailer {
  const {
    smtpUrl,
    from: sender,
    clock = new RunningClock(),
  } = typeof setup === 'string' ? { smtpUrl: setup, from } : setup;
  const closing = new AbortController();
  const way: Way = {
    server: parseSmtpUrl(smtpUrl),
    sender: parseSender(sender),
    clock,
    deadline: (ms) => Math.ceil(Math.max(clock.scaled(ms), DEADLINE_FLOOR_MS)),
    closed: closing.signal,
  };
  return { send: (mail) => sendOne(way, mail), check: () => askServer(way), close: () => closing.abort() };
}

const WRONG_ADDRESS =
  'The address is not one plain mail address; correct it in the settings (reports.mainAddress, reports.to).';

async function sendOne(way: Way, mail: OutgoingMail): Promise<'accepted'> {
  const to = parseAddress(mail.to);
  if (to === null) throw new MailRefused(WRONG_ADDRESS);
  const progress = { allHandedOver: false };
  const transport = createTransport(transportOptions(way));
  transport.use('stream', (compiled, done) => {
    // Consumed only after the server asked for the data, and ends with the last byte: before that, the end mark cannot
    // have left, and a server throws away what came without it (RFC 5321, 4.1.1.4).
    compiled.message.processFunc((content) => content.once('end', () => (progress.allHandedOver = true)));
    done();
  });
  try {
    await transport.sendMail(messageOf(way, mail, to));
    return 'accepted';
  } catch (error) {
    throw translate(error, progress.allHandedOver, way.server);
  } finally {
    transport.close();
  }
}

async function askServer(way: Way): Promise<void> {
  const transport = createTransport(transportOptions(way));
  try {
    await transport.verify();
  } catch (error) {
    throw new MailDelayed(wiringText(faultOf(error), serverName(way.server)));
  } finally {
    transport.close();
  }
}

const serverName = ({ host, port }: SmtpServer): string => `${host}:${String(port)}`;

const transportOptions = ({ server, deadline }: Way) => ({
  host: server.host,
  port: server.port,
  secure: server.secure,
  requireTLS: server.requireTLS,
  ignoreTLS: server.ignoreTLS,
  tls: { rejectUnauthorized: server.checkCertificate },
  ...(server.auth === null ? {} : { auth: { ...server.auth } }),
  connectionTimeout: deadline(CONNECT_MS),
  greetingTimeout: deadline(CONNECT_MS),
  socketTimeout: deadline(ANSWER_MS),
  socketCloseTimeout: 0,
});

const messageOf = (way: Way, mail: OutgoingMail, to: string) => ({
  from: way.sender,
  to: { name: '', address: to },
  envelope: { from: way.sender.address, to: [to] },
  subject: header(mail.subject),
  text: mail.text,
  html: mail.html,
  attachments: mail.attachments.map((one) => ({
    filename: header(one.filename).replaceAll(/["/\\]/g, '_'),
    contentType: CONTENT_TYPE.test(one.contentType) ? one.contentType : 'application/octet-stream',
    content: one.encoding === 'base64' ? Buffer.from(one.content, 'base64') : one.content,
  })),
  // Attachments are the strings that are given, never a path or an address.
  disableFileAccess: true,
  disableUrlAccess: true,
  date: way.clock.now(),
  messageId: messageId('messageId' in mail ? mail.messageId : mail.id, way.sender),
  // RFC 3834: no out-of-office answers to a program.
  headers: { 'Auto-Submitted': 'auto-generated' },
  signal: AbortSignal.any([AbortSignal.timeout(way.deadline(WHOLE_MS)), way.closed]),
});

const CONTENT_TYPE = /^[a-z]+\/[a-z0-9.+-]+(; charset=[a-z0-9-]+)?$/i;

/** A whole Message-ID as it stands, or one made of the id and the sender's domain. */
function messageId(id: string, { address }: Sender): string {
  if (/^<[A-Za-z0-9._+-]{1,120}@[A-Za-z0-9.-]{1,120}>$/.test(id)) return id;
  const local = id
    .split(/[^A-Za-z0-9_-]+/)
    .filter((part) => part !== '')
    .join('.')
    .slice(0, 120);
  return `<${local === '' ? 'mail' : local}${address.slice(address.indexOf('@'))}>`;
}

interface Fault {
  /** The server's answer code, 0 when it gave none. */
  readonly status: number;
  readonly code: string;
  /** The command that it answered. */
  readonly command: string;
  readonly reply: string;
}

const textOf = (from: object, key: string): string => {
  const value: unknown = Reflect.get(from, key);
  return typeof value === 'string' ? value : '';
};

function faultOf(error: unknown): Fault {
  const from = error instanceof Error ? error : new Error('unknown');
  const status: unknown = Reflect.get(from, 'responseCode');
  return {
    status: typeof status === 'number' ? status : 0,
    code: textOf(from, 'code'),
    command: textOf(from, 'command'),
    reply: textOf(from, 'response'),
  };
}

/** Commands whose refusal speaks of this mail or address; elsewhere 5xx speaks of our wiring, which a person can mend. */
const ABOUT_THIS_MAIL = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

function translate(error: unknown, allHandedOver: boolean, server: SmtpServer): Error {
  const fault = faultOf(error);
  const where = serverName(server);
  if (ABOUT_THIS_MAIL.has(fault.command) && fault.status >= 400) {
    const said = `The mail server ${where} ${fault.status >= 500 ? 'refuses the mail' : 'does not take the mail now'} (${fault.command}): ${quoted(fault.reply, server)}`;
    return fault.status >= 500 ? new MailRefused(said) : new MailDelayed(said);
  }
  if (fault.status === 0 && allHandedOver) {
    return new MailUncertain(`The mail server ${where} took the whole mail and did not answer; it may have arrived.`);
  }
  return new MailDelayed(`${wiringText(fault, where)} The mail stays in the outbox.`);
}

function wiringText(fault: Fault, where: string): string {
  const code = fault.status > 0 ? ` (${String(fault.status)})` : '';
  if (fault.code === 'EAUTH' || fault.command.startsWith('AUTH'))
    return `The mail server ${where} refuses the user name or password${code}: check LEDGERFERRY_SMTP_URL.`;
  if (fault.code === 'ETLS' || fault.command === 'STARTTLS')
    return `No safe connection to the mail server ${where}: its certificate or TLS does not fit. Check host and port in LEDGERFERRY_SMTP_URL.`;
  if (fault.code === 'EDNS') return `The mail server’s name in LEDGERFERRY_SMTP_URL (${where}) is not known.`;
  if (fault.status > 0) return `The mail server ${where} does not accept mail now${code}.`;
  return `The mail server ${where} cannot be reached or does not answer: check host, port and firewall (LEDGERFERRY_SMTP_URL).`;
}

/** What the server said, on one line, without our user name or password should it repeat them. */
function quoted(reply: string, { auth }: SmtpServer): string {
  const secrets =
    auth === null ? [] : [auth.pass, auth.user].flatMap((one) => [one, Buffer.from(one).toString('base64')]);
  const clean = secrets
    .filter((one) => one !== '')
    .reduce((text, secret) => text.replaceAll(secret, '[hidden]'), reply);
  return [...visible(clean).trim()].slice(0, 240).join('');
}
