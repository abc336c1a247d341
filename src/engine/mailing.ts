/** Mails that belong to no run (the ready list, the troubleshooting bundle): a row first, then sent at once. */
import { reportAddresses } from '../core/address.ts';
import { readSettings } from '../core/settings.ts';
import type { Mail } from '../mail/mail.ts';
import type { Mailer } from '../mail/mail.ts';
import { loadConnection } from '../store/connections.ts';
import { loadMail, recordMail, saveMail, stopTrying, type OutboxMail } from '../store/outbox.ts';
import { audit } from '../store/audit.ts';
import { withTenant } from '../store/tenant.ts';
import { showSettings } from './connecting.ts';
import type { Tenant } from './lease.ts';
import { WrongUse } from './requests.ts';
import type { Worker } from './running.ts';
import type { Services } from './services.ts';

/**
 * Who gets a tool's mail: the same as a run's report.
 * @param what a bundle for support is no report: it goes to the main address and those named only (facts/mission.md A11)
 */
export async function toolRecipients(
  services: Services,
  tenant: Tenant,
  others: readonly string[],
  what: 'report' | 'bundle' = 'report',
): Promise<string[]> {
  const settings = readSettings((await showSettings(services, tenant)).settings);
  const connection = await withTenant(services.database, tenant, (tx) => loadConnection(tx, tenant.connectionId));
  const standing = what === 'bundle' ? [] : settings['reports.to'];
  return reportAddresses({ ...settings, 'reports.to': standing }, connection?.report_email ?? null, others);
}

/** A mail as composed, or as an earlier version of the program composed it. */
type Composed = Omit<Mail, 'kind'> & { readonly kind: string };

export interface Mailed {
  readonly to: string;
  readonly state: 'kept' | 'sent' | 'failed';
}

/** By then the sender here has an answer or is dead, and the next run sends what it left; before, no run may. */
const TAKEN_OVER_MS = 5 * 60_000;
/** The deadlines of a mail server are not scaled below this (mail/send.ts). */
const TAKEN_OVER_FLOOR_MS = 6_000;

/** Keeps or sends one mail to each; a refusal is recorded, not thrown. */
export async function mailNow(
  services: Services,
  mailer: Mailer | null,
  tenant: Tenant,
  recipients: readonly string[],
  mail: Composed,
): Promise<Mailed[]> {
  const mailed: Mailed[] = [];
  for (const to of recipients) {
    const mailId = services.ids.uuid();
    const at = services.clock.now();
    await withTenant(services.database, tenant, (tx) =>
      saveMail(
        tx,
        { ...tenant, at },
        {
          ...mail,
          mailId,
          runId: null,
          recipient: to,
          state: mailer === null ? 'kept' : 'queued',
          nextTryAt: new Date(at.getTime() + Math.max(services.clock.scaled(TAKEN_OVER_MS), TAKEN_OVER_FLOOR_MS)),
        },
      ),
    );
    if (mailer === null) {
      mailed.push({ to, state: 'kept' });
      continue;
    }
    const error = await mailer.send({ ...mail, id: mailId, to }).then(
      () => null,
      (reason: unknown) => (reason instanceof Error ? reason.message : 'unknown'),
    );
    const state = error === null ? 'sent' : 'failed';
    await withTenant(services.database, tenant, (tx) =>
      recordMail(tx, mailId, { state, at: services.clock.now(), nextTryAt: null, error }),
    );
    mailed.push({ to, state });
  }
  return mailed;
}

/** A mail once more, as a row of its own, because a person asked for it. @throws WrongUse where there is no mail server */
export async function resendMail(
  { services, mailer }: Worker,
  tenant: Tenant,
  wish: { mailId: string; by: string },
): Promise<OutboxMail> {
  const { database, clock } = services;
  const mail = await withTenant(database, tenant, (tx) => loadMail(tx, wish.mailId));
  if (mail === null) throw new WrongUse('There is no such mail.');
  if (mailer === null)
    throw new WrongUse('No mail server is set (LEDGERFERRY_SMTP_URL): mails are kept here to be read, not sent.');
  const again: Composed = {
    kind: mail.kind,
    subject: mail.subject,
    text: mail.text_body,
    html: mail.html_body,
    attachments: mail.attachments,
  };
  const [sent] = await mailNow(services, mailer, tenant, [mail.recipient], again);
  await withTenant(database, tenant, async (tx) => {
    await stopTrying(tx, wish.mailId);
    await audit(
      tx,
      { ...tenant, at: clock.now() },
      { actor: wish.by, action: 'resend-mail', subject: wish.mailId, detail: { state: sent?.state } },
    );
  });
  return { ...mail, state: sent?.state ?? 'failed' };
}
