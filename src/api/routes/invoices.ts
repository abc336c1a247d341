/** Invoices: the ledger, the ready list, the exact preview; approve, hold, release, mark done, adopt. */
import { z } from 'zod';
import { transferStates } from '../../core/states.ts';
import { adoptInvoice } from '../../engine/adopting.ts';
import { approveDrafts } from '../../engine/deciding.ts';
import { holdInvoices, markDone, releaseInvoices } from '../../engine/holding.ts';
import { Inspector } from '../../engine/inspecting.ts';
import { mailNow, toolRecipients } from '../../engine/mailing.ts';
import { WrongUse } from '../../engine/requests.ts';
import { ledgerView, tenantOf } from '../../engine/views.ts';
import { composeReadyList } from '../../mail/compose-lists.ts';
import { parseExact, writeExact } from '../../platform/exact-json.ts';
import { withTenant } from '../../store/tenant.ts';
import { loadHistory, loadTransfersIn, loadTransfersOf, searchTransfers } from '../../store/transfers.ts';
import { read, review, book, connectionOf, noteExport, tenantFor, type App, type RouteContext } from '../context.ts';
import { requireRole } from '../roles.ts';
import * as shapes from '../shapes.ts';

const PAGE = 500;
const SEARCHED = 100;
const byId = shapes.byInvoiceId;
const quiet = (): void => undefined;

export function addInvoiceRoutes(app: App, context: RouteContext): void {
  addLedger(app, context);
  addLooks(app, context);
  addDecisions(app, context);
  addAdopting(app, context);
}

function addLedger(app: App, context: RouteContext): void {
  const { services } = context;
  const ledger = {
    config: read,
    schema: {
      summary: 'Every invoice that was seen, with its state; 500 at a time by invoice id, or a search',
      querystring: shapes.ofConnection.extend({
        state: z.enum(transferStates).optional(),
        search: z.string().max(100).optional(),
        after: shapes.digits(z.number().int().min(0)).optional(),
      }),
      response: { 200: z.object({ transfers: z.array(shapes.ledger), next: z.number().nullable() }) },
    },
  };
  for (const path of ['/api/v1/invoices', '/api/v1/transfers'] as const) {
    app.get(path, ledger, async ({ query }) => {
      const { state, after, search } = query;
      const rows = await withTenant(services.database, await tenantFor(context, query.connection), (tx) =>
        search === undefined
          ? loadTransfersIn(tx, state === undefined ? transferStates : [state], {
              limit: PAGE,
              ...(after === undefined ? {} : { afterInvoiceId: after }),
            })
          : searchTransfers(tx, search, SEARCHED),
      );
      const isFull = search === undefined && rows.length === PAGE;
      return { transfers: rows.map(ledgerView), next: isFull ? (rows.at(-1)?.autotask_invoice_id ?? null) : null };
    });
  }
  app.get(
    '/api/v1/invoices/:id',
    {
      config: read,
      schema: {
        summary: 'One invoice: its copies and its history',
        params: byId,
        querystring: shapes.ofConnection,
        response: {
          200: z.object({
            copies: z.array(shapes.ledger),
            history: z.array(
              z.object({
                copyNumber: z.number(),
                at: z.string(),
                from: z.string(),
                to: z.string(),
                reason: z.string().nullable(),
                actor: z.string(),
                runId: z.string().nullable(),
              }),
            ),
          }),
        },
      },
    },
    async ({ params, query }) => {
      const tenant = await tenantFor(context, query.connection);
      const [copies, history] = await withTenant(
        services.database,
        tenant,
        async (tx) => [await loadTransfersOf(tx, [params.id]), await loadHistory(tx, params.id)] as const,
      );
      if (copies.length === 0)
        throw new WrongUse(`There is no invoice ${String(params.id)} in the ledger: no run has seen it.`);
      return {
        copies: copies.map(ledgerView),
        history: history.map((one) => ({
          copyNumber: one.copy_number,
          at: one.at.toISOString(),
          from: one.from_state,
          to: one.to_state,
          reason: one.reason,
          actor: one.actor,
          runId: one.run_id,
        })),
      };
    },
  );
}

function addLooks(app: App, context: RouteContext): void {
  const { services } = context;
  app.post(
    '/api/v1/invoices/ready',
    {
      config: read,
      schema: {
        summary:
          'Which invoices the next run would pick up, and why not the others; changes nothing. Mails the list when a bookkeeper asks',
        querystring: shapes.ofConnection,
        body: z.object({
          numbering: z.string().optional(),
          maxAgeDays: z.number().int().min(1).max(365).optional(),
          mail: z.boolean().default(false),
          emails: shapes.addresses.default([]),
        }),
        response: { 200: z.object({ invoices: z.array(shapes.readyInvoice) }) },
      },
    },
    async ({ query, body }) => {
      const mails = body.mail || body.emails.length > 0;
      if (mails) requireRole('bookkeeper', 'Mailing the list');
      const connection = await connectionOf(context, query.connection);
      const tenant = tenantOf(connection);
      const overrides = {
        ...(body.numbering === undefined ? {} : { 'invoices.numbering': body.numbering }),
        ...(body.maxAgeDays === undefined ? {} : { 'invoices.maxAgeDays': String(body.maxAgeDays) }),
      };
      const inspector = await Inspector.open(services, tenant, connection, overrides, quiet);
      const invoices = await inspector.ready();
      if (mails) {
        const recipients = await toolRecipients(services, tenant, body.emails);
        const subject = `${String(invoices.length)} invoices`;
        await noteExport(context, tenant, { action: 'ready-list-mailed', subject, detail: { to: recipients } });
        const mail = composeReadyList(invoices, connection.name, services.config.publicUrl);
        await mailNow(services, context.mailer, tenant, recipients, mail);
      }
      return { invoices: invoices.map((one) => ({ ...one, reasons: [...one.reasons] })) };
    },
  );
  app.get(
    '/api/v1/invoices/:id/preview',
    {
      config: read,
      schema: {
        summary:
          'The exact QuickBooks body that would be sent, its differences to Autotask line by line, and all problems',
        description: 'Amounts of the body are exact JSON numbers; `autotask` has them as decimal text.',
        params: byId,
        querystring: shapes.ofConnection,
      },
    },
    async ({ params, query }, reply) => {
      const connection = await connectionOf(context, query.connection);
      const inspector = await Inspector.open(services, tenantOf(connection), connection, {}, quiet);
      const seen = await inspector.preview(params.id);
      const document = {
        autotask: { ...seen.invoice, lines: seen.lines },
        quickbooks: parseExact(seen.body),
        entity: seen.mapped.draft.kind === 'credit-memo' ? 'CreditMemo' : 'Invoice',
        differences: seen.differences,
        problems: seen.problems,
      };
      // Written by hand: a plain serializer would turn exact numbers into floats.
      return reply
        .type('application/json; charset=utf-8')
        .serializer((text: string) => text)
        .send(writeExact(document));
    },
  );
}

