/** A composed mail as a value: what the outbox stores and the sender hands over. It names no recipient. */
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
