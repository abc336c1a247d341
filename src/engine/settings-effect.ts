/** What a change of settings would do to the invoices that are not in QuickBooks yet; looks, and changes nothing. */
import { createHash } from 'node:crypto';
import { settingKeys, type SettingKey } from '../core/settings.ts';
import type { Connection } from '../store/connections.ts';
import { checkSettings, showSettings } from './connecting.ts';
import { Inspector, type ReadyRow } from './inspecting.ts';
import type { Tenant } from './lease.ts';
import type { Services } from './services.ts';

export interface EffectRow {
  readonly autotaskInvoiceId: number;
  readonly invoiceNumber: string;
  readonly company: string;
  readonly total: string;
  readonly totalWithTax: string;
  /** Why it would not go under the new settings; empty when it would. */
  readonly reasons: readonly { readonly code: string; readonly text: string }[];
}

export interface SettingsEffect {
  readonly changed: readonly SettingKey[];
  /** Would go, and would not now. */
  readonly freed: readonly EffectRow[];
  /** Would go now, and would not then. */
  readonly stopped: readonly EffectRow[];
  /** Would go both ways, but would look different in QuickBooks. */
  readonly redrafted: readonly EffectRow[];
  /** Would go both ways and look the same. */
  readonly unchanged: number;
}

/** These say when and where to, never what: no invoice is looked at for them. */
const WITHOUT_EFFECT: readonly SettingKey[] = [
  'sync.status',
  'sync.intervalMinutes',
  'sync.review',
  'invoices.emailToCustomers',
  'voids.sync',
  'voids.maxAgeDays',
  'payments.sync',
  'reports.mainAddress',
  'reports.to',
  'reports.always',
];

/** @throws SettingError where the change would be refused, in the words of the refusal */
export async function settingsEffect(
  services: Services,
  tenant: Tenant,
  connection: Connection,
  changes: Readonly<Record<string, string>>,
): Promise<SettingsEffect> {
  const { settings } = await showSettings(services, tenant);
  const wanted = await checkSettings(services, tenant, changes);
  const changed = settingKeys.filter((key) => wanted[key] !== settings[key]);
  const none = { changed, freed: [], stopped: [], redrafted: [], unchanged: 0 };
  if (changed.every((key) => WITHOUT_EFFECT.includes(key))) return none;
  const [before, after] = [
    await look(services, tenant, connection, {}),
    await look(services, tenant, connection, Object.fromEntries(changed.map((key) => [key, wanted[key] ?? '']))),
  ];
  return { changed, ...compared(before, after) };
}

interface Seen {
  readonly rows: readonly ReadyRow[];
  readonly drafts: ReadonlyMap<number, string>;
}

async function look(
  services: Services,
  tenant: Tenant,
  connection: Connection,
  overrides: Partial<Record<SettingKey, string>>,
): Promise<Seen> {
  const inspector = await Inspector.open(services, tenant, connection, overrides, () => undefined);
  const drafts = new Map<number, string>();
  const rows = await inspector.ready((id, body) => drafts.set(id, createHash('sha256').update(body).digest('hex')));
  return { rows, drafts };
}

function compared(before: Seen, after: Seen): Omit<SettingsEffect, 'changed'> {
  const [now, then] = [byId(before.rows), byId(after.rows)];
  const isReady = (row: ReadyRow | undefined): row is ReadyRow => row?.ready === true;
  const both = [...then.values()].filter((row) => row.ready && isReady(now.get(row.autotaskInvoiceId)));
  const isSame = ({ autotaskInvoiceId: id }: ReadyRow): boolean => before.drafts.get(id) === after.drafts.get(id);
  const outside = [{ code: 'outside-window', text: 'It is older than the days that are looked back.' }];
  return {
    freed: [...then.values()].filter((row) => row.ready && !isReady(now.get(row.autotaskInvoiceId))).map(effectRow),
    stopped: [...now.values()]
      .filter((row) => row.ready && !isReady(then.get(row.autotaskInvoiceId)))
      .map((row) => ({ ...effectRow(row), reasons: then.get(row.autotaskInvoiceId)?.reasons ?? outside })),
    redrafted: both.filter((row) => !isSame(row)).map(effectRow),
    unchanged: both.filter(isSame).length,
  };
}

const byId = (rows: readonly ReadyRow[]): Map<number, ReadyRow> =>
  new Map(rows.map((row) => [row.autotaskInvoiceId, row]));

const effectRow = (row: ReadyRow): EffectRow => ({
  autotaskInvoiceId: row.autotaskInvoiceId,
  invoiceNumber: row.invoiceNumber,
  company: row.company,
  total: row.total,
  totalWithTax: row.totalWithTax,
  reasons: row.reasons,
});
