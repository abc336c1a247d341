/** A composed mail as a value: what the outbox stores and the sender hands over (it names no recipient); and what sending means. */
export type MailKind =
  | 'run-report'
  | 'copy-result'
  | 'ready-list'
  | 'error-alert'
  | 'item-comparison'
  | 'item-match-report'
  | 'item-copy'
  | 'void-report'
  | 'payment-report'
  | 'reconciliation'
  | 'troubleshoot';

export interface MailAttachment {
  readonly filename: string;
  readonly contentType: string;
  readonly content: string;
  /** How `content` stands for bytes; text unless given. */
  readonly encoding?: 'base64';
}

export interface Mail {
  readonly kind: MailKind;
  /** One line, safe for a header. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly MailAttachment[];
}

/** Where the news comes from, and where a reader can look further; without an address the mail carries no link. */
export interface MailPlace {
  readonly connectionName: string;
  readonly publicUrl: string | null;
}

/** The server refused this mail or address for good; another try would not help. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** Not accepted now, and certainly not delivered: a later try may help. */
export class MailDelayed extends Error {
  override readonly name = 'MailDelayed';
}

/** The whole mail went out and no answer came back: it may have been delivered. A repeat keeps its Message-ID. */
export class MailUncertain extends Error {
  override readonly name = 'MailUncertain';
}

/** The same for every try of one mail: a whole Message-ID in angle brackets, or the outbox row's id to make one of. */
type Identity = { readonly messageId: string } | { readonly id: string };

export type OutgoingMail = Omit<Mail, 'kind'> & {
  /** One address. */
  readonly to: string;
} & Identity;

export interface Mailer {
  /**
   * Resolves when the server has taken the mail over.
   * @throws MailRefused, MailDelayed or MailUncertain
   */
  send(mail: OutgoingMail): Promise<'accepted'>;
  /**
   * Asks the server, signs in where it is told to, and sends nothing.
   * @throws MailDelayed with what is wrong and the variable that mends it
   */
  check(): Promise<void>;
  /** Ends what is under way; a later `send` is refused as delayed. */
  close(): void;
}
