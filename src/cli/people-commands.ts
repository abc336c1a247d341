/** organization list / add; people list / reset: so that nobody is ever locked out of the pages. */
import type { OneTimeLink, SignIn } from '../api/sign-in/sign-in.ts';
import type { Config } from '../config.ts';
import { addOrganization, listOrganizations } from '../engine/organizations.ts';
import { WrongUse } from '../engine/requests.ts';
import type { Opened } from './open.ts';
import { common, type CommonOptions, type Registry } from './registry.ts';

const pageOf = (config: Config, path: string): string => `${config.publicUrl.replace(/\/+$/, '')}/${path}`;

/** The page by which the first owner of an organization comes in. */
export const ownerAddress = (config: Config, { token }: OneTimeLink): string => pageOf(config, `setup?token=${token}`);

async function withSignIn<T>({ services }: Opened, work: (signIn: SignIn) => Promise<T>): Promise<T> {
  const { createSignIn, SignInError } = await import('../api/sign-in/sign-in.ts');
  const signIn = await createSignIn(services);
  try {
    return await work(signIn);
  } catch (error) {
    throw error instanceof SignInError ? new WrongUse(error.message) : error;
  } finally {
    await signIn.close();
  }
}

export function addPeopleCommands(registry: Registry): void {
  addOrganizations(registry);
  addPeople(registry);
}

function addOrganizations({ program, act }: Registry): void {
  const organization = program
    .command('organization')
    .description('who signs in together; the terminal works for the first');
  common(organization.command('list').description('all organizations')).action(
    act(async ({ services }) => {
      const organizations = await listOrganizations(services);
      return { json: { organizations }, text: organizations.map((one) => one.name).join('\n') };
    }),
  );
  common(
    organization.command('add').argument('<name>').description('a further one; prints its first owner’s link'),
  ).action(
    act((opened, _options, [name = '']) =>
      withSignIn(opened, async (signIn) => {
        const { services } = opened;
        const made = await addOrganization(services, name);
        const link = await signIn.ownerLink(made.id);
        const address = ownerAddress(services.config, link);
        return {
          json: { organization: made, link: address, expiresAt: link.expiresAt },
          text: `${made.name} is made. Its first owner opens this link (once, within a day):\n  ${address}`,
        };
      }),
    ),
  );
}

function addPeople({ program, act }: Registry): void {
  const people = program.command('people').description('who may sign in');
  common(people.command('list').description('everybody, by organization')).action(
    act((opened) =>
      withSignIn(opened, async (signIn) => {
        const organizations = await listOrganizations(opened.services);
        const all = await Promise.all(
          organizations.map(async ({ id, name }) =>
            (await signIn.people(id).members()).map(({ email, role, twoFactor, ...one }) => ({
              organization: name,
              name: one.name,
              email,
              role,
              twoFactor,
            })),
          ),
        );
        const rows = all.flat();
        const line = (row: (typeof rows)[number]): string =>
          `${row.organization}: ${row.name} <${row.email}>, ${row.role}${row.twoFactor ? ', two-factor' : ''}`;
        return {
          json: { people: rows },
          text:
            rows.length === 0 ? 'Nobody yet: the server prints a link for the first owner.' : rows.map(line).join('\n'),
        };
      }),
    ),
  );
  common(
    people
      .command('reset')
      .argument('<email>')
      .description('a one-time link by which a person sets a new password')
      .option('--two-factor', 'takes the second factor off too, for whoever lost it'),
  ).action(
    act<CommonOptions & { readonly twoFactor?: boolean }>((opened, options, [email = '']) =>
      withSignIn(opened, async (signIn) => {
        const link = await signIn.resetLinkFor(email, { dropTwoFactor: options.twoFactor === true });
        const address = pageOf(opened.services.config, `reset?token=${link.token}`);
        return {
          json: { link: address, expiresAt: link.expiresAt },
          text: `${email} sets a new password here (once, within a day):\n  ${address}`,
        };
      }),
    ),
  );
}
