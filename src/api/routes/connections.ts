/** Connections: add, authorize, test, the three sync statuses, disconnect; and Intuit's answer. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import {
  addConnection,
  beginAuthorization,
  callbackUri,
  changeSettings,
  disconnect,
  finishAuthorization,
  testConnection,
} from '../../engine/connecting.ts';
import { removeConnection, renameConnection } from '../../engine/connection-care.ts';
import { knowsIntuit } from '../../engine/intuit-identity.ts';
import { connectionGlance } from '../../engine/overview.ts';
import { connectionView, tenantOf } from '../../engine/views.ts';
import { findAuthorization, loadConnections, type Connection } from '../../store/connections.ts';
import { withSystem, withTenant } from '../../store/tenant.ts';
import {
  asking,
  open,
  read,
  book,
  owner,
  connectionOf,
  requireProof,
  type App,
  type RouteContext,
} from '../context.ts';
import { headersOf } from '../headers.ts';
import * as shapes from '../shapes.ts';
import { SIGN_IN_STATE } from '../sign-in/intuit.ts';

const named = z.object({ name: z.string().max(80) });

export function addConnectionRoutes(app: App, context: RouteContext): void {
  const { services } = context;
  const loadOwn = (): Promise<Connection[]> =>
    withTenant(services.database, { organizationId: context.organizationId }, loadConnections);
  app.get(
    '/api/v1/connections',
    {
      config: read,
      schema: {
        summary: 'All connections, with what each is doing',
        response: { 200: z.object({ connections: z.array(shapes.connection.extend(shapes.glance.shape)) }) },
      },
    },
    async () => {
      const rows = await loadOwn();
      const seen = async (row: Connection) => ({
        ...(await connectionView(services, row)),
        ...(await connectionGlance(services, row)),
      });
      return { connections: await Promise.all(rows.map(seen)) };
    },
  );
  app.post(
    '/api/v1/connections',
    {
      config: owner,
      schema: {
        summary:
          'Add a connection, or give one new Autotask credentials: finds the zone, proves them, saves them sealed',
        body: z.object({
          name: z.string().max(80),
          autotaskUser: z.string().min(1).max(200),
          integrationCode: z.string().min(1).max(200),
          secret: z.string().min(1).max(500),
        }),
        response: { 200: shapes.connection, 403: shapes.needsProof },
      },
    },
    async ({ body }) => {
      // A new connection takes nothing away from anybody; new credentials of one that works do.
      if ((await loadOwn()).some((one) => one.name === body.name)) requireProof(context);
      const autotask = { userName: body.autotaskUser, secret: body.secret, integrationCode: body.integrationCode };
      return connectionView(
        services,
        await addConnection(services, context.organizationId, { name: body.name, autotask, by: context.actor }),
      );
    },
  );
  app.get(
    '/api/v1/connections/:name',
    { config: read, schema: { summary: 'One connection', params: named, response: { 200: shapes.connection } } },
    async ({ params }) => connectionView(services, await connectionOf(context, params.name)),
  );
  app.post(
    '/api/v1/connections/:name/test',
    {
      config: book,
      schema: {
        summary: 'Ask both vendors whether it works',
        params: named,
        response: {
          200: z.object({ works: z.boolean(), autotask: z.array(z.string()), quickbooks: z.array(z.string()) }),
        },
      },
    },
    async ({ params }) => {
      const found = await testConnection(services, await connectionOf(context, params.name));
      return { works: found.autotask.length + found.quickbooks.length === 0, ...found };
    },
  );
  app.post(
    '/api/v1/connections/:name/authorize',
    {
      config: owner,
      schema: {
        summary: 'Where the person gives consent at Intuit; the answer comes to /oauth/intuit/callback',
        params: named,
        response: {
          200: z.object({ url: z.string(), state: z.string(), redirectUri: z.string() }),
          403: shapes.needsProof,
        },
      },
    },
    async ({ params }) => {
      const tenant = tenantOf(await connectionOf(context, params.name));
      requireProof(context);
      const mark = asking.getStore()?.person == null ? '' : OF_A_SESSION;
      return beginAuthorization(services, tenant, callbackUri(services), mark);
    },
  );
  app.post(
    '/api/v1/connections/:name/sync-status',
    {
      config: book,
      schema: {
        summary: 'sync, paused, or next-batch: the next batch and then paused',
        params: named,
        body: z.object({ status: z.enum(['sync', 'paused', 'next-batch']) }),
        response: { 200: shapes.connection },
      },
    },
    async ({ params, body }) => {
      const connection = await connectionOf(context, params.name);
      await changeSettings(services, tenantOf(connection), { 'sync.status': body.status }, context.actor);
      return connectionView(services, await connectionOf(context, params.name));
    },
  );
  addCareRoutes(app, context);
  addCallback(app, context);
}

/** Its end at QuickBooks, its name, and its end here. */
function addCareRoutes(app: App, context: RouteContext): void {
  const { services } = context;
  app.post(
    '/api/v1/connections/:name/disconnect',
    {
      config: owner,
      schema: {
        summary: 'End the QuickBooks side; settings, links and ledger stay',
        description: '`leftAtIntuit` says what to do there by hand when Intuit could not be told; else null.',
        params: named,
        response: {
          200: shapes.connection.extend({ leftAtIntuit: z.string().nullable() }),
          403: shapes.needsProof,
        },
      },
    },
    async ({ params }) => {
      const connection = await connectionOf(context, params.name);
      requireProof(context);
      const leftAtIntuit = await disconnect(services, connection, context.actor);
      return { ...(await connectionView(services, await connectionOf(context, params.name))), leftAtIntuit };
    },
  );
  app.post(
    '/api/v1/connections/:name/rename',
    {
      config: owner,
      schema: {
        summary: 'Give it another name; settings, links, ledger and history stay',
        params: named,
        body: named,
        response: { 200: shapes.connection },
      },
    },
    async ({ params, body }) => {
      await renameConnection(services, await connectionOf(context, params.name), body.name, context.actor);
      return connectionView(services, await connectionOf(context, body.name));
    },
  );
  app.post(
    '/api/v1/connections/:name/remove',
    {
      config: owner,
      schema: {
        summary: 'Take a disconnected one off the list and forget its secrets; its history stays in the database',
        params: named,
        response: { 200: z.object({ name: z.string(), removed: z.literal(true) }), 403: shapes.needsProof },
      },
    },
    async ({ params }) => {
      const connection = await connectionOf(context, params.name);
      requireProof(context);
      await removeConnection(services, connection, context.actor);
      return { name: connection.name, removed: true as const };
    },
  );
}

