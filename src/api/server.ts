/**
 * The HTTP API: everything the terminal does, under /api/v1, with its OpenAPI document. Every route declares its policy; one
 * without does not start. The Host header is checked; a bind beyond loopback without a configured token is refused.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { ConfigError } from '../config.ts';
import { SettingError } from '../core/settings.ts';
import { Busy, Stale, WrongUse } from '../engine/requests.ts';
import type { Worker } from '../engine/running.ts';
import type { Services } from '../engine/services.ts';
import { vendorSentence } from '../engine/vendor-cures.ts';
import { API_ACTOR, asking, open, read, type App, type Asking, type RouteContext } from './context.ts';
import { addDesk, hasDesk } from './desk.ts';
import { addAuditRoutes } from './routes/audit.ts';
import { addConnectionRoutes } from './routes/connections.ts';
import { addErrorRoutes } from './routes/errors.ts';
import { addLinkRoutes } from './routes/links.ts';
import { addInvoiceListRoutes } from './routes/invoice-list.ts';
import { addInvoiceRoutes } from './routes/invoices.ts';
import { addOverviewRoutes } from './routes/overview.ts';
import { addPeopleRoutes } from './routes/people.ts';
import { addReconcileRoutes } from './routes/reconcile.ts';
import { addRunRoutes } from './routes/runs.ts';
import { addSessionRoutes } from './routes/session.ts';
import { addSettingsRoutes } from './routes/settings.ts';
import { addWebhookRoutes } from './routes/webhooks.ts';
import { refusalSentence, type Asked } from './refusals.ts';
import { headersOf } from './headers.ts';
import { hasRole, ProofNeeded, SignInError, TooManyTries, type Person, type SignIn } from './sign-in/sign-in.ts';
import type { Mailer } from '../mail/mail.ts';
import { renderStatusPage, type StatusPage } from './status-page.ts';

export interface ServerOptions {
  readonly services: Services;
  /** The terminal's: what its token and the demo's visitor see. */
  readonly organizationId: string;
  /** Carries runs out in this process; null where another one does. */
  readonly worker: Worker | null;
  /** Sends what a person asks for here and now, where another process has the worker; else the worker's own does. */
  readonly mailer?: Mailer | null;
  readonly signIn: SignIn;
  /** The demo has no people: whoever looks at it, on this machine, owns it. */
  readonly isDemo: boolean;
  /** What the status page shows without a token: the demo's own data, or nothing. */
  readonly status: () => Promise<StatusPage>;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Listens; answers the address. @throws ConfigError when the bind is not safe */
export async function startServer(options: ServerOptions): Promise<{ url: string; close(): Promise<void> }> {
  const { config } = options.services;
  const isLoopback = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(config.host);
  if (!isLoopback && !config.apiTokenGiven) {
    throw new ConfigError(
      `LEDGERFERRY_HOST=${config.host} can be reached from other machines: set LEDGERFERRY_API_TOKEN first (openssl rand -hex 32), or use 127.0.0.1.`,
    );
  }
  const app = await buildServer(options);
  const url = await app.listen({ host: config.host, port: config.port });
  return { url, close: () => app.close() };
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** What a page of ours may load: nothing from elsewhere, and no script that stands in a page. */
const contentPolicy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  // The desk's components set styles on elements; scripts never stand in a page.
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
  upgradeInsecureRequests: null,
};

/** The server before it listens; the OpenAPI document is made from it. */
export async function buildServer(options: ServerOptions): Promise<App> {
  const { services } = options;
  const { config } = services;
  const app: App = Fastify({
    logger: false,
    bodyLimit: 1_048_576,
    frameworkErrors: refuseAddress,
    clientErrorHandler: refuseUnreadable,
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(helmet, { contentSecurityPolicy: { directives: contentPolicy } });
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'Ledgerferry',
        version: '1',
        description: 'Autotask invoices become QuickBooks invoices: once each, to the cent. Amounts are decimal text.',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
  });
  guard(app, options);
  const context: RouteContext = {
    services,
    worker: options.worker,
    mailer: options.mailer ?? options.worker?.mailer ?? null,
    signIn: options.signIn,
    get organizationId() {
      const who = asking.getStore();
      if (who == null) throw new Error('nobody asks: a route that is open to all has no organization');
      return who.organizationId;
    },
    get actor() {
      return asking.getStore()?.actor ?? API_ACTOR;
    },
  };
  const desk = hasDesk();
  if (desk) await addDesk(app, options.isDemo);
  await app.register((scope, _options, done) => {
    const typed = scope.withTypeProvider<ZodTypeProvider>();
    addOwnRoutes(typed, app, options, desk);
    addSessionRoutes(typed, context, options.isDemo ? demoPerson(options.organizationId) : null);
    for (const add of [
      addPeopleRoutes,
      addConnectionRoutes,
      addOverviewRoutes,
      addSettingsRoutes,
      addLinkRoutes,
      addInvoiceRoutes,
      addInvoiceListRoutes,
      addRunRoutes,
      addErrorRoutes,
      addAuditRoutes,
      addReconcileRoutes,
      addWebhookRoutes,
    ])
      add(typed, context);
    done();
  });
  return app;
}

