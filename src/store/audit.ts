/**
 * The audit log: who did what when, for which organization. Lines are only added (the application's role has no other
 * right), and each is chained to the one before it by hash, so that a line that was changed or taken out is found.
 */
import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import { DatabaseConflict } from './database-failure.ts';
import type { AuditRow } from './tables.ts';
import type { TenantTx } from './tenant.ts';

export type AuditEntry = Selectable<AuditRow>;

interface AuditScope {
  readonly organizationId: string;
  readonly connectionId: string | null;
  readonly at: Date;
}

/** JSON with sorted keys: the same text before it is stored and after it is read. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}

type Hashed = Pick<
  AuditEntry,
  'organization_id' | 'connection_id' | 'at' | 'actor' | 'action' | 'subject' | 'detail' | 'previous_hash'
>;

/** SHA-256 over everything that a line says and the hash of the line before it. */
const hashOf = (row: Hashed): string =>
  createHash('sha256')
    .update(
      canonical([
        row.previous_hash,
        row.organization_id,
        row.connection_id,
        row.at.toISOString(),
        row.actor,
        row.action,
        row.subject,
        row.detail,
      ]),
    )
    .digest('hex');

const TURNS_MAX = 1_000;

/** Until the transaction ends no other writes to this chain; asks again and again, since nothing here waits for a lock. */
async function takeTurn(tx: TenantTx, chain: string): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const { rows } = await sql<{
      mine: boolean;
    }>`select pg_try_advisory_xact_lock(hashtextextended(${chain}, 0)) as mine`.execute(tx);
    if (rows[0]?.mine === true) return;
  }
  throw new DatabaseConflict('Another process is writing to the audit log for long. Nothing was changed; try again.');
}

interface AuditLine {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: unknown;
}

/** Writes a line of the audit log; `detail` holds no secret. Those of one chain are written one after the other. */
export const audit = (tx: TenantTx, scope: AuditScope, entry: AuditLine): Promise<void> => auditAll(tx, scope, [entry]);

/** So many lines go to the database at once. */
const CHUNK = 1_000;

/** Writes several lines, each chained to the one before it. */
export async function auditAll(tx: TenantTx, scope: AuditScope, entries: readonly AuditLine[]): Promise<void> {
  if (entries.length === 0) return;
  const { organizationId, connectionId } = scope;
  await takeTurn(tx, `audit ${organizationId} ${connectionId ?? ''}`);
  const last = await tx
    .selectFrom('audit_log')
    .select('hash')
    .where('organization_id', '=', organizationId)
    .where('connection_id', connectionId === null ? 'is' : '=', connectionId)
    .orderBy('audit_number', 'desc')
    .limit(1)
    .executeTakeFirst();
  let previous = last?.hash ?? '';
  const rows = entries.map((entry) => {
    const detail = JSON.stringify(entry.detail ?? {});
    const row = {
      organization_id: organizationId,
      connection_id: connectionId,
      at: scope.at,
      actor: entry.actor,
      action: entry.action,
      subject: entry.subject,
      previous_hash: previous,
    };
    previous = hashOf({ ...row, detail: JSON.parse(detail) as unknown });
    return { ...row, detail, hash: previous };
  });
  for (let at = 0; at < rows.length; at += CHUNK)
    await tx
      .insertInto('audit_log')
      .values(rows.slice(at, at + CHUNK))
      .execute();
}

export interface AuditFilter {
  readonly connectionId?: string | undefined;
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
  /** Lines with a lower number: the next page. */
  readonly before?: number | undefined;
}

/** The lines that fit, newest first. */
export const loadAudit = (tx: TenantTx, filter: AuditFilter, limit: number): Promise<AuditEntry[]> => {
  let query = tx.selectFrom('audit_log').selectAll();
  if (filter.connectionId !== undefined) query = query.where('connection_id', '=', filter.connectionId);
  if (filter.action !== undefined) query = query.where('action', '=', filter.action);
  if (filter.actor !== undefined) query = query.where('actor', '=', filter.actor);
  if (filter.from !== undefined) query = query.where('at', '>=', filter.from);
  if (filter.to !== undefined) query = query.where('at', '<', filter.to);
  if (filter.before !== undefined) query = query.where('audit_number', '<', filter.before);
  return query.orderBy('audit_number', 'desc').limit(limit).execute();
};

