/** The audit log of the organization: a page at a time, as CSV, and whether its chain is whole. */
import { z } from 'zod';
import { renderAuditCsv } from '../../mail/audit-csv.ts';
import { loadAudit, loadAuditActions, verifyAudit, type AuditEntry, type AuditFilter } from '../../store/audit.ts';
import { loadConnections } from '../../store/connections.ts';
import { withTenant, type TenantTx } from '../../store/tenant.ts';
import { connectionOf, owner, read, requireProof, type App, type RouteContext } from '../context.ts';
import { noteOf } from '../sign-in/sign-in.ts';
import * as shapes from '../shapes.ts';

const PAGE = 200;
const CSV_MAX = 100_000;
const instant = z.iso.datetime({ offset: true }).optional();
const filter = shapes.ofConnection.extend({
  action: z.string().max(60).optional(),
  actor: z.string().max(254).optional(),
  from: instant.describe('this instant and after'),
  to: instant.describe('before this instant'),
  before: shapes
    .digits(z.number().int().positive())
    .optional()
    .describe('lines with a lower number: `next` of the page before'),
});

export function addAuditRoutes(app: App, context: RouteContext): void {
  const inOrganization = <T>(work: (tx: TenantTx) => Promise<T>): Promise<T> =>
    withTenant(context.services.database, { organizationId: context.organizationId }, work);
  const filterOf = async (query: z.output<typeof filter>): Promise<AuditFilter> => ({
    connectionId:
      query.connection === undefined ? undefined : (await connectionOf(context, query.connection)).connection_id,
    action: query.action,
    actor: query.actor,
    from: query.from === undefined ? undefined : new Date(query.from),
    to: query.to === undefined ? undefined : new Date(query.to),
    before: query.before,
  });
  const linesOf = async (tx: TenantTx, entries: readonly AuditEntry[]) => {
    const names = new Map((await loadConnections(tx)).map((one) => [one.connection_id, one.name]));
    return entries.map((one) => ({
      number: one.audit_number,
      at: one.at.toISOString(),
      connection: names.get(one.connection_id ?? '') ?? null,
      actor: one.actor,
      action: one.action,
      subject: one.subject,
      detail: one.detail,
      hash: one.hash,
    }));
  };
  const line = z.object({
    number: z.number(),
    at: z.string(),
    connection: z.string().nullable(),
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    detail: z.unknown(),
    hash: z.string(),
  });
  app.get(
    '/api/v1/audit',
    {
      config: read,
      schema: {
        summary: 'Who did what when, newest first, 200 lines at a time; of one connection when it is named',
        querystring: filter,
        response: {
          200: z.object({ entries: z.array(line), next: z.number().nullable(), actions: z.array(z.string()) }),
        },
      },
    },
    async ({ query }) => {
      const wanted = await filterOf(query);
      return inOrganization(async (tx) => {
        const entries = await linesOf(tx, await loadAudit(tx, wanted, PAGE));
        const next = entries.length === PAGE ? (entries.at(-1)?.number ?? null) : null;
        return { entries, next, actions: await loadAuditActions(tx) };
      });
    },
  );
  app.get(
    '/api/v1/audit/csv',
    {
      config: owner,
      schema: {
        summary: 'The lines that fit, as CSV; at most 100,000. Asks for the password again',
        querystring: filter,
        response: { 200: z.unknown().describe('text/csv'), 403: shapes.needsProof },
      },
    },
    async ({ query }, reply) => {
      const wanted = await filterOf(query);
      requireProof(context);
      const lines = await inOrganization(async (tx) => linesOf(tx, await loadAudit(tx, wanted, CSV_MAX)));
      const { services, organizationId, actor } = context;
      await noteOf(services, organizationId, {
        actor,
        action: 'audit-exported',
        subject: `${String(lines.length)} lines`,
      });
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="ledgerferry-audit.csv"')
        .send(renderAuditCsv(lines));
    },
  );
  app.get(
    '/api/v1/audit/verification',
    {
      config: read,
      schema: {
        summary: 'Whether every line still follows the one before it, unchanged',
        response: {
          200: z.object({
            whole: z.boolean(),
            lines: z.number(),
            unchained: z.number(),
            heads: z.array(z.string()),
            faults: z.array(z.string()),
          }),
        },
      },
    },
    async () => {
      const { heads, faults, ...counts } = await inOrganization((tx) => verifyAudit(tx));
      return { whole: faults.length === 0, ...counts, heads: [...heads], faults: [...faults] };
    },
  );
}