/** Who gets in, and how failures are told: the same sentences and meanings as on the terminal. */
function guard(app: App, options: ServerOptions): void {
  const { services } = options;
  const { config } = services;
  app.addHook('onRoute', (route) => {
    if (route.config?.policy === undefined && route.method !== 'HEAD')
      throw new Error(`the route ${String(route.method)} ${route.url} declares no policy`);
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (!isOurHost(request, config.publicUrl, config.port))
      return reply
        .code(421)
        .send({ error: 'This server does not answer to that host name; use the address in LEDGERFERRY_PUBLIC_URL.' });
    const { policy = 'owner' } = request.routeOptions.config;
    const who = await whoAsks(request, options);
    Reflect.set(request, ASKED, who);
    if (policy === 'open') return isForeignWrite(request, config.publicUrl) ? refuseForeign(reply) : undefined;
    if (who === null)
      return reply.code(401).send({
        error:
          'Sign in first, or send the header Authorization: Bearer TOKEN (the token stands in the data folder, file api-token).',
      });
    if (who.person !== null && !hasRole(who.person, policy))
      return reply.code(403).send({ error: `This needs the role ${policy}; yours is ${who.person.role}.` });
    if (who.person !== null && !isRead(request) && !isOurOrigin(request, config.publicUrl)) return refuseForeign(reply);
    return undefined;
  });
  app.addHook('preValidation', async (request, reply) =>
    [request.params, request.query, request.body].some(isUnstorable)
      ? reply.code(400).send({
          error: 'A text of this request holds a zero byte or half of a letter; take it out and send it again.',
        })
      : undefined,
  );
  // What comes after runs as whoever asks: the audit log reads it there.
  app.addHook('preHandler', (request, _reply, done) => {
    asking.run(Reflect.get(request, ASKED) as Asking | null, done);
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: 'There is nothing at this address; see /openapi.json.' }),
  );
  app.setErrorHandler((error, request, reply) => {
    const told = explain(error, request);
    if (told.status === 500)
      services.log.error({ error: error instanceof Error ? error.message : 'unknown' }, 'request failed');
    const needs = error instanceof ProofNeeded ? { needs: error.needs } : {};
    return reply.code(told.status).send({ error: told.sentence, ...needs });
  });
}

/** An address that cannot be decoded belongs to no route. */
function refuseAddress(_error: unknown, _request: unknown, reply: Pick<FastifyReply, 'hijack'>): void {
  const error = 'The address of this request cannot be read: a % in it stands for nothing.';
  reply.hijack().raw.writeHead(400, JSON_TYPE).end(JSON.stringify({ error }));
}

/** Before there is a request there is no reply: what is no HTTP, or has headers without end, is told in the same shape. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  const [status, sentence] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'The headers of this request are too long (cookies of another site?).']
      : ['400 Bad Request', 'This is not a request that can be read.'];
  const body = JSON.stringify({ error: sentence });
  const head = `content-type: ${JSON_TYPE['content-type']}\r\ncontent-length: ${String(Buffer.byteLength(body))}\r\nconnection: close`;
  if (error.code !== 'ECONNRESET' && socket.writable) socket.end(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}`);
  else socket.destroy();
}

/** No database takes these; better said at the door than found as a fault behind it. */
function isUnstorable(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, one]) => isUnstorable(key) || isUnstorable(one));
}

const ASKED = Symbol('who asks');

/** The demo has no people: whoever looks at it owns it, on this machine only and on made-up data. */
const demoPerson = (organizationId: string): Person => ({
  userId: 'demo',
  name: 'Demo',
  email: 'demo@localhost',
  role: 'owner',
  organizationId,
  twoFactor: false,
  session: null,
});

/** A page that asks by itself says so, so that an open window keeps no session alive. */
const QUIET_HEADER = 'x-ledgerferry-quiet';

/** The token of the terminal, a living session, or the demo's visitor; null for anybody else. */
async function whoAsks(request: FastifyRequest, options: ServerOptions): Promise<Asking | null> {
  const { organizationId } = options;
  if (hasToken(request, options.services.config.apiToken)) return { actor: API_ACTOR, person: null, organizationId };
  if (request.headers.authorization !== undefined) return null;
  if (options.isDemo) {
    const person = demoPerson(organizationId);
    return { actor: person.name, person, organizationId };
  }
  if (request.headers.cookie === undefined) return null;
  const person = await options.signIn.whoIs(headersOf(request), request.headers[QUIET_HEADER] !== undefined);
  return person === null ? null : { actor: person.email, person, organizationId: person.organizationId };
}

const isRead = (request: FastifyRequest): boolean => request.method === 'GET' || request.method === 'HEAD';

