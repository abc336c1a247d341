/** The month-end proof: ask for a period, then read what stands beside what. */
import { z } from 'zod';
import { periodFault } from '../../core/reconcile.ts';
import { WrongUse } from '../../engine/requests.ts';
import { runView } from '../../engine/views.ts';
import { lastReconciliation, loadRun } from '../../store/runs.ts';
import { withTenant } from '../../store/tenant.ts';
import { read, startRun, tenantFor, type App, type RouteContext } from '../context.ts';
import * as shapes from '../shapes.ts';

export function addReconcileRoutes(app: App, context: RouteContext): void {
  app.post(
    '/api/v1/reconciliations',
    {
      config: read,
      schema: {
        summary: 'Compare a period on both sides, to the cent; changes nothing. Progress as with any run',
        querystring: shapes.ofConnection,
        body: z.object({ from: z.iso.date(), to: z.iso.date() }),
        response: { 202: z.object({ run: shapes.run }) },
      },
    },
    async ({ query, body }, reply) => {
      const fault = periodFault(body.from, body.to);
      if (fault !== null) throw new WrongUse(fault);
      const tenant = await tenantFor(context, query.connection);
      const run = await startRun(context, tenant, { kind: 'reconcile', options: { ...body, silent: true } });
      return reply.code(202).send({ run: runView(run) });
    },
  );
  app.get(
    '/api/v1/reconciliations',
    {
      config: read,
      schema: {
        summary: 'The newest finished comparison of exactly this period; null when there is none',
        querystring: shapes.ofConnection.extend({ from: z.iso.date(), to: z.iso.date() }),
        response: { 200: z.object({ run: shapes.run.nullable() }) },
      },
    },
    async ({ query }) => {
      const run = await withTenant(context.services.database, await tenantFor(context, query.connection), (tx) =>
        lastReconciliation(tx, query.from, query.to),
      );
      return { run: run === null ? null : runView(run) };
    },
  );
  app.get(
    '/api/v1/reconciliations/:id',
    {
      config: read,
      schema: {
        summary: 'A reconciliation by its run: rows, findings and sums; null until it has ended',
        params: z.object({ id: z.uuid() }),
        querystring: shapes.ofConnection,
        response: { 200: z.object({ run: shapes.run, reconciliation: shapes.reconciliation.nullable() }) },
      },
    },
    async ({ params, query }) => {
      const tenant = await tenantFor(context, query.connection);
      const run = await withTenant(context.services.database, tenant, (tx) => loadRun(tx, params.id));
      if (run?.kind !== 'reconcile') throw new WrongUse('There is no such reconciliation.');
      return {
        run: runView(run),
        reconciliation: run.result as z.input<typeof shapes.reconciliation> | null,
      };
    },
  );
}
