/** The shapes of the HTTP API, as zod schemas: validated on the way in and out, and the OpenAPI document is made from them. */
import { z } from 'zod';
import { parseAddress } from '../core/address.ts';
import { transferStates } from '../core/states.ts';
import { liveKinds } from '../engine/live-lists.ts';
import { roles } from './sign-in/people.ts';

/** What was proven counts for so long. */
export const PROVEN_MS = 5 * 60_000;

/** A step that reaches far was refused until the password is given again: POST /api/v1/session/prove. */
export const needsProof = z.object({
  error: z.string(),
  needs: z
    .enum(['password', 'password-and-code'])
    .optional()
    .describe('What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.'),
});

export const person = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  twoFactor: z.boolean(),
});
export const member = person.extend({ memberId: z.string() });

/**
 * A whole number of an address: plain decimal digits only. A number is also written 0x4fb1 or 2.0401e4, and a blank counts as
 * 0; an id that was mistyped must not become another invoice's.
 */
export const digits = <T extends z.ZodType>(number: T) =>
  z.preprocess((text) => (typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : text), number);

/** Which connection; may be left out when there is one. */
export const ofConnection = z.object({ connection: z.string().max(80).optional() });
export const addresses = z
  .array(
    z
      .email()
      .max(254)
      .refine((text) => parseAddress(text) !== null, 'it takes one plain e-mail address, such as books@msp.example'),
  )
  .max(20);
export const reason = z.string().trim().min(1).max(500);
export const invoiceId = z.number().int().min(0).max(999_999_999_999_999);
/** An Autotask invoice's id in an address. */
export const byInvoiceId = z.object({ id: digits(invoiceId) });
export const invoiceIds = z.array(invoiceId).min(1).max(1_000);
/** Seconds to wait for a busy connection before 409. */
export const waitSeconds = z.number().int().min(0).max(600).default(10);

export const problem = z.object({ code: z.string(), who: z.string(), text: z.string(), remedy: z.string() });

export const inProcess = z
  .object({
    text: z.string(),
    kind: z.string().nullable(),
    runId: z.string().nullable(),
    holder: z.string(),
    since: z.string().nullable(),
    lives: z.boolean(),
    progress: z.object({ step: z.string(), done: z.number(), total: z.number() }).nullable(),
  })
  .nullable();

export const connection = z.object({
  name: z.string(),
  syncStatus: z.string(),
  autotask: z.object({
    state: z.string(),
    user: z.string().nullable(),
    url: z.string().nullable(),
    detail: z.string().nullable(),
  }),
  quickbooks: z.object({
    state: z.string(),
    realmId: z.string().nullable(),
    companyName: z.string().nullable(),
    detail: z.string().nullable(),
  }),
  reportEmail: z.string().nullable(),
  nextRunAt: z.string().nullable(),
  inProcess,
});

/** Beside a connection: how its last run ended, and what waits there. */
export const glance = z.object({
  lastRunAt: z.string().nullable(),
  lastRunState: z.string().nullable(),
  waitingCauses: z.number(),
  waitingInvoices: z.number(),
});

export const run = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.string(),
  requestedBy: z.string(),
  requestedAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  progress: z.object({ step: z.string(), done: z.number(), total: z.number() }).nullable(),
  failure: z.string().nullable(),
});

export const reported = z.object({
  autotaskInvoiceId: z.number(),
  copyNumber: z.number(),
  state: z.enum(transferStates),
  quickbooksId: z.string(),
  quickbooksNumber: z.string(),
  total: z.string(),
  quickbooksTotal: z.string(),
  invoiceNumber: z.string(),
  company: z.string(),
  adopted: z.boolean(),
  customerMail: z.object({ state: z.string(), address: z.string().nullable() }).nullable(),
  paidOn: z.string().nullable(),
  balance: z.string().nullable(),
  problems: z.array(problem),
});

/** An invoice of a report of which something else is true by now. */
export const since = z.object({
  autotaskInvoiceId: z.number(),
  copyNumber: z.number(),
  state: z.enum(transferStates),
  /** What stands in its way now. */
  codes: z.array(z.string()).readonly(),
});

