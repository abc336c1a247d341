/** Settings, their history, the live lists behind them; links. */
import { z } from 'zod';
import { settingKeys, settingTable } from '../../core/settings.ts';
import { changeSettings, restoreSettings, settingsHistory, showSettings } from '../../engine/connecting.ts';
import { fetchLiveList } from '../../engine/live-lists.ts';
import { settingsEffect } from '../../engine/settings-effect.ts';
import { tenantOf } from '../../engine/views.ts';
import {
  book,
  connectionOf,
  noteExport,
  read,
  requireProof,
  tenantFor,
  type App,
  type RouteContext,
} from '../context.ts';
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
                min: z.number().nullable(),
                max: z.number().nullable(),
                /** What cannot be chosen yet: values of a choice, or `all`. */
                notYet: z.array(z.string()),
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
        const [min, max] = 'min' in definition ? [definition.min, definition.max] : [null, null];
        const { default: preset, help, kind } = definition;
        return { key, kind, values, default: preset, help, min, max, notYet: notYet(definition) };
      }),
    }),
  );
  app.patch(
    '/api/v1/settings',
    {
      config: book,
      schema: {
        summary:
          'Change settings as a new version, all or none; import takes an exported document here. With the version that was looked at, 409 where another came since',
        querystring: shapes.ofConnection,
        body: z.object({
          changes: z.record(z.string(), z.string()),
          version: z.number().int().min(0).nullable().default(null),
        }),
        response: {
          200: shapes.settings.extend({
            changed: z.array(z.string()).describe('what is different now; where nothing is, no version was made'),
          }),
        },
      },
    },
    async ({ query, body }) => {
      const tenant = await tenantFor(context, query.connection);
      const done = await changeSettings(services, tenant, body.changes, context.actor, body.version);
      return { ...done, changed: [...done.changed] };
    },
  );
  addVersions(app, context);
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
  addEffect(app, context);
  addExport(app, context);
}

function addVersions(app: App, context: RouteContext): void {
  const { services } = context;
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
}

function addEffect(app: App, context: RouteContext): void {
  const { services } = context;
  app.post(
    '/api/v1/settings/effect',
    {
      config: read,
      schema: {
        summary:
          'What a change would do to invoices that are not in QuickBooks yet; refuses what a change would refuse',
        querystring: shapes.ofConnection,
        body: z.object({ changes: z.record(z.string(), z.string()) }),
        response: {
          200: z.object({
            changed: z.array(z.string()),
            freed: z.array(shapes.effectRow),
            stopped: z.array(shapes.effectRow),
            redrafted: z.array(shapes.effectRow),
            unchanged: z.number(),
          }),
        },
      },
    },
    async ({ query, body }) => {
      const connection = await connectionOf(context, query.connection);
      const { changed, freed, stopped, redrafted, unchanged } = await settingsEffect(
        services,
        tenantOf(connection),
        connection,
        body.changes,
      );
      return { changed: [...changed], freed: [...freed], stopped: [...stopped], redrafted: [...redrafted], unchanged };
    },
  );
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

function notYet(definition: object): string[] {
  if (!('refused' in definition)) return [];
  const { refused } = definition;
  return refused === true ? ['all'] : typeof refused === 'object' && refused !== null ? Object.keys(refused) : [];
}
