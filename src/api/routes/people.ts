/** The people of the organization: who may sign in, invitations, roles, links for those who forgot. */
import { z } from 'zod';
import { asking, book, owner, read, requireProof, type App, type RouteContext } from '../context.ts';
import * as shapes from '../shapes.ts';
import { noteOf, roles, type People } from '../sign-in/sign-in.ts';

const invitation = z.object({
  id: z.string(),
  email: z.string(),
  role: z.enum(roles),
  expiresAt: z.string(),
  link: z.string(),
});
const byMember = z.object({ memberId: z.string().max(100) });

export function addPeopleRoutes(app: App, context: RouteContext): void {
  const people = (): People => context.signIn.people(context.organizationId);
  const address = (path: string): string => `${context.services.config.publicUrl.replace(/\/+$/, '')}/${path}`;
  const linked = <T extends { id: string }>(one: T) => ({
    ...one,
    link: address(`join?invitation=${encodeURIComponent(one.id)}`),
  });
  app.get(
    '/api/v1/people',
    {
      config: read,
      schema: {
        summary: 'Who may sign in, and who is invited',
        response: { 200: z.object({ people: z.array(shapes.member), invitations: z.array(invitation) }) },
      },
    },
    async () => ({
      people: await people().members(),
      // Only owners see the links: whoever has one may join.
      invitations: asking.getStore()?.person?.role === 'owner' ? (await people().invitations()).map(linked) : [],
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
      const made = await people().invite(body, asking.getStore()?.person ?? null);
      await note(context, 'invited', body.email, { role: body.role });
      return linked(made);
    },
  );
  app.patch(
    '/api/v1/people/:memberId',
    {
      config: owner,
      schema: {
        summary: 'Change a role, at once; an owner always remains',
        params: byMember,
        body: z.object({ role: z.enum(roles) }),
        response: { 200: z.object({ changed: z.boolean() }) },
      },
    },
    async ({ params, body }) => {
      const { email } = await people().changeRole(params.memberId, body.role);
      await note(context, 'role-changed', email, { role: body.role });
      return { changed: true };
    },
  );
  app.delete(
    '/api/v1/people/:memberId',
    {
      config: owner,
      schema: {
        summary: 'Remove a person: their sessions end at once',
        params: byMember,
        response: { 200: z.object({ removed: z.boolean() }) },
      },
    },
    async ({ params }) => {
      const { email } = await people().removeMember(params.memberId);
      await note(context, 'removed', email);
      return { removed: true };
    },
  );
  app.post(
    '/api/v1/people/:memberId/reset-link',
    {
      config: owner,
      schema: {
        summary: 'A one-time link by which a member sets a new password, good for a day; give it to them yourself',
        params: byMember,
        body: z.object({ dropTwoFactor: z.boolean().default(false) }),
        response: {
          200: z.object({ email: z.string(), link: z.string(), expiresAt: z.string() }),
          403: shapes.needsProof,
        },
      },
    },
    async ({ params, body }) => {
      requireProof(context);
      const { token, ...made } = await people().resetLink(params.memberId, body);
      await note(context, 'reset-link-made', made.email, body);
      return { ...made, link: address(`reset?token=${token}`) };
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

const note = (context: RouteContext, action: string, subject: string, detail: unknown = {}): Promise<void> =>
  noteOf(context.services, context.organizationId, { actor: context.actor, action, subject, detail });
