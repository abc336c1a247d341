/** For the desk's first page and the first run: what moved, what a company is like, what a sync would do. */
import { z } from 'zod';
import { dryRun } from '../../engine/dry-run.ts';
import { overviewOf } from '../../engine/overview.ts';
import { WrongUse } from '../../engine/requests.ts';
import { tenantOf } from '../../engine/views.ts';
import { freshProfile } from '../../engine/vendors.ts';
import { book, connectionOf, read, tenantFor, type App, type RouteContext } from '../context.ts';
import * as shapes from '../shapes.ts';

const named = z.object({ name: z.string().max(80) });
const quiet = (): void => undefined;

export function addOverviewRoutes(app: App, context: RouteContext): void {
  const { services } = context;
  app.get(
    '/api/v1/overview',
    {
      config: read,
      schema: {
        summary: 'What moved this month, quotas, the last run, invoices by state',
        querystring: shapes.ofConnection,
        response: {
          200: z.object({
            month: z.string(),
            moved: z.array(
              z.object({ day: z.string(), invoices: z.number(), amount: z.string(), currency: z.string().nullable() }),
            ),
            states: z.record(z.string(), z.number()),
            quotas: z.array(z.object({ vendor: z.string(), what: z.string(), used: z.number(), limit: z.number() })),
            lastRun: shapes.run.extend({ posted: z.number(), waiting: z.number() }).nullable(),
            lastPosted: z.object({ id: z.string(), endedAt: z.string(), posted: z.number() }).nullable(),
          }),
        },
      },
    },
    async ({ query }) => {
      const found = await overviewOf(services, await tenantFor(context, query.connection));
      return { ...found, moved: [...found.moved], quotas: [...found.quotas] };
    },
  );
  app.get(
    '/api/v1/connections/:name/company',
    {
      config: read,
      schema: {
        summary: 'What QuickBooks says of the company, read now: numbering, closing date, tax, classes, currencies',
        params: named,
        response: {
          200: z.object({
            name: z.string(),
            country: z.string(),
            regime: z.string(),
            customNumbers: z.boolean(),
            multiCurrency: z.boolean(),
            homeCurrency: z.string(),
            booksClosedTo: z.string().nullable(),
            classTracking: z.boolean(),
          }),
        },
      },
    },
    async ({ params }) => {
      const connection = await connectionOf(context, params.name);
      if (connection.quickbooks_state !== 'connected') throw new WrongUse('QuickBooks is not connected yet.');
      return freshProfile(services, tenantOf(connection), connection);
    },
  );
  app.post(
    '/api/v1/connections/:name/dry-run',
    {
      config: book,
      schema: {
        summary: 'What a sync of the last days would do, by name; changes nothing at either vendor',
        params: named,
        body: z.object({
          days: z.number().int().min(1).max(365).default(14),
          notBefore: z
            .string()
            .regex(/^\d{4}-\d{2}-\d{2}$/)
            .nullable()
            .default(null),
        }),
        response: {
          200: z.object({
            days: z.number(),
            notBefore: z.string(),
            total: z.string(),
            invoices: z.array(shapes.readyInvoice),
            customers: z.array(z.string()),
            items: z.array(z.string()),
            left: z.array(z.object({ code: z.string(), text: z.string(), invoices: z.number() })),
          }),
        },
      },
    },
    async ({ params, body }) => {
      const connection = await connectionOf(context, params.name);
      const found = await dryRun(services, tenantOf(connection), connection, body, quiet);
      return {
        ...found,
        invoices: found.invoices.map((one) => ({ ...one, reasons: [...one.reasons] })),
        customers: [...found.customers],
        items: [...found.items],
        left: [...found.left],
      };
    },
  );
}