/** The actions that occur, to choose from. */
export async function loadAuditActions(tx: TenantTx): Promise<string[]> {
  const rows = await tx.selectFrom('audit_log').select('action').distinct().orderBy('action').execute();
  return rows.map((row) => row.action);
}

const PAGE = 1_000;

export interface AuditVerified {
  readonly lines: number;
  /** Lines from before the chain began: they prove nothing. */
  readonly unchained: number;
  /** Lines that retention took from the beginning of the chains, as the lines that stayed say. */
  readonly pruned: number;
  /** The last hash of each chain: who notes it down elsewhere can prove later that nothing before it was taken out. */
  readonly heads: readonly string[];
  readonly faults: readonly string[];
}

/** One chain on the way through it. */
interface Chain {
  head: string;
  /** Its first line does not begin a chain: a later line must say that retention took what came before. */
  beginsAfter: { readonly hash: string; readonly fault: string } | null;
}

/** What a line about pruning says: how many lines went, and the hash of the last of them. */
function prunedBy(row: AuditEntry): { lines: number; hash: string } | null {
  if (row.action !== 'audit-pruned' || row.detail === null || typeof row.detail !== 'object') return null;
  const { lines, hash } = row.detail as Record<string, unknown>;
  return typeof lines === 'number' && typeof hash === 'string' ? { lines, hash } : null;
}

/**
 * Reads the organization's whole log and follows its chains. A chain whose beginning retention took away begins after a
 * hash that one of its own lines names (pruneAudit in retention.ts).
 * @param noted hashes that were heads earlier; each must still be there, unless it is older than what is kept
 */
export async function verifyAudit(tx: TenantTx, noted: readonly string[] = []): Promise<AuditVerified> {
  const chains = new Map<string, Chain>();
  const missing = new Set(noted);
  const faults: string[] = [];
  let [lines, unchained, pruned, after] = [0, 0, 0, 0];
  for (;;) {
    const rows = await tx
      .selectFrom('audit_log')
      .selectAll()
      .where('audit_number', '>', after)
      .orderBy('audit_number')
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      const key = row.connection_id ?? '';
      const chain = chains.get(key);
      missing.delete(row.hash);
      if (row.hash === '' && chain === undefined) unchained += 1;
      else {
        const fault = faultOf(row, chain?.head ?? row.previous_hash);
        if (fault !== null) faults.push(fault);
        const next = chain ?? { head: '', beginsAfter: beginning(row) };
        const said = prunedBy(row);
        missing.delete(said?.hash ?? '');
        pruned += said?.lines ?? 0;
        if (said?.hash === next.beginsAfter?.hash) next.beginsAfter = null;
        chains.set(key, { ...next, head: row.hash });
      }
    }
    lines += rows.length;
    after = rows.at(-1)?.audit_number ?? after;
    if (rows.length < PAGE) break;
  }
  for (const { beginsAfter } of chains.values()) if (beginsAfter !== null) faults.push(beginsAfter.fault);
  const old = pruned === 0 ? '' : ' If it was noted down before the oldest line that is left, retention took it.';
  for (const one of missing) faults.push(`The line with the hash ${one} is gone, and perhaps others after it.${old}`);
  return { lines, unchained, pruned, heads: [...chains.values()].map((chain) => chain.head), faults };
}

const beginning = (row: AuditEntry): Chain['beginsAfter'] =>
  row.previous_hash === '' ? null : { hash: row.previous_hash, fault: brokenBefore(row) };

const named = (row: AuditEntry): string => `Line ${String(row.audit_number)} (${row.at.toISOString()}, ${row.action})`;
const brokenBefore = (row: AuditEntry): string =>
  `${named(row)} does not follow the line before it: one was taken out or put in.`;

function faultOf(row: AuditEntry, head: string): string | null {
  if (row.previous_hash !== head) return brokenBefore(row);
  return row.hash === hashOf(row) ? null : `${named(row)} was changed after it was written.`;
}
