/** Everything one run works with: its lease, its pinned settings, both connectors, and its voice. */
import type { Autotask } from '../autotask/client.ts';
import type { Problem } from '../core/problem.ts';
import type { Settings } from '../core/settings.ts';
import type { Mail } from '../mail/mail.ts';
import type { QuickBooks } from '../quickbooks/client.ts';
import type { CompanyProfile } from '../quickbooks/company.ts';
import type { Connection } from '../store/connections.ts';
import type { Run } from '../store/runs.ts';
import type { MoveContext } from '../store/transfers.ts';
import type { Lease, Tenant } from './lease.ts';
import type { Services } from './services.ts';
import type { Patience } from './waiting.ts';

/** Tells whoever looks (terminal, page) what the run is doing; never throws, never waits. */
export type Say = (step: string, done: number, total: number) => void;

export interface RunContext {
  readonly services: Services;
  readonly lease: Lease;
  readonly tenant: Tenant;
  readonly run: Run;
  readonly connection: Connection;
  readonly settings: Settings;
  readonly timeZone: string;
  readonly markerKey: string;
  readonly autotask: Autotask;
  /** For marks in Autotask, which are told apart by invoice and wait for quota (engine/marking.ts). */
  readonly marks: Autotask;
  readonly quickbooks: QuickBooks;
  /** Read when the run first needs QuickBooks: an idle poll costs no call there. */
  profile(): Promise<CompanyProfile>;
  /** The profile read anew, once a run; null where this run has read it already. */
  renewProfile(): Promise<CompanyProfile | null>;
  /** For writes to QuickBooks, whose replies are values; reads have theirs inside the connector. */
  readonly patience: Patience;
  readonly say: Say;
  /** Invoices per batch; halves after an unknown outcome, grows back after successes. Lives as long as the run. */
  readonly pace: { batchSize: number; successes: number };
  /** Transfers whose write-back failed in this run: the next run tries them again. */
  readonly writeBackFailed: Set<string>;
  /** Why this run writes nothing more back, although it is not through; null while it does. */
  readonly writeBack: { stopped: Error | null };
  /** Why a manual copy saved nothing; empty when it went on. */
  readonly copy: {
    readonly refusals: Problem[];
    /** What it leaves for its person to know, such as the older copy beside it. */
    readonly warnings: Problem[];
  };
  /** What the run answers beside its report, and mails that go out with its end. */
  readonly outcome: { result: unknown; mails: Mail[] };
}

/** The invoices that a manual copy was asked for, and posts no others; null for a run that takes what there is. */
export const askedFor = ({ run }: Pick<RunContext, 'run'>): readonly number[] | null => {
  if (run.kind !== 'manual-copy') return null;
  const { invoiceId = 0, invoiceIds = [invoiceId] } = run.options;
  return invoiceIds;
};

/** What a report is made of: of a run that is cleared there is no more than this. */
export type ReportContext = Pick<
  RunContext,
  'services' | 'tenant' | 'run' | 'connection' | 'settings' | 'timeZone' | 'copy' | 'outcome'
> & { readonly lease: Pick<Lease, 'read'> };

/** Who, when and under which fence, for the history of a move. */
export const moveContext = (ctx: RunContext): MoveContext => ({
  at: ctx.services.clock.now(),
  actor: ctx.run.requested_by,
  runId: ctx.run.run_id,
  fence: ctx.lease.fence,
});

/** Tenant and present instant, as the store's functions want them. */
export const scopeNow = (
  ctx: RunContext,
): { organizationId: string; connectionId: string; at: Date; runId: string } => ({
  ...ctx.tenant,
  at: ctx.services.clock.now(),
  runId: ctx.run.run_id,
});
