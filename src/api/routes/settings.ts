/** Settings, their history, the live lists behind them; links. */
import { z } from 'zod';
import { settingKeys, settingTable } from '../../core/settings.ts';
import { changeSettings, restoreSettings, settingsHistory, showSettings } from '../../engine/connecting.ts';
import { linkKinds, listLinks, setLinks, unsetLink } from '../../engine/linking.ts';
import { fetchLiveList } from '../../engine/live-lists.ts';
import { linkView } from '../../engine/views.ts';
import { noteExport, read, book, requireProof, tenantFor, type App, type RouteContext } from '../context.ts';
import * as shapes from '../shapes.ts';

export function addSettingsRoutes(app: App, context: RouteContext): void {
  const { services } = context;
  app.get(
    '/api/v1/settings',
    {
      config: read,
      schema: {
        summary: 'All settings with their version',
        querystring: shapes.ofConnection,
        response: { 200: shapes.settings },
      },
    },
    async ({ query }) => showSettings(services, await tenantFor(context, query.connection)),
  );
  app.get(
    '/api/v1/settings/table',
    {
      config: read,
      schema: {
        summary: 'What each setting takes, its default and what it does',
        response: {
          200: z.object({
            settings: z.array(
              z.object({
                key: z.string(),
                kind: z.string(),
                values: z.array(z.string()),
                default: z.string(),
                help: z.string(),
              }),
            ),
          }),
        },
      },
    },
    () => ({
      settings: settingKeys.map((key) => {
        const definition = settingTable[key];
        const values = 'values' in definition ? [...(definition.values ?? [])] : [];
        return { key, kind: definition.kind, values, default: definition.default, help: definition.help };
      }),
    }),
  );
  app.patch(
    '/api/v1/settings',
    {
      config: book,
      schema: {
        summary: 'Change settings as a new version, all or none; import takes an exported document here',
        querystring: shapes.ofConnection,
        body: z.object({ changes: z.record(z.string(), z.string()) }),
        response: { 200: shapes.settings },
      },
    },
    async ({ query, body }) =>
      changeSettings(services, await tenantFor(context, query.connection), body.changes, context.actor),
  );
  app.get(
    '/api/v1/settings/history',
    {
      config: read,
      schema: {
        summary: 'The versions, newest first: who changed what when',
        querystring: shapes.ofConnection,
        response: {
          200: z.object({
            versions: z.array(
              z.object({
                version: z.number(),
                at: z.string(),
                by: z.string(),
                changes: z.array(z.object({ key: z.string(), from: z.string(), to: z.string() })),
              }),
            ),
          }),
        },
      },
    },
    async ({ query }) => ({ versions: await settingsHistory(services, await tenantFor(context, query.connection)) }),
  );
  app.post(
    '/api/v1/settings/restore',
    {
      config: book,
      schema: {
        summary: 'An older version becomes the present one, as a new version; never the sync status',
        querystring: shapes.ofConnection,
        body: z.object({ version: z.number().int().min(1) }),
        response: { 200: shapes.settings },
      },
    },
    async ({ query, body }) =>
      restoreSettings(services, await tenantFor(context, query.connection), body.version, context.actor),
  );
  app.get(
    '/api/v1/choices/:list',
    {
      config: read,
      schema: {
        summary: 'What QuickBooks has to choose from, read now',
        params: z.object({ list: shapes.liveList }),
        querystring: shapes.ofConnection,
        response: {
          200: z.object({ rows: z.array(z.object({ id: z.string(), name: z.string(), detail: z.string() })) }),
        },
      },
    },
    async ({ params, query }) => ({
      rows: await fetchLiveList(services, await tenantFor(context, query.connection), params.list),
    }),
  );
  addExport(app, context);
  addLinkRoutes(app, context);
}

function addExport(app: App, context: RouteContext): void {
  const { services } = context;
  app.get(
    '/api/v1/settings/export',
    {
      config: book,
      schema: {
        summary: 'The settings as a file, for import elsewhere. Asks for the password again',
        querystring: shapes.ofConnection,
        response: { 200: shapes.settings, 403: shapes.needsProof },
      },
    },
    async ({ query }, reply) => {
      const tenant = await tenantFor(context, query.connection);
      requireProof(context);
      const shown = await showSettings(services, tenant);
      const subject = `version ${String(shown.version)}`;
      await noteExport(context, tenant, { action: 'settings-exported', subject, detail: {} });
      return reply.header('content-disposition', 'attachment; filename="ledgerferry-settings.json"').send(shown);
    },
  );
}

function addLinkRoutes(app: App, context: RouteContext): void {
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
}