export const ledger = z.object({
  autotaskInvoiceId: z.number(),
  copyNumber: z.number(),
  state: z.enum(transferStates),
  invoiceNumber: z.string(),
  company: z.string(),
  invoiceDate: z.string().nullable(),
  total: z.string(),
  quickbooksId: z.string(),
  quickbooksNumber: z.string(),
  quickbooksTotal: z.string(),
  balance: z.string().nullable(),
  paidOn: z.string().nullable(),
  customerMail: z.string().nullable(),
  postedAt: z.string().nullable(),
  problems: z.array(problem),
});

export const listed = z.object({
  autotaskInvoiceId: z.number(),
  copyNumber: z.number(),
  state: z.enum(transferStates),
  invoiceNumber: z.string(),
  company: z.string(),
  invoiceDate: z.string().nullable(),
  currency: z.string().nullable(),
  total: z.string(),
  tax: z.string(),
  quickbooksId: z.string(),
  quickbooksNumber: z.string(),
  quickbooksTotal: z.string(),
  quickbooksTax: z.string(),
  balance: z.string().nullable(),
  paidOn: z.string().nullable(),
  postedAt: z.string().nullable(),
  changedAt: z.string(),
  adopted: z.boolean(),
  awaitsApproval: z.string().nullable(),
  problems: z.array(problem),
});

const sideLine = z.object({
  name: z.string(),
  description: z.string(),
  quantity: z.string().nullable(),
  rate: z.string().nullable(),
  amount: z.string(),
});
const sideHead = z.object({
  number: z.string().nullable(),
  party: z.string(),
  date: z.string().nullable(),
  dueDate: z.string().nullable(),
  net: z.string(),
  tax: z.string().nullable(),
  total: z.string().nullable(),
  balance: z.string().nullable(),
});
export const beside = z.object({
  holds: z.enum(['draft', 'quickbooks']),
  isMissing: z.boolean(),
  autotask: sideHead,
  quickbooks: sideHead,
  differs: z.array(z.enum(['number', 'date', 'tax', 'total'])),
  lines: z.array(
    z.object({
      autotask: sideLine.nullable(),
      quickbooks: sideLine.nullable(),
      differs: z.array(z.enum(['description', 'quantity', 'rate', 'amount'])),
      cents: z.string().nullable(),
      isAmountOnly: z.boolean(),
    }),
  ),
  problems: z.array(problem),
  body: z.string(),
});

/** How a decision is taken back: which permission, link or hold goes, or which hold comes back. */
export const undo = z.object({
  action: z.enum(['create', 'link', 'release', 'hold']),
  kind: z.enum(['customer', 'item']),
  keys: z.array(z.string().max(300)).max(10_000),
  invoices: z.array(z.number().int()).max(10_000),
  /** Where a hold is put back: for which reason it stood. */
  reason: reason.optional(),
});

