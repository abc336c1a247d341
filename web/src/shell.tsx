/** The frame around every page: navigation, the connection switcher, the banner that everybody sees while a batch is at work. */
import {
  ActionIcon,
  Alert,
  Anchor,
  AppShell,
  Burger,
  Button,
  Group,
  Menu,
  NavLink,
  Progress,
  ScrollArea,
  Select,
  Stack,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link as RouterLink, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useContext, useState, type ReactNode } from 'react';
import { post, type Connection } from './api.ts';
import { Empty, Trouble, Waiting } from './parts.tsx';
import { ChosenContext, may, remember, remembered, useConnections, useSession, type Role } from './session.tsx';
import { words } from './words.ts';

const places: readonly { to: string; label: string; role?: Role }[] = [
  { to: '/', label: words.nav.desk },
  { to: '/invoices', label: words.nav.invoices },
  { to: '/errors', label: words.nav.errors },
  { to: '/runs', label: words.nav.runs },
  { to: '/items', label: words.nav.items },
  { to: '/links', label: words.nav.links },
  { to: '/month-end', label: words.nav.monthEnd },
  { to: '/mails', label: words.nav.mails },
  { to: '/settings', label: words.nav.settings },
  { to: '/connections', label: words.nav.connections },
  { to: '/people', label: words.nav.people },
  { to: '/audit', label: words.nav.audit },
  { to: '/help/index', label: words.nav.help },
];

export function Shell() {
  const session = useSession();
  const navigate = useNavigate();
  if (session.isPending)
    return (
      <Page>
        <Waiting what="Opening the desk" />
      </Page>
    );
  if (session.isError)
    return (
      <Page>
        <Trouble error={session.error} again={() => void session.refetch()} />
      </Page>
    );
  if (session.data.person === null) {
    void navigate({ to: '/sign-in', replace: true });
    return null;
  }
  return <Frame />;
}

const Page = ({ children }: { children: ReactNode }) => <Stack p="xl">{children}</Stack>;

function Frame() {
  const [opened, { toggle, close }] = useDisclosure();
  const [name, setName] = useState(remembered());
  const { data: session } = useSession();
  const connections = useConnections();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const all = connections.data ?? [];
  const connection = all.find((one) => one.name === name) ?? all[0] ?? null;
  const choose = (next: string): void => {
    remember(next);
    setName(next);
  };
  return (
    <ChosenContext.Provider value={{ connection, choose }}>
      <AppShell
        header={{ height: 56 }}
        navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !opened } }}
        padding="lg"
      >
        <AppShell.Header px="md">
          <Group h="100%" justify="space-between" wrap="nowrap">
            <Group gap="sm" wrap="nowrap">
              <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
              <Anchor component={RouterLink} to="/" underline="never" fw={700} c="inherit">
                {words.product}
              </Anchor>
              {all.length > 1 ? (
                <Select
                  aria-label="Connection"
                  size="xs"
                  w={220}
                  data={all.map((one) => one.name)}
                  value={connection?.name ?? null}
                  onChange={(value) => value !== null && choose(value)}
                  allowDeselect={false}
                />
              ) : (
                <Text size="sm" visibleFrom="sm">
                  {connection?.quickbooks.companyName ?? connection?.name ?? ''}
                </Text>
              )}
            </Group>
            <Group gap="xs" wrap="nowrap">
              <Appearance />
              <Who name={session?.person?.name ?? ''} isDemo={session?.isDemo === true} />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="xs" aria-label="Pages">
          <ScrollArea>
            {places
              .filter((place) => place.role === undefined || may(session, place.role))
              .map((place) => (
                <NavLink
                  key={place.to}
                  component={RouterLink}
                  to={place.to}
                  label={place.label}
                  onClick={close}
                  styles={{ label: { color: 'var(--mantine-color-text)' } }}
                  active={place.to === '/' ? path === '/' : path.startsWith(place.to.replace('/index', ''))}
                />
              ))}
          </ScrollArea>
        </AppShell.Navbar>
        <AppShell.Main>
          <Stack gap="md" maw={1400}>
            {session?.isDemo === true ? (
              <Alert color="yellow" p="xs" role="note">
                {words.demo}
              </Alert>
            ) : null}
            <Banner connection={connection} />
            {connections.isError ? (
              <Trouble error={connections.error} again={() => void connections.refetch()} />
            ) : null}
            {connection === null &&
            connections.isSuccess &&
            !['/connections', '/people', '/help'].some((one) => path.startsWith(one)) ? (
              <NoConnection />
            ) : null}
            {connection !== null || ['/connections', '/people', '/help'].some((one) => path.startsWith(one)) ? (
              <Outlet />
            ) : null}
          </Stack>
        </AppShell.Main>
      </AppShell>
    </ChosenContext.Provider>
  );
}

const NoConnection = () => (
  <Empty title="There is no connection yet">
    A connection joins one Autotask tenant to one QuickBooks company.{' '}
    <Anchor component={RouterLink} to="/connections">
      Make the first one
    </Anchor>
    ; it takes about five minutes.
  </Empty>
);

/** While a run is at work, everybody sees it, with what it is doing. */
function Banner({ connection }: { connection: Connection | null }) {
  const busy = connection?.inProcess ?? null;
  if (busy === null) return null;
  const { progress } = busy;
  return (
    <Alert color="blue" p="xs" role="status">
      <Group gap="sm">
        <Text size="sm" fw={600}>
          {busy.text}
        </Text>
        {progress === null ? null : (
          <Text size="sm">{`${progress.step}${progress.total > 0 ? ` (${String(progress.done)} of ${String(progress.total)})` : ''}`}</Text>
        )}
        {busy.runId === null ? null : (
          <Anchor component={RouterLink} to={`/runs/${busy.runId}`} size="sm">
            Look at it
          </Anchor>
        )}
      </Group>
      {progress !== null && progress.total > 0 ? (
        <Progress mt={6} size="sm" value={(100 * progress.done) / progress.total} aria-label={progress.step} />
      ) : null}
    </Alert>
  );
}

function Appearance() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const next = scheme === 'light' ? 'dark' : 'light';
  return (
    <ActionIcon variant="default" size="lg" aria-label={`Switch to ${next}`} onClick={() => setColorScheme(next)}>
      {scheme === 'light' ? '☾' : '☀'}
    </ActionIcon>
  );
}

function Who({ name, isDemo }: { name: string; isDemo: boolean }) {
  const navigate = useNavigate();
  if (isDemo) return <Text size="sm">Demo</Text>;
  const leave = async (): Promise<void> => {
    await post('/api/auth/sign-out', {}).catch(() => undefined);
    await navigate({ to: '/sign-in' });
    location.reload();
  };
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" size="xs">
          {name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void leave()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export const useChoose = (): ((name: string) => void) => useContext(ChosenContext).choose;
