/** The invoice table of the desk: one page of the ledger by filter and order, its counts and sums, its CSV; one invoice on both sides. */
import { z } from 'zod';
import { transferStates, type TransferState } from '../../core/states.ts';
import { Inspector } from '../../engine/inspecting.ts';
import { listedView, tenantOf } from '../../engine/views.ts';
import { shownAmount, stateWord } from '../../mail/report-words.ts';
import { renderCsvTable } from '../../mail/report-csv.ts';
import { withTenant } from '../../store/tenant.ts';
import { autotaskNumber } from '../../store/transfers.ts';
import {
  listInvoiceIds,
  listTransfers,
  summarizeTransfers,
  transferSorts,
  type ListedTransfer,
  type TransferFilter,
} from '../../store/transfer-list.ts';
import { connectionOf, noteExport, read, requireProof, tenantFor, type App, type RouteContext } from '../context.ts';
import * as shapes from '../shapes.ts';

/** More than this is no list for a person, and no decision of one click. */
const IDS_MAX = 10_000;
const CSV_MAX = 100_000;

const amount = z
  .string()
  .regex(/^-?\d{1,15}(\.\d{1,4})?$/, 'it takes an amount such as 12.30')
  .optional();
const isState = (text: string): text is TransferState => (transferStates as readonly string[]).includes(text);
const filter = shapes.ofConnection.extend({
  /** Several by commas. */
  states: z
    .string()
    .max(200)
    .transform((text, context) => {
      const given = text.split(',').filter((one) => one !== '');
      const unknown = given.find((one) => !isState(one));
      if (unknown !== undefined)
        context.addIssue(`there is no state “${unknown}”; it takes ${transferStates.join(', ')}, several by commas`);
      return given.filter(isState);
    })
    .optional(),
  code: z.string().max(60).optional(),
  /** The id of a cause that is in the way: what waits for it. */
  cause: z
    .string()
    .regex(/^[0-9a-f]{12}$/, 'it takes the id of a cause as GET /api/v1/errors gives it')
    .optional(),
  company: z.string().max(600).optional(),
  search: z.string().max(100).optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  least: amount,
  most: amount,
});
const ordered = filter.extend({
  sort: z.enum(transferSorts).default('id'),
  direction: z.enum(['asc', 'desc']).default('desc'),
});

function filterOf(query: z.output<typeof filter>): TransferFilter {
  const { connection: _connection, states, ...rest } = query;
  const given = { ...rest, ...(states === undefined || states.length === 0 ? {} : { states }) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== ''));
}

const summary = z.object({
  count: z.number(),
  states: z.partialRecord(z.enum(transferStates), z.number()),
  codes: z.array(z.object({ code: z.string(), count: z.number() })),
  sums: z.array(
    z.object({ currency: z.string().nullable(), count: z.number(), total: z.string(), quickbooksTotal: z.string() }),
  ),
});

export function addInvoiceListRoutes(app: App, context: RouteContext): void {
  addTable(app, context);
  addCsv(app, context);
  addBeside(app, context);
}

function addTable(app: App, context: RouteContext): void {
  const { services } = context;
  app.get(
    '/api/v1/invoices/table',
    {
      config: read,
      schema: {
        summary:
          'One page of the invoice table by filter and order, with counts by state and cause and sums by currency',
        querystring: ordered.extend({
          page: shapes.digits(z.number().int().min(1).max(100_000).default(1)),
          size: shapes.digits(z.number().int().min(1).max(500).default(100)),
        }),
        response: { 200: z.object({ rows: z.array(shapes.listed), summary }) },
      },
    },
    async ({ query }) => {
      const { sort, direction, page, size, ...rest } = query;
      const wanted = filterOf(rest);
      const tenant = await tenantFor(context, query.connection);
      return withTenant(services.database, tenant, async (tx) => {
        const rows = await listTransfers(
          tx,
          wanted,
          { by: sort, direction },
          { offset: (page - 1) * size, limit: size },
        );
        const { states, ...totals } = await summarizeTransfers(tx, wanted);
        return {
          rows: rows.map(listedView),
          summary: {
            ...totals,
            codes: [...totals.codes],
            sums: [...totals.sums],
            states: Object.fromEntries(states),
          },
        };
      });
    },
  );
  app.get(
    '/api/v1/invoices/ids',
    {
      config: read,
      schema: {
        summary: 'The invoices behind a filter, for a decision over all of them; at most 10,000',
        querystring: filter,
        response: { 200: z.object({ ids: z.array(z.number()) }) },
      },
    },
    async ({ query }) => ({
      ids: await withTenant(services.database, await tenantFor(context, query.connection), (tx) =>
        listInvoiceIds(tx, filterOf(query), IDS_MAX),
      ),
    }),
  );
}

