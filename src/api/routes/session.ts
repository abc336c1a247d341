/** The session: who is signed in, the first owner, invitations, proving the password again, one's own profile. */
import { z } from 'zod';
import { knowsIntuit } from '../../engine/intuit-identity.ts';
import { organizationNames } from '../../engine/organizations.ts';
import { asking, open, read, type App, type RouteContext } from '../context.ts';
import { headersOf, passOn } from '../headers.ts';
import * as shapes from '../shapes.ts';
import { SignInError, type Person } from '../sign-in/sign-in.ts';

const named = z.object({ id: z.string(), name: z.string() });
const name = z.string().trim().min(1).max(100);
const password = z.string().min(10).max(200);
const given = z.string().min(1).max(200);
const newcomer = z.object({ name, password });

/** @param visitor who is signed in without signing in: the demo's; else null */
export function addSessionRoutes(app: App, context: RouteContext, visitor: Person | null): void {
  addSession(app, context, visitor);
  addArrivals(app, context);
  addProfile(app, context);
  addLibrary(app, context);
}

function addSession(app: App, context: RouteContext, visitor: Person | null): void {
  const { signIn, services } = context;
  app.get(
    '/api/v1/session',
    {
      config: open,
      schema: {
        summary: 'Who is signed in, in which organization; whether the first owner is still to come',
        description:
          'A page that asks by itself (not because its person did something) sends the header `x-ledgerferry-quiet: 1` with every request, so that an open window keeps no session alive. Sessions end after 30 minutes idle and 12 hours in all.',
        response: {
          200: z.object({
            person: shapes.person.nullable(),
            organization: named.nullable(),
            organizations: z.array(named),
            provenUntil: z.string().nullable(),
            needsOwner: z.boolean(),
            isDemo: z.boolean(),
            signInWithIntuit: z.boolean().describe('offered: GET /oauth/intuit/sign-in'),
          }),
        },
      },
    },
    async () => {
      const person = asking.getStore()?.person ?? null;
      const isDemo = visitor !== null;
      const ids = person === null || isDemo ? [] : await signIn.organizationsOf(person.userId);
      const organizations = await organizationNames(services, isDemo ? [visitor.organizationId] : ids);
      const provenAt = person?.session?.provenAt ?? null;
      return {
        person,
        organization: organizations.find((one) => one.id === person?.organizationId) ?? null,
        organizations,
        provenUntil: provenAt === null ? null : new Date(provenAt.getTime() + shapes.PROVEN_MS).toISOString(),
        needsOwner: person === null && !(await signIn.hasPeople()),
        isDemo,
        signInWithIntuit: !isDemo && knowsIntuit(services),
      };
    },
  );
  app.post(
    '/api/v1/session/prove',
    {
      config: read,
      schema: {
        summary: 'Give the password again (and the code with two-factor on); good for five minutes',
        description:
          'Steps that reach far (overwrite, authorize, reconnect, disconnect, exports, reset links) answer 403 with `needs` when this was longer ago.',
        body: z.object({ password: given, code: z.string().trim().max(40).nullable().default(null) }),
        response: { 200: z.object({ provenUntil: z.string() }), 403: shapes.needsProof },
      },
    },
    async (request) => {
      const person = signedIn();
      const { body } = request;
      const provenAt = await signIn.prove(person, body, headersOf(request));
      return { provenUntil: new Date(provenAt.getTime() + shapes.PROVEN_MS).toISOString() };
    },
  );
  app.post(
    '/api/v1/session/organization',
    {
      config: read,
      schema: {
        summary: 'Work in another of one’s organizations from now on',
        body: z.object({ id: z.string().max(60) }),
        response: { 200: z.object({ entered: z.boolean() }) },
      },
    },
    async ({ body }) => {
      await signIn.enterOrganization(signedIn(), body.id);
      return { entered: true };
    },
  );
}

function signedIn(): Person {
  const person = asking.getStore()?.person ?? null;
  if (person?.session == null) throw new SignInError('Nobody is signed in here: this is for people with a session.');
  return person;
}

/** How people come in who have no session yet: by links that somebody gave them. */
function addArrivals(app: App, { signIn }: RouteContext): void {
  const token = z.string().max(200);
  app.post(
    '/api/v1/setup',
    {
      config: open,
      schema: {
        summary: 'The first owner of an organization, by the one-time link that the terminal printed',
        body: newcomer.extend({ token, email: z.email().max(254) }),
      },
    },
    async (request, reply) => {
      const { token: link, ...person } = request.body;
      return passOn(await signIn.setUp(link, person, headersOf(request)), reply);
    },
  );
  app.post(
    '/api/v1/invitations/:id/accept',
    {
      config: open,
      schema: {
        summary: 'Accept an invitation: name and password; whoever has an account already gives its password',
        params: z.object({ id: z.string().max(100) }),
        body: newcomer,
      },
    },
    async (request, reply) => {
      const from = { headers: headersOf(request), address: request.ip };
      return passOn(await signIn.acceptInvitation(request.params.id, request.body, from), reply);
    },
  );
  app.post(
    '/api/v1/reset',
    {
      config: open,
      schema: {
        summary: 'A new password by a one-time link of an owner or the terminal; all sessions of the person end',
        body: z.object({ token, password }),
        response: { 200: z.object({ reset: z.boolean() }) },
      },
    },
    async ({ body }) => {
      await signIn.reset(body.token, body.password);
      return { reset: true };
    },
  );
}

function addProfile(app: App, { signIn }: RouteContext): void {
  app.patch(
    '/api/v1/profile',
    {
      config: read,
      schema: {
        summary: 'Change one’s own name',
        body: z.object({ name }),
        response: { 200: z.object({ changed: z.boolean() }) },
      },
    },
    async ({ body }) => {
      await signIn.rename(signedIn(), body.name);
      return { changed: true };
    },
  );
  app.post(
    '/api/v1/profile/password',
    {
      config: read,
      schema: {
        summary: 'Change one’s own password; the other sessions of this person end',
        body: z.object({ present: given, wanted: password }),
        response: { 200: z.object({ changed: z.boolean() }), 403: shapes.needsProof },
      },
    },
    async ({ body }) => {
      await signIn.changePassword(signedIn(), body);
      return { changed: true };
    },
  );
}

/** Sign-in, sign-out, two-factor: the library's own routes, with the socket's address for the limits. */
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