function addDecisions(app: App, context: RouteContext): void {
  const { services } = context;
  app.post(
    '/api/v1/invoices/approve',
    {
      config: review,
      schema: {
        summary: 'Approve the very drafts that wait for review, singly or all',
        querystring: shapes.ofConnection,
        body: z.union([z.object({ ids: shapes.invoiceIds }), z.object({ all: z.literal(true) })]),
        response: { 200: z.object({ approved: z.array(z.number()), notWaiting: z.array(z.number()) }) },
      },
    },
    async ({ query, body }) =>
      approveDrafts({ services }, await tenantFor(context, query.connection), {
        invoiceIds: 'all' in body ? 'all' : body.ids,
        by: context.actor,
      }),
  );
  const request = z.object({ ids: shapes.invoiceIds, reason: shapes.reason, waitSeconds: shapes.waitSeconds });
  const asked = (body: z.infer<typeof request>) => ({
    invoiceIds: body.ids,
    reason: body.reason,
    by: context.actor,
    waitMs: body.waitSeconds * 1_000,
  });
  app.post(
    '/api/v1/invoices/hold',
    {
      config: book,
      schema: {
        summary: 'No run posts these until they are released',
        querystring: shapes.ofConnection,
        body: request,
        response: { 200: shapes.acted },
      },
    },
    async ({ query, body }) =>
      shown(await holdInvoices(services, await tenantFor(context, query.connection), asked(body))),
  );
  app.post(
    '/api/v1/invoices/release',
    {
      config: book,
      schema: {
        summary: 'End a hold, or take back “done without posting”',
        querystring: shapes.ofConnection,
        body: request,
        response: {
          200: shapes.acted.extend({
            held: z
              .array(z.object({ autotaskInvoiceId: z.number(), reason: z.string() }))
              .describe('those that were on hold, each with its reason: for who takes the release back'),
          }),
        },
      },
    },
    async ({ query, body }) => {
      const released = await releaseInvoices(services, await tenantFor(context, query.connection), asked(body));
      return { ...shown(released), held: [...released.held] };
    },
  );
  app.post(
    '/api/v1/invoices/mark-done',
    {
      config: book,
      schema: {
        summary: 'Count as done without posting; Autotask’s mark is written when asked',
        querystring: shapes.ofConnection,
        body: request.extend({
          markInAutotask: z.boolean().default(false),
          number: z.string().max(100).nullable().default(null),
        }),
        response: { 200: shapes.acted },
      },
    },
    async ({ query, body }) =>
      shown(
        await markDone(services, await tenantFor(context, query.connection), {
          ...asked(body),
          mark: body.markInAutotask ? { number: body.number } : null,
        }),
      ),
  );
}

function addAdopting(app: App, context: RouteContext): void {
  app.post(
    '/api/v1/invoices/:id/adopt',
    {
      config: book,
      schema: {
        summary: 'It is in QuickBooks already, posted by another program or by hand: count it as posted; posts nothing',
        description:
          'Refused with what differs unless customer, total and date agree, and the numbers where both sides have one. Without `quickbooksId` it is looked for by number, then by customer, date and total.',
        params: byId,
        querystring: shapes.ofConnection,
        body: z.object({
          quickbooksId: z
            .string()
            .regex(
              /^\d{1,19}$/,
              'it takes QuickBooks’ id of the invoice: plain digits, as they stand after txnId= in its address',
            )
            .nullable()
            .default(null),
          dryRun: z.boolean().default(false),
          waitSeconds: shapes.waitSeconds,
        }),
        response: { 200: shapes.adopted },
      },
    },
    async ({ params, query, body }) => {
      const connection = await connectionOf(context, query.connection);
      const request = {
        invoiceId: params.id,
        quickbooksId: body.quickbooksId,
        dryRun: body.dryRun,
        by: context.actor,
        waitMs: body.waitSeconds * 1_000,
      };
      const done = await adoptInvoice(context.services, tenantOf(connection), connection, request, quiet);
      return { ...done, differences: [...done.differences] };
    },
  );
}

const shown = (acted: { done: readonly number[]; left: readonly { autotaskInvoiceId: number; reason: string }[] }) => ({
  done: [...acted.done],
  left: [...acted.left],
});