/** A state that was made for a person's browser is taken from a session of the same organization only. */
const OF_A_SESSION = 'desk-';

/** Somebody signed in with Intuit, or is not a member: the desk's pages say the rest. */
async function entered(
  { signIn, services }: RouteContext,
  answer: { state: string; code: string | undefined },
  headers: Headers,
  reply: FastifyReply,
): Promise<FastifyReply> {
  try {
    const entry = await signIn.enterByIntuit(answer, headers);
    for (const cookie of entry.cookies) reply.header('set-cookie', cookie);
    return await reply.redirect(entry.entered ? '/' : '/sign-in?intuit=unknown', 302);
  } catch (error) {
    services.log.warn({ error: error instanceof Error ? error.message : 'unknown' }, 'sign-in with Intuit failed');
    return reply.redirect('/sign-in?intuit=failed', 302);
  }
}

/** Intuit's answer: always a 302, never a page with a token in its address (facts/qbo.md 1.7). */
function addCallback(app: App, context: RouteContext): void {
  const { services } = context;
  app.get(
    '/oauth/intuit/callback',
    {
      config: open,
      schema: {
        hide: true,
        querystring: z.looseObject({
          code: z.string().max(600).optional(),
          realmId: z.string().max(60).optional(),
          state: z.string().max(200).optional(),
          error: z.string().max(200).optional(),
        }),
      },
    },
    async (request, reply) => {
      const { query } = request;
      if (query.state?.startsWith(SIGN_IN_STATE) === true)
        return entered(context, { state: query.state, code: query.code }, headersOf(request), reply);
      const waiting =
        query.state === undefined || query.state === ''
          ? null
          : await withSystem(services.database, (tx) => findAuthorization(tx, query.state ?? ''));
      const isOfDesk = query.state?.startsWith(OF_A_SESSION) === true;
      // The desk goes on where the person left it; a terminal's window can be closed.
      const back = (result: string) =>
        reply.redirect(`${isOfDesk ? '/first-run' : '/oauth/done'}?result=${result}`, 302);
      const isStray = isOfDesk && asking.getStore()?.organizationId !== waiting?.organization_id;
      if (waiting === null || isStray) return back('unknown');
      if (query.code === undefined || query.realmId === undefined) return back('refused');
      const tenant = { organizationId: waiting.organization_id, connectionId: waiting.connection_id };
      try {
        await finishAuthorization(services, tenant, {
          code: query.code,
          realmId: query.realmId,
          redirectUri: waiting.oauth_redirect_uri,
          by: context.actor,
        });
        return await back('connected');
      } catch (error) {
        services.log.warn({ error: error instanceof Error ? error.message : 'unknown' }, 'authorization failed');
        return back('failed');
      }
    },
  );
  app.get('/oauth/intuit/sign-in', { config: open, schema: { hide: true } }, async (_request, reply) => {
    if (!knowsIntuit(services)) return reply.redirect('/sign-in?intuit=unknown', 302);
    const { url, cookie } = await context.signIn.beginIntuit();
    return reply.header('set-cookie', cookie).redirect(url, 302);
  });
  const sentences: Readonly<Record<string, string>> = {
    connected: 'QuickBooks is connected. You can close this window.',
    refused: 'QuickBooks was not connected: the consent was not given.',
    failed: 'QuickBooks could not be connected. Try again; if it stays, look at the log.',
    unknown: 'This answer belongs to no request of ours; it may be an old window. Start again from Ledgerferry.',
  };
  app.get(
    '/oauth/done',
    { config: open, schema: { hide: true, querystring: z.looseObject({ result: z.string().max(20).optional() }) } },
    ({ query }, reply) => {
      const sentence = sentences[query.result ?? ''] ?? sentences['unknown'] ?? '';
      return reply
        .type('text/html; charset=utf-8')
        .send(
          `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Ledgerferry</title><link rel="stylesheet" href="/status.css"></head><body><main><h1>Ledgerferry</h1><p>${sentence}</p></main></body></html>`,
        );
    },
  );
}
