/** Runs of every kind: ask, follow by server-sent events, read the report and its CSV, clear what is stuck. */
import { z } from 'zod';
import { clearRun } from '../../engine/clearing.ts';
import { Inspector } from '../../engine/inspecting.ts';
import { WrongUse } from '../../engine/requests.ts';
import { requireIncomeAccount } from '../../engine/connecting.ts';
import { changedSince } from '../../engine/since.ts';
import { inProcess, reportOf, runView, tenantOf, transferView } from '../../engine/views.ts';
import { renderItemsCsv } from '../../mail/compose-items.ts';
import { renderReconciliationCsv } from '../../mail/compose-reconciliation.ts';
import { renderCsv } from '../../mail/report-csv.ts';
import type { ComparedItems } from '../../core/compare-items.ts';
import { mapRows } from '../../core/rows.ts';
import type { Reconciliation } from '../../core/reconcile.ts';
import { listRuns, loadRun, runKinds, type Run } from '../../store/runs.ts';
import type { Clock } from '../../platform/clock.ts';
import { withTenant } from '../../store/tenant.ts';
import type { Tenant } from '../../engine/lease.ts';
import {
  asking,
  book,
  connectionOf,
  noteExport,
  read,
  requireProof,
  startRun,
  tenantFor,
  type App,
  type RouteContext,
} from '../context.ts';
import { headersOf } from '../headers.ts';
import * as shapes from '../shapes.ts';

const byId = z.object({ id: z.uuid() });
const emails = shapes.addresses.default([]);
const matchBy = z.enum(['name', 'external-number', 'id']).optional();

const asked = z.discriminatedUnion(
  'kind',
  [
    z.object({ kind: z.literal('sync-now'), emails, until: z.literal('posted').optional() }),
    z.object({
      kind: z.literal('manual-copy'),
      emails,
      invoiceId: shapes.invoiceId.optional(),
      invoiceIds: shapes.invoiceIds.max(200).optional(),
      number: z.string().trim().min(1).max(100).optional().describe('Autotask’s invoice number instead of its id'),
      overwrite: z.boolean().default(false),
      mailCustomer: z.boolean().default(false),
    }),
    z.object({ kind: z.literal('void-pass'), emails }),
    z.object({ kind: z.literal('payment-pass'), emails, since: z.iso.date().optional() }),
    z.object({ kind: z.literal('compare-items'), emails, matchBy, silent: z.boolean().default(false) }),
    z.object({
      kind: z.literal('copy-items'),
      emails,
      matchBy,
      dryRun: z.boolean().default(false),
      silent: z.boolean().default(false),
    }),
  ],
  {
    error: ({ code }: { code: string | undefined }) =>
      code === 'invalid_type'
        ? undefined
        : 'it takes sync-now, manual-copy, void-pass, payment-pass, compare-items or copy-items; a reconciliation is asked for at /api/v1/reconciliations',
  },
);

