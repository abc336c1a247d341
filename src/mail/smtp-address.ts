/**
 * Where and how mails leave, from LEDGERFERRY_SMTP_URL and LEDGERFERRY_MAIL_FROM. `smtps://` is encrypted from the first
 * byte; `smtp://` is upgraded when the server offers it, and must be before a password crosses a network. What is wrong
 * is said with the variable's name, never with its value: the URL holds a password.
 */
import { parseAddress } from '../core/address.ts';
import { header } from './escape.ts';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** Encrypted from the first byte. */
  readonly secure: boolean;
  /** No mail without STARTTLS. */
  readonly requireTLS: boolean;
  readonly ignoreTLS: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | null;
  /** Is the server's certificate checked? */
  readonly checkCertificate: boolean;
}

export interface Sender {
  readonly name: string;
  readonly address: string;
}

/** The mail settings cannot be used; the message names the variable and how to write it. */
export class MailSetupError extends Error {
  override readonly name = 'MailSetupError';
}

const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);

/**
 * Options after the question mark: `requireTLS=true|false`, `ignoreTLS=true`, `tls.rejectUnauthorized=false`.
 * On the loopback nobody stands in between: certificates are not checked there and a password needs no encryption.
 * @throws MailSetupError
 */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.parse(text);
  if (url === null || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') {
    throw new MailSetupError(
      'LEDGERFERRY_SMTP_URL is not of the form smtp://user:password@host:587 or smtps://user:password@host:465.',
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = url.protocol === 'smtps:';
  const user = decoded(url.username);
  const auth = user === '' ? null : { user, pass: decoded(url.password) };
  const option = (name: string): string | null => url.searchParams.get(name);
  const ignoreTLS = option('ignoreTLS') === 'true';
  const wanted = option('requireTLS');
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    ignoreTLS,
    requireTLS: !secure && !ignoreTLS && (wanted === null ? auth !== null && !isLoopback(host) : wanted === 'true'),
    auth,
    checkCertificate: option('tls.rejectUnauthorized') !== 'false' && !isLoopback(host),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MailSetupError(
      'LEDGERFERRY_SMTP_URL: in the user name and password, write a percent sign as %25 and other special characters likewise.',
    );
  }
}

/** `Ledgerferry <billing@example.com>` or a bare address. @throws MailSetupError */
export function parseSender(text: string): Sender {
  const parts = /^(?<name>[^<>]*)<(?<inside>[^<>]+)>\s*$/.exec(text)?.groups;
  const address = parseAddress((parts?.['inside'] ?? text).trim());
  if (address === null)
    throw new MailSetupError(
      'LEDGERFERRY_MAIL_FROM is not one mail address, such as Ledgerferry <billing@example.com>.',
    );
  return { name: header((parts?.['name'] ?? '').trim().replace(/^"(.*)"$/, '$1')), address };
}
