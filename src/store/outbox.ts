/** Every mail is a row here first, SMTP or not; one mail per run, kind and recipient, whatever crashes. */
import type { Selectable } from 'kysely';
import { sql, type RawBuilder } from 'kysely';
import { longText } from './long-text.ts';
import type { MailAttachment, OutboxRow } from './tables.ts';
import type { TenantTx } from './tenant.ts';

export type OutboxMail = Selectable<OutboxRow>;

export interface NewMail {
  readonly mailId: string;
  readonly runId: string | null;
  readonly kind: string;
  readonly recipient: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly MailAttachment[];
  /** `kept` where no SMTP is configured. */
  readonly state: 'kept' | 'queued';
  /** From when on a run may send it; at once where it is not given. */
  readonly nextTryAt?: Date;
}

/** A failed mail with a time is tried again by itself; `next_try_at` is null where it is not. */
const OPEN = ['queued', 'failed'] as const;

/** Saves a mail unless this run has already one of this kind for this recipient. */
export async function saveMail(
  tx: TenantTx,
  scope: { organizationId: string; connectionId: string; at: Date },
  mail: NewMail,
): Promise<void> {
  const attachments = await attachmentsOf(tx, mail.attachments);
  await sql`
    insert into outbox (organization_id, connection_id, mail_id, run_id, kind, recipient, subject, text_body, html_body, attachments, state, next_try_at, created_at)
    values (${scope.organizationId}, ${scope.connectionId}, ${mail.mailId}, ${mail.runId}, ${mail.kind}, ${mail.recipient}, ${mail.subject},
      ${mail.text}, ${mail.html}, ${attachments}, ${mail.state}, ${mail.state === 'queued' ? (mail.nextTryAt ?? scope.at) : null}, ${scope.at})
    on conflict (run_id, kind, recipient) do nothing`.execute(tx);
}

async function attachmentsOf(tx: TenantTx, attachments: readonly MailAttachment[]): Promise<RawBuilder<unknown>> {
  const made: RawBuilder<unknown>[] = [];
  for (const [at, { content, ...rest }] of attachments.entries()) {
    const text = await longText(tx, `attachment_${String(at)}`, [content]);
    made.push(sql`${JSON.stringify(rest)}::jsonb || jsonb_build_object('content', ${text})`);
  }
  return made.length === 0 ? sql`'[]'::jsonb` : sql`jsonb_build_array(${sql.join(made)})`;
}

/** So many are handed out at once. */
export const DUE_MAILS = 50;

/** Mails that wait to be sent and are due, failed ones that are tried once more among them; those of other runs too where no run is named. */
export const loadDueMails = (tx: TenantTx, now: Date, runId: string | null): Promise<OutboxMail[]> => {
  let query = tx.selectFrom('outbox').selectAll().where('state', 'in', OPEN).where('next_try_at', '<=', now);
  if (runId !== null) query = query.where((eb) => eb.or([eb('run_id', '=', runId), eb('run_id', 'is', null)]));
  return query.orderBy('created_at').orderBy('mail_id').limit(DUE_MAILS).execute();
};

export async function recordMail(
  tx: TenantTx,
  mailId: string,
  outcome: { state: 'queued' | 'sent' | 'failed'; at: Date; nextTryAt: Date | null; error: string | null },
): Promise<void> {
  await tx
    .updateTable('outbox')
    .set((eb) => ({
      state: outcome.state,
      attempts: eb('attempts', '+', 1),
      next_try_at: outcome.nextTryAt,
      last_error: outcome.error,
      sent_at: outcome.state === 'sent' ? outcome.at : null,
    }))
    .where('mail_id', '=', mailId)
    .where('state', 'in', OPEN)
    .execute();
}

/** A person has sent it again: it is not tried by itself any more. */
export async function stopTrying(tx: TenantTx, mailId: string): Promise<void> {
  await tx
    .updateTable('outbox')
    .set({ next_try_at: null })
    .where('mail_id', '=', mailId)
    .where('state', '=', 'failed')
    .execute();
}

export const loadOutbox = (tx: TenantTx, limit: number): Promise<OutboxMail[]> =>
  tx.selectFrom('outbox').selectAll().orderBy('created_at', 'desc').orderBy('mail_id').limit(limit).execute();

export async function loadMail(tx: TenantTx, mailId: string): Promise<OutboxMail | null> {
  return (await tx.selectFrom('outbox').selectAll().where('mail_id', '=', mailId).executeTakeFirst()) ?? null;
}
