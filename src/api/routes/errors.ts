/** Obstacles by cause with their decisions, the error log, mails, the troubleshooting bundle, metrics. */
import { z } from 'zod';
import { actionWords, decide, listCauses } from '../../engine/deciding.ts';
import { undoDecision } from '../../engine/undoing.ts';
import { helpPage, helpTopics } from '../../engine/help-pages.ts';
import { WrongUse } from '../../engine/requests.ts';
import { mailNow, resendMail, toolRecipients } from '../../engine/mailing.ts';
import { composeTroubleshoot, makeBundle } from '../../engine/troubleshooting.ts';
import { causeView, errorView, mailView, tenantOf } from '../../engine/views.ts';
import { loadConnections } from '../../store/connections.ts';
import { loadMail, loadOutbox } from '../../store/outbox.ts';
import { loadProblem, loadProblems } from '../../store/problems.ts';
import { withTenant } from '../../store/tenant.ts';
import { countByState } from '../../store/transfers.ts';
import {
  book,
  connectionOf,
  noteExport,
  owner,
  read,
  requireProof,
  tenantFor,
  workerOf,
  type App,
  type RouteContext,
} from '../context.ts';
import * as shapes from '../shapes.ts';

const byId = z.object({ id: z.uuid() });

export function addErrorRoutes(app: App, context: RouteContext): void {
  const { services } = context;
  app.get(
    '/api/v1/errors',
    {
      config: read,
      schema: {
        summary: 'What is in the way: by cause, and one by one',
        querystring: shapes.ofConnection.extend({ all: z.enum(['true', 'false']).default('false') }),
        response: {
          200: z.object({
            causes: z.array(shapes.cause),
            errors: z.array(shapes.loggedError),
            actions: z.record(z.string(), z.object({ label: z.string(), needs: z.string().nullable() })),
          }),
        },
      },
    },
    async ({ query }) => {
      const tenant = await tenantFor(context, query.connection);
      const errors = await withTenant(services.database, tenant, (tx) =>
        loadProblems(tx, { openOnly: query.all !== 'true', limit: 2_000 }),
      );
      return {
        causes: (await listCauses({ services }, tenant)).map(causeView),
        errors: errors.map(errorView),
        actions: { ...actionWords },
      };
    },
  );
  app.get(
    '/api/v1/errors/:id',
    {
      config: read,
      schema: {
        summary: 'One obstacle',
        params: byId,
        querystring: shapes.ofConnection,
        response: { 200: z.object({ error: shapes.loggedError }) },
      },
    },
    async ({ params, query }) => {
      const tenant = await tenantFor(context, query.connection);
      const found = await withTenant(services.database, tenant, (tx) => loadProblem(tx, params.id));
      if (found === null) throw new WrongUse('There is no such error.');
      return { error: errorView(found) };
    },
  );
  app.post(
    '/api/v1/errors/decide',
    {
      config: book,
      schema: {
        summary: 'One decision frees everything that waits for a cause',
        querystring: shapes.ofConnection,
        body: z.object({
          cause: z.string().regex(/^[0-9a-f]{12}$/, 'it takes the id of a cause as GET /api/v1/errors gives it'),
          action: z.string().max(40),
          target: z.string().max(300).nullable().default(null),
          reason: z.string().max(500).nullable().default(null),
          waitSeconds: shapes.waitSeconds,
        }),
        response: {
          200: z.object({ cause: shapes.cause, action: z.string(), text: z.string(), undo: shapes.undo.nullable() }),
        },
      },
    },
    async ({ query, body }) => {
      const done = await decide(workerOf(context), await tenantFor(context, query.connection), {
        causeId: body.cause,
        action: body.action,
        target: body.target,
        reason: body.reason,
        by: context.actor,
        waitMs: body.waitSeconds * 1_000,
      });
      return { cause: causeView(done.cause), action: done.action, text: done.text, undo: done.undo };
    },
  );
  app.post(
    '/api/v1/errors/undo',
    {
      config: book,
      schema: {
        summary: 'Takes a decision back, as the answer to it says how',
        querystring: shapes.ofConnection,
        body: shapes.undo,
        response: { 200: z.object({ text: z.string() }) },
      },
    },
    async ({ query, body }) => ({
      text: await undoDecision(services, await tenantFor(context, query.connection), body, context.actor),
    }),
  );
  addMails(app, context);
  addSupport(app, context);
}

