/** Which migrations ran here and how full the connection's tables are: for whoever helps from afar. */
import { sql } from 'kysely';
import type { TenantTx } from './tenant.ts';

const counted = [
  'transfers',
  'runs',
  'batches',
  'problem_log',
  'outbox',
  'links',
  'quickbooks_rows',
  'autotask_rows',
] as const;

export async function loadSchemaState(tx: TenantTx): Promise<{ server: string; rows: Record<string, number> }> {
  const version = await sql<{ version: string }>`select current_setting('server_version') as version`.execute(tx);
  const rows: Record<string, number> = {};
  for (const table of counted) {
    const { count } = await tx
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    rows[table] = Number(count);
  }
  return { server: version.rows[0]?.version ?? 'unknown', rows };
}