export const cause = z.object({
  id: z.string(),
  code: z.string(),
  who: z.string(),
  text: z.string(),
  remedy: z.string(),
  invoices: z.array(z.number()),
  actions: z.array(z.string()),
  /** QuickBooks’ id of what it most likely is. */
  likely: z.string().nullable(),
  /** Its name there. */
  likelyName: z.string().nullable(),
  /** The customer that it is about, where the cure lies among the links. */
  customer: z.string().nullable(),
  /** The day on which the first invoice of it leaves the window unposted, where that is within a week. */
  leavesOn: z.string().nullable(),
  /** What was decided since a run met it last, and how it is taken back. */
  standing: z.object({ text: z.string(), undo: undo.nullable() }).nullable(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  count: z.number(),
});

export const loggedError = z.object({
  id: z.string(),
  code: z.string(),
  who: z.string(),
  text: z.string(),
  remedy: z.string(),
  autotaskInvoiceId: z.number().nullable(),
  transferId: z.string().nullable(),
  runId: z.string().nullable(),
  reference: z.string().nullable(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  count: z.number(),
  closedAt: z.string().nullable(),
});

export const mail = z.object({
  id: z.string(),
  kind: z.string(),
  runId: z.string().nullable(),
  to: z.array(z.string()),
  subject: z.string(),
  state: z.string(),
  attachments: z.array(z.string()),
  lastError: z.string().nullable(),
  createdAt: z.string(),
});

export const link = z.object({
  kind: z.string(),
  source: z.string(),
  quickbooksId: z.string(),
  quickbooksName: z.string(),
  origin: z.string(),
  linkedAt: z.string(),
});

export const acted = z.object({
  done: z.array(z.number()),
  left: z.array(z.object({ autotaskInvoiceId: z.number(), reason: z.string() })),
});

const adoptSide = z.object({
  id: z.string(),
  number: z.string(),
  customer: z.string(),
  date: z.string(),
  tax: z.string(),
  total: z.string(),
});
export const adopted = z.object({
  adopted: z.boolean(),
  autotask: adoptSide,
  quickbooks: adoptSide,
  differences: z.array(z.object({ field: z.string(), autotask: z.string(), quickbooks: z.string() })),
  text: z.string(),
});

export const effectRow = z.object({
  autotaskInvoiceId: z.number(),
  invoiceNumber: z.string(),
  company: z.string(),
  total: z.string(),
  totalWithTax: z.string(),
  reasons: z.array(z.object({ code: z.string(), text: z.string() })).readonly(),
});

export const settings = z.object({ version: z.number(), settings: z.record(z.string(), z.string()) });

export const readyInvoice = z.object({
  autotaskInvoiceId: z.number(),
  invoiceNumber: z.string(),
  company: z.string(),
  total: z.string(),
  totalWithTax: z.string(),
  ready: z.boolean(),
  reasons: z.array(z.object({ code: z.string(), text: z.string() })),
  invoiceDate: z.string().nullable(),
  createdAt: z.string().nullable(),
  processedAt: z.string().nullable(),
});

const sideSum = z.object({ invoices: z.number(), net: z.string(), tax: z.string(), total: z.string() });
/** Both sides of a period; amounts are decimal text. */
export const reconciliation = z.object({
  from: z.string(),
  to: z.string(),
  rows: z.array(
    z.object({
      autotaskInvoiceId: z.number(),
      company: z.string(),
      currency: z.string(),
      state: z.enum([...transferStates, 'unknown']),
      result: z.enum(['match', 'different', 'missing-in-quickbooks', 'missing-in-autotask', 'voided']),
      reason: z.string(),
      autotask: z
        .object({
          invoiceNumber: z.string(),
          date: z.string(),
          net: z.string(),
          tax: z.string(),
          total: z.string(),
          isVoided: z.boolean(),
          processedAt: z.string().nullable(),
          paidDate: z.string().nullable(),
        })
        .nullable(),
      quickbooks: z.array(
        z.object({
          id: z.string(),
          number: z.string(),
          customer: z.string(),
          date: z.string().nullable(),
          net: z.string(),
          tax: z.string(),
          total: z.string(),
          balance: z.string(),
          isVoided: z.boolean(),
          link: z.enum(['ledger', 'mark', 'number']),
          copyNumber: z.number().nullable(),
          updatedAt: z.string().nullable(),
          editedAfterPosting: z.boolean(),
        }),
      ),
      difference: z.string(),
      findings: z.array(z.string()),
    }),
  ),
  findings: z.array(
    problem.extend({
      autotaskInvoiceId: z.number(),
      invoiceNumber: z.string(),
      company: z.string(),
      quickbooksId: z.string(),
      field: z.string(),
    }),
  ),
  sums: z.object({
    invoices: z.number(),
    match: z.number(),
    different: z.number(),
    missingInQuickBooks: z.number(),
    missingInAutotask: z.number(),
    voided: z.number(),
    findings: z.number(),
    currencies: z.array(
      z.object({ currency: z.string(), autotask: sideSum, quickbooks: sideSum, difference: z.string() }),
    ),
  }),
});

export const liveList = z.enum(liveKinds);
export const failure = z.object({ error: z.string() });
