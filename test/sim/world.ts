/** The tenants of one simulation: what is in both vendors at the beginning, and what is known about each invoice. */
import {
  addConnection,
  changeSettings,
  finishAuthorization,
  terminalOrganization,
} from '../../src/engine/connecting.ts';
import type { Tenant } from '../../src/engine/lease.ts';
import type { Worker } from '../../src/engine/running.ts';
import type { AutotaskSandbox, MutableRow } from '../../src/sandbox/autotask/sandbox.ts';
import { generateMsp } from '../../src/sandbox/msp/generate.ts';
import type { Realm } from '../../src/sandbox/quickbooks/realm.ts';
import type { Kernel } from './kernel.ts';
import type { ConnectionPlan, Plan } from './plan.ts';
import { Random } from './random.ts';
import { realmOf, userOf, type SimVendors } from './vendors.ts';

const DAY_MS = 86_400_000;

/** A sales form that a company in QuickBooks got, whoever made it and whatever became of it. */
export interface Made {
  readonly entity: string;
  readonly id: string;
  readonly row: Record<string, unknown>;
  readonly at: number;
}

/** What people did, as far as it changes what must be true in the end. */
export interface Touched {
  /** QuickBooks ids. */
  readonly edited: Set<string>;
  readonly voided: Set<string>;
  readonly deleted: Set<string>;
  readonly strangers: Set<string>;
  /** Made by a request that the network delivered a second time and that QuickBooks took for a new one. */
  readonly repeated: Set<string>;
  /** Autotask ids. */
  readonly cleared: Set<number>;
  readonly voidedInAutotask: Set<number>;
  readonly overwritten: Map<number, number>;
  readonly held: Set<number>;
  readonly doneByHand: Set<number>;
  readonly numberTaken: Set<number>;
  /** Settings were changed, or a decision taken: obstacles of names and rules may come and go. */
  settings: boolean;
  /** When the last line that came late is visible, kernel milliseconds. */
  linesBackAt: number;
  paused: boolean;
}

export interface Books {
  readonly index: number;
  readonly plan: ConnectionPlan;
  readonly autotask: AutotaskSandbox;
  readonly realm: Realm;
  readonly tenant: Tenant;
  /** Invoices without any obstacle, by Autotask id. */
  readonly clean: Set<number>;
  readonly obstacles: Map<number, string>;
  readonly made: Made[];
  readonly touched: Touched;
  /** Autotask's rows as they were given, to see what we changed. */
  readonly given: Map<number, MutableRow>;
  /** Marks that were there before us. */
  readonly namesAtStart: { readonly customers: Set<string>; readonly items: Set<string> };
}

export const invoicesOf = (books: Pick<Books, 'autotask'>): Map<number, MutableRow> =>
  books.autotask.data.tables.get('Invoices') ?? new Map<number, MutableRow>();
export const linesOf = (books: Pick<Books, 'autotask'>): MutableRow[] => [
  ...(books.autotask.data.tables.get('BillingItems')?.values() ?? []),
];

/** Fills both vendors for one connection, before the product knows of it. */
export function seedVendors(kernel: Kernel, plan: Plan, vendors: SimVendors, index: number): Omit<Books, 'tenant'> {
  const mine = plan.connections[index] as ConnectionPlan;
  const autotask = vendors.autotask[index] as AutotaskSandbox;
  const custom = mine.numbering !== 'quickbooks';
  const realm = vendors.quickbooks.addRealm(realmOf(index), {
    companyName: `Company ${String(index)}`,
    usingSalesTax: mine.tax === 'us-manual',
    customTxnNumbers: custom,
  });
  const random = new Random(`${plan.seed} world ${String(index)}`);
  const msp = generateMsp(autotask, realm, {
    seed: random.whole(1, 1_000_000_000),
    invoices: mine.invoices,
    linesPerInvoice: random.whole(1, mine.linesMax),
    companies: Math.max(2, Math.ceil(mine.invoices / 2)),
    obstacles: mine.obstacles,
    tax: mine.tax,
    now: new Date(kernel.now),
  });
  const invoices = invoicesOf({ autotask });
  if (mine.numbering === 'autotask-number')
    for (const row of invoices.values()) if (row['invoiceNumber'] === null) row['invoiceNumber'] = `T${String(row.id)}`;
  const made: Made[] = [];
  const repeated = new Set<string>();
  const { onChange } = realm;
  const known = new Set<string>();
  realm.onChange = (entity, id, row) => {
    onChange?.(entity, id, row);
    if (row === null || known.has(`${entity} ${id}`)) return;
    known.add(`${entity} ${id}`);
    // Where `requestid` is ignored, nobody can keep the same request from being carried out twice (facts/qbo.md 2.1).
    if (vendors.isRepeat && plan.requestId === 'ignored') repeated.add(id);
    made.push({ entity, id, row, at: kernel.now });
  };
  const names = (entity: string, field: string): Set<string> =>
    new Set([...realm.table(entity).values()].map((row) => String(row[field])));
  return {
    index,
    plan: mine,
    autotask,
    realm,
    clean: new Set(msp.postable),
    obstacles: new Map(msp.obstacles.map((one) => [one.id, one.kind])),
    made,
    touched: {
      edited: new Set(),
      voided: new Set(),
      deleted: new Set(),
      strangers: new Set(),
      repeated,
      cleared: new Set(),
      voidedInAutotask: new Set(),
      overwritten: new Map(),
      held: new Set(),
      doneByHand: new Set(),
      numberTaken: new Set(),
      settings: false,
      linesBackAt: 0,
      paused: false,
    },
    given: new Map([...invoices].map(([id, row]) => [id, { ...row }])),
    namesAtStart: { customers: names('Customer', 'DisplayName'), items: names('Item', 'Name') },
  };
}

/** Connects all companies of the plan by the product's own use cases. */
export async function connectAll(kernel: Kernel, plan: Plan, vendors: SimVendors, worker: Worker): Promise<Books[]> {
  const { services } = worker;
  const organizationId = await terminalOrganization(services);
  const all: Books[] = [];
  for (const [index, mine] of plan.connections.entries()) {
    const seeded = seedVendors(kernel, plan, vendors, index);
    const { secret, integrationCode } = seeded.autotask.knobs;
    const connection = await addConnection(services, organizationId, {
      name: `Company ${String(index)}`,
      autotask: { userName: userOf(index), secret, integrationCode },
      by: 'sim',
    });
    const tenant: Tenant = { organizationId, connectionId: connection.connection_id };
    await finishAuthorization(services, tenant, {
      code: vendors.consent(index),
      realmId: realmOf(index),
      redirectUri: null,
      by: 'sim',
    });
    await changeSettings(services, tenant, settingsOf(mine, index, kernel.now), 'sim');
    all.push({ ...seeded, tenant });
  }
  return all;
}

const settingsOf = (plan: ConnectionPlan, index: number, now: number): Record<string, string> => ({
  'sync.status': 'sync',
  'sync.intervalMinutes': String(plan.intervalMinutes),
  'invoices.notBefore': new Date(now - 60 * DAY_MS).toISOString().slice(0, 10),
  'invoices.numbering': plan.numbering,
  'items.incomeAccount': 'Services',
  'connection.timeZone': ['UTC', 'America/Chicago', 'Europe/Berlin'][index] ?? 'UTC',
  'sync.review': plan.review ? 'on' : 'off',
  'invoices.emailToCustomers': String(plan.mailCustomers),
  'voids.sync': String(plan.voids),
  'reports.to': `books${String(index)}@msp.example`,
});
