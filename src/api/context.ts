/** What every route works with: the services, whose token it is, and the worker that may carry runs out in this process. */
import type { FastifyInstance, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { findConnection, requestRun, workOnce } from '../engine/requests.ts';
import type { Worker } from '../engine/running.ts';
import type { Services } from '../engine/services.ts';
import { tenantOf } from '../engine/views.ts';
import type { Tenant } from '../engine/lease.ts';
import { loadConnection, updateConnection, type Connection } from '../store/connections.ts';
import { loadRun, type Run } from '../store/runs.ts';
import { withTenant } from '../store/tenant.ts';

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Who may call a route; every route declares one, and a route without one does not start. */
export type Policy = 'open' | 'owner';

declare module 'fastify' {
  interface FastifyContextConfig {
    policy?: Policy;
  }
}

export const open = { policy: 'open' } as const;
export const owner = { policy: 'owner' } as const;

export interface RouteContext {
  readonly services: Services;
  readonly organizationId: string;
  /** Null: another process has the worker. */
  readonly worker: Worker | null;
  /** Who asks, for the audit log. */
  readonly actor: string;
}

export const API_ACTOR = 'api';

export const connectionOf = (context: RouteContext, name: string | undefined): Promise<Connection> =>
  findConnection(context.services, context.organizationId, name);

export const tenantFor = async (context: RouteContext, name: string | undefined): Promise<Tenant> =>
  tenantOf(await connectionOf(context, name));

/** A worker for what a person decides here and now. */
export const workerOf = (context: RouteContext): Worker =>
  context.worker ?? { services: context.services, mailer: null, say: () => undefined };

/** Asks for a run and lets it go: worked here when this process has a worker, else by the one that sweeps. */
export async function startRun(
  context: RouteContext,
  tenant: Tenant,
  wanted: { kind: Run['kind']; options: Run['options'] },
): Promise<Run> {
  const { services, worker } = context;
  const runId = await requestRun(services, tenant, { ...wanted, by: context.actor });
  const run = await withTenant(services.database, tenant, async (tx) => {
    const connection = await loadConnection(tx, tenant.connectionId);
    if (worker === null && connection !== null)
      await updateConnection(tx, tenant.connectionId, { next_run_at: services.clock.now() });
    return loadRun(tx, runId);
  });
  if (run === null) throw new Error('the run that was just asked for is gone');
  if (worker !== null) {
    workOnce(worker, tenant, runId).catch((error: unknown) =>
      services.log.error({ error: error instanceof Error ? error.message : 'unknown' }, 'a run stopped'),
    );
  }
  return run;
}