/** A browser says where a write comes from; a page of ours comes from our own address. */
function isOurOrigin(request: FastifyRequest, publicUrl: string): boolean {
  const { origin, host = '' } = request.headers;
  if (origin === undefined) return request.headers['sec-fetch-site'] === 'same-origin';
  const isLocal = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host);
  return origin === new URL(publicUrl).origin || (isLocal && origin === `http://${host}`);
}

/** Where nobody need be signed in, a caller that is no browser says no origin; a page of another site does. */
const isForeignWrite = (request: FastifyRequest, publicUrl: string): boolean =>
  !isRead(request) && request.headers.origin !== undefined && !isOurOrigin(request, publicUrl);

const refuseForeign = (reply: FastifyReply): FastifyReply =>
  reply.code(403).send({ error: 'A page of another site asked for this; nothing was done.' });

function explain(error: unknown, request: Asked): { status: number; sentence: string } {
  const message = error instanceof Error ? error.message : 'unknown';
  if (error instanceof WrongUse) return { status: /^There is no /.test(message) ? 404 : 422, sentence: message };
  if (error instanceof ProofNeeded) return { status: 403, sentence: message };
  if (error instanceof TooManyTries) return { status: 429, sentence: message };
  if (error instanceof SettingError || error instanceof SignInError)
    return { status: /^There is no such /.test(message) ? 404 : 422, sentence: message };
  if (error instanceof Busy || error instanceof Stale) return { status: 409, sentence: message };
  const ofVendor = vendorSentence(error);
  if (ofVendor !== null) return { status: 502, sentence: ofVendor };
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 500
    ? { status, sentence: refusalSentence(error, request) ?? message }
    : { status: 500, sentence: 'Something went wrong here; it stands in the log.' };
}

/** A page of another site cannot make the browser talk to us under a foreign name. */
function isOurHost(request: FastifyRequest, publicUrl: string, port: number): boolean {
  const host = request.headers.host ?? '';
  const name = host.replace(/:\d+$/, '');
  return (
    host === new URL(publicUrl).host ||
    (/^(127\.0\.0\.1|localhost|\[::1\])$/.test(name) &&
      (host.endsWith(`:${String(port)}`) || port === 0 || !host.includes(':')))
  );
}

function hasToken(request: FastifyRequest, token: string): boolean {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

/** Health, the status page, the document. */
function addOwnRoutes(app: App, root: App, options: ServerOptions, desk: boolean): void {
  const hidden = { schema: { hide: true } };
  app.get('/healthz', { config: open, ...hidden }, () => ({ status: 'ok' }));
  app.get('/readyz', { config: open, ...hidden }, async (_request, reply) => {
    try {
      await options.services.clock.follow();
      return { status: 'ready' };
    } catch {
      return reply.code(503).send({ status: 'the database cannot be reached' });
    }
  });
  // The plain page: it needs no script and no sign-in, and shows the demo's own data or nothing.
  for (const path of desk ? ['/status'] : ['/', '/status'])
    app.get(path, { config: open, ...hidden }, async (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(renderStatusPage(await options.status())),
    );
  app.get('/status.css', { config: open, ...hidden }, (_request, reply) => reply.type('text/css').send(statusCss));
  app.get('/openapi.json', { config: read, ...hidden }, () => root.swagger());
}

const statusCss = `:root{color-scheme:light dark;--ink:#1d2733;--soft:#5b6875;--rule:#e3e8ee;--paper:#fff;--ground:#f5f7fa;--accent:#2f6f4f}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b4;--rule:#2b3540;--paper:#161c22;--ground:#0f1419;--accent:#7cc4a0}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 20px}header p{margin:0;color:var(--soft)}h1{font-size:26px;margin:2px 0 18px;font-weight:650}
.banner{background:#fff6dd;color:#5c4400;border:1px solid #f0dca0;border-radius:8px;padding:8px 14px;margin:0 0 20px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(160px,1fr));gap:12px;margin:0 0 26px}
.card{background:var(--paper);border:1px solid var(--rule);border-radius:10px;padding:14px 16px}.card b{display:block;font-size:24px;font-variant-numeric:tabular-nums}.card span{color:var(--soft)}
h2{font-size:16px;margin:26px 0 10px}.cause{background:var(--paper);border:1px solid var(--rule);border-left:4px solid #d9822b;border-radius:6px;padding:10px 14px;margin:0 0 10px}.cause.waits{border-left-color:#9fb3c8}.cause p{margin:2px 0}.cause .cure{color:var(--soft)}
.scroll{overflow-x:auto;background:var(--paper);border:1px solid var(--rule);border-radius:10px}table{border-collapse:collapse;width:100%;font-size:14px}th,td{padding:8px 12px;text-align:left;border-bottom:1px solid var(--rule);white-space:nowrap}th{color:var(--soft);font-weight:600}td.money,th.money{text-align:right;font-variant-numeric:tabular-nums}tr:last-child td{border-bottom:0}
.done{color:var(--accent)}progress{width:100%;accent-color:var(--accent)}code{background:var(--ground);padding:1px 5px;border-radius:4px}`;
