/**
 * The HTTP API: what the terminal can read, under /api/v1, with its OpenAPI document. Every route but health needs the
 * owner's token; the Host header is checked; a bind beyond loopback without a configured token is refused.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ConfigError } from '../config.ts';
import { findConnection, WrongUse } from '../engine/requests.ts';
import type { Services } from '../engine/services.ts';
import { loadConnections } from '../store/connections.ts';
import { loadRun, loadRuns } from '../store/runs.ts';
import { withTenant } from '../store/tenant.ts';
import { transferStates } from '../core/states.ts';
import { loadTransfersIn } from '../store/transfers.ts';
import { renderStatusPage, type StatusPage } from './status-page.ts';

export interface ServerOptions {
  readonly services: Services;
  readonly organizationId: string;
  /** What the status page shows without a token: the demo's own data, or nothing. */
  readonly status: () => Promise<StatusPage>;
}

const OPEN = new Set(['/', '/healthz', '/readyz']);
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Listens; answers the address. @throws ConfigError when the bind is not safe */
export async function startServer(options: ServerOptions): Promise<{ url: string; close(): Promise<void> }> {
  const { config } = options.services;
  const isLoopback = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(config.host);
  if (!isLoopback && !config.apiTokenGiven) {
    throw new ConfigError(
      `LEDGERFERRY_HOST=${config.host} can be reached from other machines: set LEDGERFERRY_API_TOKEN first (openssl rand -hex 32), or use 127.0.0.1.`,
    );
  }
  const app = Fastify({ logger: false, bodyLimit: 1_048_576 });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        upgradeInsecureRequests: null,
      },
    },
  });
  await app.register(swagger, {
    openapi: {
      info: { title: 'Ledgerferry', version: '1' },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
  });
  app.addHook('onRequest', async (request, reply) => {
    if (!isOurHost(request, config.publicUrl, config.port))
      return reply
        .code(421)
        .send({ error: 'This server does not answer to that host name; use the address in LEDGERFERRY_PUBLIC_URL.' });
    if (
      !OPEN.has(request.url.split('?')[0] ?? '') &&
      request.url !== '/status.css' &&
      !hasToken(request, config.apiToken)
    ) {
      return reply.code(401).send({
        error:
          'This needs the header Authorization: Bearer TOKEN (the token stands in the data folder, file api-token).',
      });
    }
    reply.header('cache-control', 'no-store');
    return undefined;
  });
  app.setErrorHandler((error, _request, reply) => {
    const isWrongUse = error instanceof WrongUse;
    const isValidation = error instanceof Error && 'validation' in error;
    if (!isWrongUse && !isValidation)
      options.services.log.error({ error: error instanceof Error ? error.message : 'unknown' }, 'request failed');
    return reply.code(isWrongUse ? 404 : isValidation ? 400 : 500).send({
      error:
        isWrongUse || (isValidation && error instanceof Error)
          ? error.message
          : 'Something went wrong here; it stands in the log.',
    });
  });
  addRoutes(app.withTypeProvider<ZodTypeProvider>(), options);
  const url = await app.listen({ host: config.host, port: config.port });
  return { url, close: () => app.close() };
}

/** A page of another site cannot make the browser talk to us under a foreign name. */
function isOurHost(request: FastifyRequest, publicUrl: string, port: number): boolean {
  const host = request.headers.host ?? '';
  const name = host.replace(/:\d+$/, '');
  return (
    host === new URL(publicUrl).host ||
    (/^(127\.0\.0\.1|localhost|\[::1\])$/.test(name) &&
      (host.endsWith(`:${String(port)}`) || port === 0 || !host.includes(':')))
  );
}

