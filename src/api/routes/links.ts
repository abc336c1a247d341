/** Links: pairs that are kept by id, what is not linked yet with suggestions, and their CSV in and out. */
import { z } from 'zod';
import { previewLinks, renderLinksCsv } from '../../engine/link-file.ts';
import { linkTable } from '../../engine/link-table.ts';
import { linkKind, linkKinds, listLinks, setLinks, unsetLink } from '../../engine/linking.ts';
import { linkView } from '../../engine/views.ts';
import { book, noteExport, read, requireProof, tenantFor, type App, type RouteContext } from '../context.ts';
import * as shapes from '../shapes.ts';

export function addLinkRoutes(app: App, context: RouteContext): void {
  const { services } = context;
  app.get(
    '/api/v1/links',
    {
      config: read,
      schema: {
        summary: 'Who is who: pairs that are kept by id',
        querystring: shapes.ofConnection,
        response: { 200: z.object({ links: z.array(shapes.link), kinds: z.record(z.string(), z.string()) }) },
      },
    },
    async ({ query }) => ({
      links: (await listLinks(services, await tenantFor(context, query.connection))).map(linkView),
      kinds: { ...linkKinds },
    }),
  );
  app.put(
    '/api/v1/links',
    {
      config: book,
      schema: {
        summary: 'Set pairs, all or none; QuickBooks’ side by id or exact name',
        querystring: shapes.ofConnection,
        body: z.object({
          links: z
            .array(z.object({ kind: z.string(), source: z.string().max(300), quickbooks: z.string().max(300) }))
            .min(1)
            .max(10_000),
        }),
        response: { 200: z.object({ set: z.number() }) },
      },
    },
    async ({ query, body }) => ({
      set: (await setLinks(services, await tenantFor(context, query.connection), body.links, context.actor)).length,
    }),
  );
  app.delete(
    '/api/v1/links',
    {
      config: book,
      schema: {
        summary: 'Take a pair away; the next run matches by name',
        querystring: shapes.ofConnection.extend({ kind: z.string(), source: z.string().max(300) }),
        response: { 200: z.object({ removed: z.boolean() }) },
      },
    },
    async ({ query }) => ({
      removed: await unsetLink(services, await tenantFor(context, query.connection), {
        kind: query.kind,
        source: query.source,
        by: context.actor,
      }),
    }),
  );
  app.get(
    '/api/v1/links/table',
    {
      config: read,
      schema: {
        summary: 'All of one kind: what is linked, what is not, and what it might be',
        querystring: shapes.ofConnection.extend({ kind: z.string().max(20) }),
        response: {
          200: z.object({
            rows: z.array(
              z.object({
                source: z.string(),
                name: z.string(),
                link: z.object({ id: z.string(), name: z.string(), origin: z.string() }).nullable(),
                suggestion: z.object({ id: z.string(), name: z.string(), isSameName: z.boolean() }).nullable(),
              }),
            ),
            choices: z.array(z.object({ id: z.string(), name: z.string() })),
          }),
        },
      },
    },
    async ({ query }) => {
      const found = await linkTable(services, await tenantFor(context, query.connection), linkKind(query.kind));
      return { rows: [...found.rows], choices: [...found.choices] };
    },
  );
  addFiles(app, context);
}

/** Pairs as a file, out and in. */
function addFiles(app: App, context: RouteContext): void {
  const { services } = context;
  app.get(
    '/api/v1/links/csv',
    {
      config: read,
      schema: {
        summary: 'All pairs as CSV, in the form that is read again. Asks for the password again',
        querystring: shapes.ofConnection,
        response: { 200: z.unknown().describe('text/csv'), 403: shapes.needsProof },
      },
    },
    async ({ query }, reply) => {
      const tenant = await tenantFor(context, query.connection);
      requireProof(context);
      const links = await listLinks(services, tenant);
      const subject = `${String(links.length)} links`;
      await noteExport(context, tenant, { action: 'links-exported', subject, detail: {} });
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="ledgerferry-links.csv"')
        .send(renderLinksCsv(links));
    },
  );
  app.post(
    '/api/v1/links/preview',
    {
      config: read,
      schema: {
        summary: 'What a CSV file would change, line by line; changes nothing',
        querystring: shapes.ofConnection,
        body: z.object({ csv: z.string().max(1_000_000) }),
        response: {
          200: z.object({
            lines: z.array(
              z.object({
                line: z.number(),
                kind: z.string(),
                source: z.string(),
                quickbooks: z.string(),
                quickbooksName: z.string(),
                result: z.enum(['new', 'change', 'same', 'error']),
                text: z.string(),
              }),
            ),
          }),
        },
      },
    },
    async ({ query, body }) => ({
      lines: await previewLinks(services, await tenantFor(context, query.connection), body.csv),
    }),
  );
}