function addMails(app: App, context: RouteContext): void {
  const { services } = context;
  app.get(
    '/api/v1/outbox',
    {
      config: read,
      schema: {
        summary: 'The last mails, sent or kept',
        querystring: shapes.ofConnection,
        response: { 200: z.object({ mails: z.array(shapes.mail) }) },
      },
    },
    async ({ query }) => {
      const tenant = await tenantFor(context, query.connection);
      return { mails: (await withTenant(services.database, tenant, (tx) => loadOutbox(tx, 200))).map(mailView) };
    },
  );
  app.get(
    '/api/v1/outbox/:id',
    {
      config: read,
      schema: {
        summary: 'One mail as it was composed',
        params: byId,
        querystring: shapes.ofConnection,
        response: { 200: shapes.mail.extend({ text: z.string(), html: z.string() }) },
      },
    },
    async ({ params, query }) => {
      const tenant = await tenantFor(context, query.connection);
      const mail = await withTenant(services.database, tenant, (tx) => loadMail(tx, params.id));
      if (mail === null) throw new WrongUse('There is no such mail.');
      return { ...mailView(mail), text: mail.text_body, html: mail.html_body };
    },
  );
  app.post(
    '/api/v1/outbox/:id/resend',
    {
      config: book,
      schema: {
        summary: 'Sends a mail once more, to the same address',
        params: byId,
        querystring: shapes.ofConnection,
        response: { 200: z.object({ mail: shapes.mail }) },
      },
    },
    async ({ params, query }) => {
      const tenant = await tenantFor(context, query.connection);
      return { mail: mailView(await resendMail(workerOf(context), tenant, { mailId: params.id, by: context.actor })) };
    },
  );
}

function addSupport(app: App, context: RouteContext): void {
  const { services } = context;
  app.post(
    '/api/v1/troubleshoot',
    {
      config: owner,
      schema: {
        summary: 'The bundle for whoever helps, as a zip; no secret, no customer data unless asked for',
        querystring: shapes.ofConnection,
        body: z.object({ withCustomerData: z.boolean().default(false) }),
        response: { 200: z.unknown().describe('application/zip'), 403: shapes.needsProof },
      },
    },
    async ({ query, body }, reply) => {
      const tenant = await tenantFor(context, query.connection);
      if (body.withCustomerData) requireProof(context);
      const bundle = await makeBundle(services, tenant, body);
      await noteExport(context, tenant, { action: 'troubleshooting-bundle', subject: bundle.filename, detail: body });
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${bundle.filename}"`)
        .send(Buffer.from(bundle.zip));
    },
  );
  app.post(
    '/api/v1/troubleshoot/mail',
    {
      config: owner,
      schema: {
        summary: 'The bundle by mail, to the connecting address and to those given',
        querystring: shapes.ofConnection,
        body: z.object({ withCustomerData: z.boolean().default(false), emails: shapes.addresses.default([]) }),
        response: {
          200: z.object({
            mailed: z.array(z.object({ to: z.string(), state: z.string() })),
            files: z.array(z.string()),
          }),
          403: shapes.needsProof,
        },
      },
    },
    async ({ query, body }) => {
      const connection = await connectionOf(context, query.connection);
      const tenant = tenantOf(connection);
      if (body.withCustomerData) requireProof(context);
      const bundle = await makeBundle(services, tenant, body);
      await noteExport(context, tenant, { action: 'troubleshooting-bundle', subject: bundle.filename, detail: body });
      const recipients = await toolRecipients(services, tenant, body.emails, 'bundle');
      if (recipients.length === 0) throw new WrongUse('Say to which address; no standing one is known.');
      const place = { connectionName: connection.name, publicUrl: services.config.publicUrl };
      const mail = composeTroubleshoot(bundle, place);
      const mailed = await mailNow(services, context.mailer, tenant, recipients, mail);
      return { mailed, files: [...bundle.files] };
    },
  );
  app.get(
    '/api/v1/help/:topic',
    {
      config: read,
      schema: {
        summary: 'A page for users, or the section of one setting or problem; `index` names them all',
        params: z.object({ topic: z.string().max(60) }),
        response: { 200: z.object({ topic: z.string(), topics: z.array(z.string()), text: z.string() }) },
      },
    },
    ({ params }) => ({ topic: params.topic, topics: helpTopics(), text: helpPage(params.topic) }),
  );
  app.get('/metrics', { config: owner, schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics(context)),
  );
}

/** Transfers by state and connection, in the text form that collectors read. */
async function metrics({ services, organizationId }: RouteContext): Promise<string> {
  const connections = await withTenant(services.database, { organizationId }, loadConnections);
  const lines = ['# HELP ledgerferry_transfers Transfers by state.', '# TYPE ledgerferry_transfers gauge'];
  for (const one of connections) {
    const tenant = { organizationId, connectionId: one.connection_id };
    const counts = await withTenant(services.database, tenant, countByState);
    const name = one.name.replaceAll(/[\\"\n]/g, ' ');
    for (const [state, count] of counts)
      lines.push(`ledgerferry_transfers{connection="${name}",state="${state}"} ${String(count)}`);
  }
  return `${lines.join('\n')}\n`;
}