function hasToken(request: FastifyRequest, token: string): boolean {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

const connectionQuery = z.object({ connection: z.string().optional() });

function addRoutes(base: FastifyInstance, options: ServerOptions): void {
  const app = base.withTypeProvider<ZodTypeProvider>();
  const { services, organizationId } = options;
  const tenantOf = async (name: string | undefined) => {
    const connection = await findConnection(services, organizationId, name);
    return { organizationId, connectionId: connection.connection_id };
  };
  app.get('/healthz', { schema: { hide: true } }, () => ({ status: 'ok' }));
  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    try {
      await services.clock.follow();
      return { status: 'ready' };
    } catch {
      return reply.code(503).send({ status: 'the database cannot be reached' });
    }
  });
  app.get('/', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(renderStatusPage(await options.status())),
  );
  app.get('/status.css', { schema: { hide: true } }, (_request, reply) => reply.type('text/css').send(statusCss));
  app.get('/openapi.json', { schema: { hide: true } }, () => base.swagger());
  app.get('/api/v1/connections', { schema: { summary: 'All connections' } }, async () => {
    const rows = await withTenant(services.database, { organizationId }, loadConnections);
    return {
      connections: rows.map((row) => ({
        name: row.name,
        autotask: { state: row.autotask_state },
        quickbooks: { state: row.quickbooks_state, companyName: row.quickbooks_company_name },
      })),
    };
  });
  app.get('/api/v1/runs', { schema: { summary: 'The last runs', querystring: connectionQuery } }, async (request) => {
    const runs = await withTenant(services.database, await tenantOf(request.query.connection), (tx) =>
      loadRuns(tx, 50),
    );
    return {
      runs: runs.map((run) => ({
        id: run.run_id,
        kind: run.kind,
        state: run.state,
        requestedAt: run.requested_at.toISOString(),
        progress: run.progress,
        failure: run.failure?.message ?? null,
      })),
    };
  });
  app.get(
    '/api/v1/runs/:id',
    { schema: { summary: 'A run with its report', params: z.object({ id: z.uuid() }), querystring: connectionQuery } },
    async (request) => {
      const run = await withTenant(services.database, await tenantOf(request.query.connection), (tx) =>
        loadRun(tx, request.params.id),
      );
      if (run === null) throw new WrongUse('There is no such run.');
      return { run: { id: run.run_id, kind: run.kind, state: run.state, progress: run.progress }, report: run.report };
    },
  );
  app.get(
    '/api/v1/transfers',
    {
      schema: {
        summary: 'Every invoice that was seen, with its state; 500 at a time by invoice id',
        querystring: connectionQuery.extend({
          state: z.enum(transferStates).optional(),
          after: z.coerce.number().int().optional(),
        }),
      },
    },
    async (request) => {
      const { state, after } = request.query;
      const rows = await withTenant(services.database, await tenantOf(request.query.connection), (tx) =>
        loadTransfersIn(tx, state === undefined ? transferStates : [state], {
          limit: 500,
          ...(after === undefined ? {} : { afterInvoiceId: after }),
        }),
      );
      return {
        transfers: rows.map((row) => ({
          autotaskInvoiceId: row.autotask_invoice_id,
          copyNumber: row.copy_number,
          state: row.state,
          quickbooksId: row.quickbooks_id ?? '',
          quickbooksNumber: row.quickbooks_number ?? '',
          total: row.source_total ?? '',
          quickbooksTotal: row.quickbooks_total ?? '',
          problems: row.problems,
        })),
      };
    },
  );
}

const statusCss = `:root{color-scheme:light dark;--ink:#1d2733;--soft:#5b6875;--rule:#e3e8ee;--paper:#fff;--ground:#f5f7fa;--accent:#2f6f4f}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b4;--rule:#2b3540;--paper:#161c22;--ground:#0f1419;--accent:#7cc4a0}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 20px}header p{margin:0;color:var(--soft)}h1{font-size:26px;margin:2px 0 18px;font-weight:650}
.banner{background:#fff6dd;color:#5c4400;border:1px solid #f0dca0;border-radius:8px;padding:8px 14px;margin:0 0 20px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(160px,1fr));gap:12px;margin:0 0 26px}
.card{background:var(--paper);border:1px solid var(--rule);border-radius:10px;padding:14px 16px}.card b{display:block;font-size:24px;font-variant-numeric:tabular-nums}.card span{color:var(--soft)}
h2{font-size:16px;margin:26px 0 10px}.cause{background:var(--paper);border:1px solid var(--rule);border-left:4px solid #d9822b;border-radius:6px;padding:10px 14px;margin:0 0 10px}.cause.waits{border-left-color:#9fb3c8}.cause p{margin:2px 0}.cause .cure{color:var(--soft)}
.scroll{overflow-x:auto;background:var(--paper);border:1px solid var(--rule);border-radius:10px}table{border-collapse:collapse;width:100%;font-size:14px}th,td{padding:8px 12px;text-align:left;border-bottom:1px solid var(--rule);white-space:nowrap}th{color:var(--soft);font-weight:600}td.money,th.money{text-align:right;font-variant-numeric:tabular-nums}tr:last-child td{border-bottom:0}
.done{color:var(--accent)}progress{width:100%;accent-color:var(--accent)}code{background:var(--ground);padding:1px 5px;border-radius:4px}`;
