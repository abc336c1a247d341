/**
 * The application's role: owns nothing, may not bypass row-level security, and is what every query of the product runs
 * as. Where it may not be made, the owner runs them, bound by FORCE ROW LEVEL SECURITY alone, and start-up says so.
 */
import type pg from 'pg';
import type { Clock } from '../platform/clock.ts';
import { databaseCode } from './database-failure.ts';

export const APPLICATION_ROLE = 'ledgerferry_app';
/** History: rows are added, never changed. */
export const APPEND_ONLY: readonly string[] = ['transfer_events', 'audit_log'];

/** Another process makes or grants the role at the same moment (roles belong to the whole server). */
const CONCURRENT = new Set(['23505', '42710', 'XX000']);
const ATTEMPTS_MAX = 20;

export interface RoleState {
  readonly canTake: boolean;
  readonly warnings: readonly string[];
}

/** Makes the role and the membership in it as far as the connecting user may. */
export async function ensureRole(client: pg.Client, clock: Clock): Promise<RoleState> {
  const canTake = (await take(client)) || (await make(client, clock));
  const [role, user] = await bypasses(client);
  const warnings: string[] = [];
  if (!canTake)
    warnings.push(
      `The database user may not create the role ${APPLICATION_ROLE} or is not a member of it; tenants are kept apart by forced row-level security on the owner alone. For the second net, as administrator: create role ${APPLICATION_ROLE} nologin; grant ${APPLICATION_ROLE} to that user.`,
    );
  if (canTake ? role === true : user === true)
    warnings.push(
      `${canTake ? `The role ${APPLICATION_ROLE}` : 'The database user'} bypasses row-level security, so that the second net between tenants is missing. As administrator: alter role ${canTake ? APPLICATION_ROLE : 'NAME'} nosuperuser nobypassrls.`,
    );
  return { canTake, warnings };
}

async function take(client: pg.Client): Promise<boolean> {
  try {
    await client.query(`set role ${APPLICATION_ROLE}; reset role`);
    return true;
  } catch {
    return false;
  }
}

async function make(client: pg.Client, clock: Clock): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    try {
      const { rows } = await client.query('select 1 from pg_roles where rolname = $1', [APPLICATION_ROLE]);
      if (rows.length === 0)
        await client.query(`create role ${APPLICATION_ROLE} nologin nosuperuser nobypassrls nocreatedb nocreaterole`);
      await client.query(`grant ${APPLICATION_ROLE} to current_user`);
    } catch (error) {
      if (!CONCURRENT.has(databaseCode(error))) return take(client);
    }
    if (await take(client)) return true;
    await clock.sleep(20);
  }
  return false;
}

/** Whether the application's role and the connecting user are free of row-level security. */
async function bypasses(client: pg.Client): Promise<[boolean | undefined, boolean | undefined]> {
  const { rows } = await client.query<{ rolname: string; free: boolean }>(
    'select rolname, rolsuper or rolbypassrls as free from pg_roles where rolname in ($1, current_user)',
    [APPLICATION_ROLE],
  );
  const role = rows.find((row) => row.rolname === APPLICATION_ROLE);
  return [role?.free, rows.find((row) => row !== role)?.free];
}

/**
 * Gives the role what it needs on the tables. The migrations do the same where the role exists before them; here it is
 * made good for a role that came later, and for a restored backup.
 */
export async function grantTables(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> 'schema_migrations'
       and relrowsecurity and not (has_table_privilege($1, oid, 'select') and has_table_privilege($1, oid, 'insert')
         and (relname = any($2) or (has_table_privilege($1, oid, 'update') and has_table_privilege($1, oid, 'delete'))))
     order by relname`,
    [APPLICATION_ROLE, [...APPEND_ONLY]],
  );
  await grantFunctions(client);
  if (rows.length === 0) return;
  const grants = rows.map(({ name }) => {
    const rights = APPEND_ONLY.includes(name) ? 'select, insert' : 'select, insert, update, delete';
    return `grant ${rights} on public."${name}" to ${APPLICATION_ROLE}`;
  });
  await client.query(`grant usage on schema public to ${APPLICATION_ROLE}; ${grants.join('; ')}`);
}

/** Retention's way into the two histories, which the role may otherwise only add to (migration 0004). */
async function grantFunctions(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select oid::regprocedure::text as name from pg_proc
     where pronamespace = 'public'::regnamespace and prosecdef and proname in ('prune_transfer_events', 'prune_audit_log')
       and not has_function_privilege($1, oid, 'execute') order by 1`,
    [APPLICATION_ROLE],
  );
  for (const { name } of rows) await client.query(`grant execute on function ${name} to ${APPLICATION_ROLE}`);
}
