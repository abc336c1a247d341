/** People: who is signed in, the first owner, invitations, roles; better-auth's own routes below /api/auth. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { audit } from '../../store/problems.ts';
import { withTenant } from '../../store/tenant.ts';
import { asking, book, open, owner, read, type App, type RouteContext } from '../context.ts';
import { roles } from '../sign-in.ts';
import type { SetupLink } from '../setup-link.ts';

const person = z.object({ userId: z.string(), name: z.string(), email: z.string(), role: z.enum(roles) });
const newcomer = z.object({ name: z.string().trim().min(1).max(100), password: z.string().min(10).max(200) });

export function addPeopleRoutes(app: App, context: RouteContext, setup: SetupLink, isDemo: boolean): void {
  const { signIn } = context;
  app.get(
    '/api/v1/session',
    {
      config: open,
      schema: {
        summary: 'Who is signed in; whether the first owner is still to come',
        response: { 200: z.object({ person: person.nullable(), needsOwner: z.boolean(), isDemo: z.boolean() }) },
      },
    },
    async (request) => {
      const who = isDemo ? DEMO_PERSON : await signIn.whoIs(headersOf(request));
      return { person: who, needsOwner: !isDemo && who === null && !(await signIn.hasPeople()), isDemo };
    },
  );
  app.post(
    '/api/v1/setup',
    {
      config: open,
      schema: {
        summary: 'The first owner, by the one-time link that the terminal printed',
        body: newcomer.extend({ token: z.string().max(200), email: z.email().max(254) }),
      },
    },
    async (request, reply) => {
      const { token, ...given } = request.body;
      if ((await signIn.hasPeople()) || !setup.take(token))
        return reply
          .code(403)
          .send({ error: 'This link is used up. The terminal prints a new one when the server starts.' });
      const answer = await signIn.join({ ...given, role: 'owner' }, headersOf(request));
      await note(context, `${given.email} became the first owner`);
      return passOn(answer, reply);
    },
  );
  app.post(
    '/api/v1/invitations/:id/accept',
    {
      config: open,
      schema: {
        summary: 'Accept an invitation: name and password',
        params: z.object({ id: z.string().max(100) }),
        body: newcomer,
      },
    },
    async (request, reply) =>
      passOn(await signIn.acceptInvitation(request.params.id, request.body, headersOf(request)), reply),
  );
  addMembers(app, context);
  addLibrary(app, context);
}

/** The demo has no people: whoever looks at it owns it, on this machine only and on made-up data. */
export const DEMO_PERSON = { userId: 'demo', name: 'Demo', email: 'demo@localhost', role: 'owner' as const };

function addMembers(app: App, context: RouteContext): void {
  const { signIn, services } = context;
  const invitation = z.object({
    id: z.string(),
    email: z.string(),
    role: z.enum(roles),
    expiresAt: z.string(),
    link: z.string(),
  });
  const linked = <T extends { id: string }>(one: T) => ({
    ...one,
    link: `${services.config.publicUrl.replace(/\/+$/, '')}/join?invitation=${encodeURIComponent(one.id)}`,
  });
  app.get(
    '/api/v1/people',
    {
      config: read,
      schema: {
        summary: 'Who may sign in, and who is invited',
        response: {
          200: z.object({ people: z.array(person.extend({ memberId: z.string() })), invitations: z.array(invitation) }),
        },
      },
    },
    async () => ({
      people: await signIn.members(),
      // Only owners see the links: whoever has one may join.
      invitations: asking.getStore()?.person?.role === 'owner' ? (await signIn.invitations()).map(linked) : [],
    }),
  );
  app.post(
    '/api/v1/people',
    {
      config: owner,
      schema: {
        summary: 'Invite somebody; the answer holds the link to give to them, good for seven days',
        body: z.object({ email: z.email().max(254), role: z.enum(roles) }),
        response: { 200: invitation },
      },
    },
    async ({ body }) => {
      const made = await signIn.invite(body, asking.getStore()?.person ?? null);
      await note(context, `invited ${body.email} as ${body.role}`);
      return linked(made);
    },
  );
  app.patch(
    '/api/v1/people/:memberId',
    {
      config: owner,
      schema: {
        summary: 'Change a role; there is always an owner',
        params: z.object({ memberId: z.string().max(100) }),
        body: z.object({ role: z.enum(roles) }),
        response: { 200: z.object({ changed: z.boolean() }) },
      },
    },
    async ({ params, body }) => {
      await signIn.changeRole(params.memberId, body.role);
      await note(context, `changed a role to ${body.role}`);
      return { changed: true };
    },
  );
  app.delete(
    '/api/v1/people/:memberId',
    {
      config: owner,
      schema: {
        summary: 'Remove a person: their sessions end at once',
        params: z.object({ memberId: z.string().max(100) }),
        response: { 200: z.object({ removed: z.boolean() }) },
      },
    },
    async ({ params }) => {
      await signIn.removeMember(params.memberId);
      await note(context, 'removed a person');
      return { removed: true };
    },
  );
  app.get(
    '/api/v1/roles',
    {
      config: book,
      schema: {
        summary: 'The roles, each including those before it',
        response: { 200: z.object({ roles: z.array(z.string()) }) },
      },
    },
    () => ({ roles: [...roles] }),
  );
}

const note = ({ services, organizationId, actor }: RouteContext, subject: string): Promise<void> =>
  withTenant(services.database, { organizationId }, (tx) =>
    audit(
      tx,
      { organizationId, connectionId: null, at: services.clock.now() },
      { actor, action: 'people', subject, detail: {} },
    ),
  );

/** Sign-in, sign-out, two-factor: the library's own routes, with the socket's address for its limits. */
function addLibrary(app: App, { signIn, services }: RouteContext): void {
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body));
    scope.route({
      method: ['GET', 'POST'],
      url: '/api/auth/*',
      config: open,
      schema: { hide: true },
      handler: async (request, reply) => {
        const url = new URL(request.url, services.config.publicUrl);
        const body = typeof request.body === 'string' && request.body !== '' ? request.body : null;
        const web = new Request(url, { method: request.method, headers: headersOf(request), body });
        return passOn(await signIn.handle(web, request.ip), reply);
      },
    });
    done();
  });
}

export function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string') headers.set(name, value);
    else for (const one of value ?? []) headers.append(name, one);
  }
  return headers;
}

async function passOn(response: Response, reply: FastifyReply): Promise<FastifyReply> {
  reply.code(response.status);
  for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie);
  const type = response.headers.get('content-type');
  if (type !== null) reply.type(type);
  return reply.serializer((text: string) => text).send(await response.text());
}