const columns = [
  'Autotask id',
  'Copy',
  'Autotask number',
  'Company',
  'Invoice date',
  'State',
  'Currency',
  'Total',
  'Tax',
  'QuickBooks number',
  'QuickBooks id',
  'QuickBooks total',
  'QuickBooks tax',
  'Balance',
  'Paid on',
  'Message',
  'What to do',
] as const;

const cellsOf = (row: ListedTransfer): string[] => [
  String(row.autotask_invoice_id),
  String(row.copy_number),
  autotaskNumber(row) ?? '',
  row.company_name ?? '',
  row.invoice_date ?? '',
  stateWord(row),
  row.currency ?? '',
  shownAmount(row.source_total),
  shownAmount(row.source_tax),
  row.quickbooks_number ?? '',
  row.quickbooks_id ?? '',
  shownAmount(row.quickbooks_total),
  shownAmount(row.quickbooks_tax),
  shownAmount(row.balance),
  row.paid_on ?? '',
  row.problems.map((one) => one.text).join(' '),
  row.problems.map((one) => one.remedy).join(' '),
];

function addCsv(app: App, context: RouteContext): void {
  app.get(
    '/api/v1/invoices/csv',
    {
      config: read,
      schema: {
        summary: 'The filtered invoice table as CSV. Asks for the password again',
        querystring: ordered,
        response: { 200: z.unknown().describe('text/csv'), 403: shapes.needsProof },
      },
    },
    async ({ query }, reply) => {
      const tenant = await tenantFor(context, query.connection);
      requireProof(context);
      const { sort, direction, ...rest } = query;
      const rows = await withTenant(context.services.database, tenant, (tx) =>
        listTransfers(tx, filterOf(rest), { by: sort, direction }, { offset: 0, limit: CSV_MAX }),
      );
      const subject = `${String(rows.length)} invoices`;
      await noteExport(context, tenant, { action: 'invoices-exported', subject, detail: rest });
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="ledgerferry-invoices.csv"')
        .send(renderCsvTable(columns, rows.map(cellsOf)));
    },
  );
}

function addBeside(app: App, context: RouteContext): void {
  app.get(
    '/api/v1/invoices/:id/beside',
    {
      config: read,
      schema: {
        summary: 'Autotask and QuickBooks side by side, line by line: what QuickBooks holds now, or what would be sent',
        description: 'Amounts are decimal text; `body` is the exact JSON of the QuickBooks side. Asks both vendors.',
        params: shapes.byInvoiceId,
        querystring: shapes.ofConnection.extend({ copy: shapes.digits(z.number().int().min(0).max(1_000).default(0)) }),
        response: { 200: shapes.beside },
      },
    },
    async ({ params, query }) => {
      const connection = await connectionOf(context, query.connection);
      const inspector = await Inspector.open(context.services, tenantOf(connection), connection, {}, () => undefined);
      const seen = await inspector.beside(params.id, query.copy);
      return {
        ...seen,
        differs: [...seen.differs],
        lines: seen.lines.map((line) => ({ ...line, differs: [...line.differs] })),
        problems: seen.problems.map((one) => ({ code: one.code, who: one.who, text: one.text, remedy: one.remedy })),
      };
    },
  );
}