export function addRunRoutes(app: App, context: RouteContext): void {
  const { services } = context;
  const runOf = async (tenant: Tenant, id: string): Promise<Run> => {
    const run = await withTenant(services.database, tenant, (tx) => loadRun(tx, id));
    if (run === null) throw new WrongUse('There is no such run.');
    return run;
  };
  addRunList(app, context);
  app.post(
    '/api/v1/runs',
    {
      config: book,
      schema: {
        summary: 'Ask for a run: sync now, manual copy, voids, payments, compare or copy items',
        querystring: shapes.ofConnection,
        body: asked,
        response: { 202: z.object({ run: shapes.run }), 403: shapes.needsProof },
      },
    },
    async ({ query, body }, reply) => {
      const tenant = await tenantFor(context, query.connection);
      if (body.kind === 'manual-copy') {
        requireOneOf(body);
        if (body.overwrite) requireProof(context);
      }
      const { kind, ...options } = await withId(context, query.connection, body);
      if (kind === 'copy-items') await requireIncomeAccount(context.services, tenant);
      const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
      const run = await startRun(context, tenant, { kind, options: given });
      return reply.code(202).send({ run: runView(run) });
    },
  );
  app.get(
    '/api/v1/runs/:id',
    {
      config: read,
      schema: {
        summary: 'A run with what it did',
        params: byId,
        querystring: shapes.ofConnection,
        response: {
          200: z.object({
            run: shapes.run,
            transfers: z.array(shapes.reported),
            counts: z.record(z.string(), z.number()).nullable(),
            totals: z.array(z.object({ currency: z.string(), invoices: z.number(), total: z.string() })),
            obstacles: z.array(shapes.problem.extend({ invoices: z.array(z.number()) })),
            since: z.array(shapes.since),
            asked: z.record(z.string(), z.unknown()),
            result: z.unknown(),
          }),
        },
      },
    },
    async ({ params, query }) => {
      const tenant = await tenantFor(context, query.connection);
      const run = await runOf(tenant, params.id);
      const report = reportOf(run);
      return {
        run: runView(run),
        transfers: [...mapRows(report?.rows ?? [], transferView)],
        counts: report === null ? null : { ...report.counts },
        totals: [...(report?.totals ?? [])],
        obstacles: (report?.obstacles ?? []).map((one) => ({ ...one, invoices: [...one.invoices] })),
        since: report === null ? [] : await changedSince(services, tenant, report.rows),
        asked: { ...run.options },
        result: run.result,
      };
    },
  );
  app.get(
    '/api/v1/runs/:id/csv',
    {
      config: read,
      schema: {
        summary: 'Its report, or its comparison, as CSV. Asks for the password again',
        params: byId,
        querystring: shapes.ofConnection,
        response: { 200: z.unknown().describe('text/csv'), 403: shapes.needsProof },
      },
    },
    async ({ params, query }, reply) => {
      const tenant = await tenantFor(context, query.connection);
      const run = await runOf(tenant, params.id);
      const text = csvOf(run);
      if (text === null) throw new WrongUse('This run has no report yet.');
      requireProof(context);
      await noteExport(context, tenant, { action: 'run-exported', subject: run.run_id, detail: { kind: run.kind } });
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="ledgerferry-${run.kind}-${run.run_id.slice(0, 8)}.csv"`)
        .send(text);
    },
  );
  addEvents(app, context, runOf);
  app.post(
    '/api/v1/runs/clear',
    {
      config: book,
      schema: {
        summary: 'End a stuck run; a living worker only by force, which fences it off',
        querystring: shapes.ofConnection,
        body: z.object({ force: z.boolean().default(false) }),
        response: { 200: z.object({ cleared: z.boolean(), holder: z.string().nullable(), lives: z.boolean() }) },
      },
    },
    async ({ query, body }) =>
      clearRun(services, await tenantFor(context, query.connection), { force: body.force, by: context.actor }),
  );
}

function addRunList(app: App, context: RouteContext): void {
  const { services } = context;
  app.get(
    '/api/v1/runs',
    {
      config: read,
      schema: {
        summary: 'The last 50 runs, or those before one of them; and what is in process',
        querystring: shapes.ofConnection.extend({
          kind: z.enum(runKinds).optional(),
          /** The moment at which the last one of the page before was asked for. */
          before: z.iso.datetime().optional(),
        }),
        response: {
          200: z.object({
            runs: z.array(shapes.run.extend({ counts: z.record(z.string(), z.number()).nullable() })),
            inProcess: shapes.inProcess,
          }),
        },
      },
    },
    async ({ query }) => {
      const tenant = await tenantFor(context, query.connection);
      const { kind, before } = query;
      const runs = await withTenant(services.database, tenant, (tx) =>
        listRuns(tx, 50, {
          ...(kind === undefined ? {} : { kind }),
          ...(before === undefined ? {} : { before: new Date(before) }),
        }),
      );
      return {
        runs: runs.map((run) => ({ ...runView(run), counts: run.counts })),
        inProcess: await inProcess(services, tenant),
      };
    },
  );
}

/** An overwrite is one decision about one invoice: never over a list. */
function requireOneOf(body: {
  invoiceId?: number | undefined;
  invoiceIds?: number[] | undefined;
  number?: string | undefined;
  overwrite: boolean;
}): void {
  if ([body.invoiceId, body.invoiceIds, body.number].filter((one) => one !== undefined).length !== 1)
    throw new WrongUse('Say which invoice, one way: invoiceId, invoiceIds, or number (Autotask’s invoice number).');
  if (body.overwrite && body.invoiceIds !== undefined)
    throw new WrongUse('Overwrite one invoice at a time: invoiceId or number.');
}

type Wanted = z.output<typeof asked>;

/** A number in its invoice's id, found as `invoices copy --number` finds it. @throws WrongUse when there is none, or several */
async function withId(context: RouteContext, name: string | undefined, body: Wanted): Promise<Wanted> {
  if (body.kind !== 'manual-copy' || body.number === undefined) return body;
  const { number, ...rest } = body;
  const connection = await connectionOf(context, name);
  const inspector = await Inspector.open(context.services, tenantOf(connection), connection, {}, () => undefined);
  return { ...rest, invoiceId: await inspector.idOfNumber(number) };
}

/** A comparison is a table of its own; every other kind has its report. */
function csvOf(run: Run): string | null {
  if (run.kind === 'compare-items' && run.result !== null) return renderItemsCsv(run.result as ComparedItems);
  if (run.kind === 'reconcile')
    return run.result === null ? null : renderReconciliationCsv(run.result as Reconciliation);
  const report = reportOf(run);
  return report === null ? null : renderCsv(report);
}

const LOOK_MS = 1_000;
const LOOK_FLOOR_MS = 100;
const FOLLOW_MS = 30 * 60_000;

/** Progress as server-sent events, from the ledger: a page that reloads or another process sees the same. */
function addEvents(app: App, context: RouteContext, runOf: (tenant: Tenant, id: string) => Promise<Run>): void {
  const { services } = context;
  app.get(
    '/api/v1/runs/:id/events',
    {
      config: read,
      schema: {
        summary: 'Its progress as server-sent events, until it has ended',
        params: byId,
        querystring: shapes.ofConnection,
      },
    },
    async (request, reply) => {
      const { params, query, raw } = request;
      const tenant = await tenantFor(context, query.connection);
      await runOf(tenant, params.id);
      const look = async (): Promise<Run> => {
        await requireSession(context, headersOf(request));
        return runOf(tenant, params.id);
      };
      reply.hijack();
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        connection: 'keep-alive',
      });
      const gone = new AbortController();
      raw.on('close', () => gone.abort(new Error('the reader has gone')));
      try {
        await follow(services.clock, look, reply.raw, gone.signal);
      } catch {
        // The reader has gone, or the database has: the stream ends, and the page asks anew.
      }
      reply.raw.end();
    },
  );
}

/** A stream outlives its request: whoever signs out, is removed or changes the organization gets no more of it. */
async function requireSession({ signIn, organizationId }: RouteContext, headers: Headers): Promise<void> {
  if (asking.getStore()?.person?.session == null) return;
  const person = await signIn.whoIs(headers, true);
  if (person?.organizationId !== organizationId) throw new WrongUse('The session has ended.');
}

async function follow(
  clock: Clock,
  look: () => Promise<Run>,
  out: { write(text: string): boolean },
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + FOLLOW_MS;
  let last = '';
  while (performance.now() < until && !signal.aborted) {
    const run = await look();
    const text = JSON.stringify(runView(run));
    if (text !== last) out.write(`event: run\ndata: ${text}\n\n`);
    else out.write(': still at it\n\n');
    last = text;
    if (run.state !== 'queued' && run.state !== 'running') return;
    await clock.sleep(Math.max(LOOK_MS, LOOK_FLOOR_MS / clock.scaled(1)), signal);
  }
}
