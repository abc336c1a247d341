/** What every route works with: the services, whose token it is, and the worker that may carry runs out in this process. */
import type { Mailer } from '../mail/mail.ts';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { findConnection, requestRun, seeThrough } from '../engine/requests.ts';
import type { Worker } from '../engine/running.ts';
import type { Services } from '../engine/services.ts';
import { tenantOf } from '../engine/views.ts';
import type { Tenant } from '../engine/lease.ts';
import { audit } from '../store/audit.ts';
import { loadConnection, updateConnection, type Connection } from '../store/connections.ts';
import { loadRun, type Run } from '../store/runs.ts';
import { withTenant } from '../store/tenant.ts';
import { PROVEN_MS } from './shapes.ts';
import { ProofNeeded, type Person, type Role, type SignIn } from './sign-in/sign-in.ts';

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Who may call a route: anybody, or people of this role and above; a route without a policy does not start. */
export type Policy = 'open' | Role;

declare module 'fastify' {
  interface FastifyContextConfig {
    policy?: Policy;
  }
}

export const open = { policy: 'open' } as const;
/** Looks only. */
export const read = { policy: 'read-only' } as const;
/** Approves drafts too. */
export const review = { policy: 'reviewer' } as const;
/** Does the daily work: runs, decisions, links, settings. */
export const book = { policy: 'bookkeeper' } as const;
/** Connections, people, what reaches beyond the books. */
export const owner = { policy: 'owner' } as const;

export interface Asking {
  readonly actor: string;
  /** Null: the token of the terminal, which counts as an owner without a name. */
  readonly person: Person | null;
  /** What the request sees, and nothing else. */
  readonly organizationId: string;
}

/** Who asks in this request; nobody in routes that are open to all. */
export const asking = new AsyncLocalStorage<Asking | null>();

/**
 * What reaches far asks for the password again when the session has not proven it within the last five minutes. The token of
 * the terminal and the demo's visitor have none. @throws ProofNeeded
 */
export function requireProof({ services }: RouteContext): void {
  const person = asking.getStore()?.person ?? null;
  if (person === null || person.session === null) return;
  const provenAt = person.session.provenAt?.getTime() ?? 0;
  if (services.clock.now().getTime() - provenAt <= PROVEN_MS) return;
  throw new ProofNeeded(
    'This step needs your password again: prove it with POST /api/v1/session/prove, then repeat the step.',
    person.twoFactor ? 'password-and-code' : 'password',
  );
}

export interface RouteContext {
  readonly services: Services;
  /** Of whoever asks in the present request. */
  readonly organizationId: string;
  /** Null: another process has the worker. */
  readonly worker: Worker | null;
  /** Sends what a person asks for here and now. */
  readonly mailer: Mailer | null;
  readonly signIn: SignIn;
  /** Who asks, for the audit log; of the present request. */
  readonly actor: string;
}

export const API_ACTOR = 'api';

export const connectionOf = (context: RouteContext, name: string | undefined): Promise<Connection> =>
  findConnection(context.services, context.organizationId, name, '?connection=NAME at the end of the address');

export const tenantFor = async (context: RouteContext, name: string | undefined): Promise<Tenant> =>
  tenantOf(await connectionOf(context, name));

/** A worker for what a person decides here and now. */
export const workerOf = (context: RouteContext): Worker =>
  context.worker ?? { services: context.services, mailer: context.mailer, say: () => undefined };

/** What leaves the house stands in the audit log. */
export const noteExport = (
  { services, actor }: RouteContext,
  tenant: Tenant,
  line: { action: string; subject: string; detail: unknown },
): Promise<void> =>
  withTenant(services.database, tenant, (tx) => audit(tx, { ...tenant, at: services.clock.now() }, { actor, ...line }));

/** So long a run waits for its turn in this process; the sweep brings it later too. */
const QUEUE_PATIENCE_MS = 60 * 60_000;

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
    seeThrough(worker, tenant, runId, QUEUE_PATIENCE_MS).catch((error: unknown) =>
      services.log.error({ error: error instanceof Error ? error.message : 'unknown' }, 'a run stopped'),
    );
  }
  return run;
}
