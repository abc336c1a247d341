/** Sending by SMTP. The Message-ID is the outbox row's, so that a repeat after a lost answer can be recognised. */
import { createTransport } from 'nodemailer';
import type { Mail } from './compose-report.ts';
import { header } from './escape.ts';

/** The server refused this mail for good; another try would not help. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

export interface Mailer {
  /** Resolves when the server has accepted it. @throws MailRefused, or another error that a later try may cure */
  send(mail: Omit<Mail, 'kind'> & { id: string; to: string }): Promise<void>;
  close(): void;
}

const CONNECT_MS = 15_000;
const ANSWER_MS = 30_000;

export function createMailer(smtpUrl: string, from: string): Mailer {
  const transport = createTransport({ url: smtpUrl, connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, socketTimeout: ANSWER_MS });
  return {
    async send(mail) {
      if (/[\r\n,;]/.test(mail.to)) throw new MailRefused('the address is not one address');
      try {
        const { accepted } = await transport.sendMail({
          from,
          to: { name: '', address: mail.to },
          subject: header(mail.subject),
          text: mail.text,
          html: mail.html,
          attachments: mail.attachments.map((one) => ({ filename: one.filename, contentType: one.contentType, content: one.content })),
          messageId: `<${mail.id}@ledgerferry>`,
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        if (accepted.length === 0) throw new MailRefused('the server accepted no recipient');
      } catch (error) {
        if (error instanceof MailRefused) throw error;
        const code = error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : 0;
        // Neither the address of the server nor the password may reach a log: only the code does.
        if (code >= 500) throw new MailRefused(`the mail server refused it for good (${String(code)})`);
        throw new Error(code > 0 ? `the mail server does not take it now (${String(code)})` : 'the mail server cannot be reached');
      }
    },
    close: () => transport.close(),
  };
}
