/** Takes a decision about a cause back: the permission, the link or the hold goes; what a run has done by it stays. */
import { plural } from '../mail/report-words.ts';
import { deleteDecisions } from '../store/links.ts';
import { audit } from '../store/audit.ts';
import { withTenant } from '../store/tenant.ts';
import { holdInvoices, releaseInvoices } from './holding.ts';
import type { Tenant } from './lease.ts';
import { unsetLink } from './linking.ts';
import type { Services } from './services.ts';

export interface Undo {
  /** The permission to create, the link, or the hold (or mark as done) that goes; or the hold that comes back. */
  readonly action: 'create' | 'link' | 'release' | 'hold';
  readonly kind: 'customer' | 'item';
  readonly keys: string[];
  readonly invoices: number[];
  /** `hold`: for which reason they were on hold. */
  readonly reason?: string | undefined;
}

/** @returns one sentence: what was taken back */
export async function undoDecision(services: Services, tenant: Tenant, undo: Undo, by: string): Promise<string> {
  switch (undo.action) {
    case 'release': {
      const request = { invoiceIds: undo.invoices, reason: 'taken back', by, waitMs: 10_000 };
      const { done } = await releaseInvoices(services, tenant, request);
      return `${plural(done.length, 'invoice', 'invoices')} released again.`;
    }
    case 'hold': {
      const request = { invoiceIds: undo.invoices, reason: undo.reason ?? 'taken back', by, waitMs: 10_000 };
      const { done } = await holdInvoices(services, tenant, request);
      return `${plural(done.length, 'invoice', 'invoices')} put back on hold.`;
    }
    case 'link':
      for (const source of undo.keys) await unsetLink(services, tenant, { kind: undo.kind, source, by });
      return 'The link is taken away again; the next run matches by name.';
    case 'create':
      await withTenant(services.database, tenant, async (tx) => {
        await deleteDecisions(tx, undo.kind, undo.keys);
        const subject = `create ${undo.kind}`;
        await audit(
          tx,
          { ...tenant, at: services.clock.now() },
          { actor: by, action: 'taken-back', subject, detail: { keys: undo.keys } },
        );
      });
      return 'The permission to create is taken back.';
  }
}
