/** The desk's entry: theme, data, and the table of pages; each page is loaded when it is opened. */
import './mantine.css';
import '@mantine/notifications/styles.css';
import { Button, createTheme, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  RouterProvider,
} from '@tanstack/react-router';
import { lazy, Suspense, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api.ts';
import { useArrived } from './arrived.ts';
import { Empty, Trouble } from './parts.tsx';
import { connectionsAsked, sessionAsked } from './session.tsx';
import { Shell } from './shell.tsx';
import { words } from './words.ts';

const Notifications = lazy(() =>
  import('@mantine/notifications').then((module) => ({ default: module.Notifications })),
);

const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: 9,
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  components: {
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    // By name: what shows notifications is loaded with the first one.
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': words.close } } },
  },
});

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A server that is away is asked again; a "no" is not.
      retry: (count, error) => !(error instanceof ApiError && error.status >= 400 && error.status < 500) && count < 3,
    },
  },
});

// Asked for before anything is drawn, and not one after the other: every page of the desk needs both.
if (!/^\/(sign-in|setup|join|reset)\b/.test(location.pathname)) {
  void queries.prefetchQuery(sessionAsked);
  void queries.prefetchQuery(connectionsAsked);
}

/** A page that cannot be drawn says so; after an update of the server its files have other names, and a reload finds them. */
function Broken({ error }: { error: unknown }) {
  useArrived();
  return <Trouble error={error} again={() => location.reload()} />;
}
function Unknown() {
  useArrived();
  return <Empty title="There is no such page">Choose one on the left.</Empty>;
}

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: Unknown,
});
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });
/** Each page is fetched when it is first opened; a name that its file does not export does not compile. */
type Load<Name extends string> = () => Promise<Record<Name, () => ReactNode>>;
const page = <Path extends string, Name extends string>(path: Path, load: Load<Name>, name: Name) =>
  createRoute({ getParentRoute: () => shell, path, component: lazyRouteComponent(load, name) });
const alone = <Path extends string, Name extends string>(path: Path, load: Load<Name>, name: Name) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load, name) });
const signIn = () => import('./pages/sign-in.tsx');
const runs = () => import('./pages/runs.tsx');

const routes = root.addChildren([
  alone('/sign-in', signIn, 'SignIn'),
  alone('/setup', signIn, 'Setup'),
  alone('/join', signIn, 'Join'),
  alone('/reset', signIn, 'Reset'),
  shell.addChildren([
    page('/', () => import('./pages/desk.tsx'), 'Desk'),
    page('/invoices', () => import('./pages/invoices.tsx'), 'Invoices'),
    page('/errors', () => import('./pages/errors.tsx'), 'Errors'),
    page('/runs', runs, 'Runs'),
    page('/runs/$id', runs, 'RunPage'),
    page('/items', () => import('./pages/items.tsx'), 'Items'),
    page('/links', () => import('./pages/links.tsx'), 'Links'),
    page('/month-end', () => import('./pages/month-end.tsx'), 'MonthEnd'),
    page('/mails', () => import('./pages/mails.tsx'), 'Mails'),
    page('/settings', () => import('./pages/settings.tsx'), 'Settings'),
    page('/connections', () => import('./pages/connections.tsx'), 'Connections'),
    page('/people', () => import('./pages/people.tsx'), 'People'),
    page('/audit', () => import('./pages/audit.tsx'), 'Audit'),
    page('/first-run', () => import('./pages/first-run.tsx'), 'FirstRun'),
    page('/help/$topic', () => import('./pages/help.tsx'), 'Help'),
  ]),
]);
const router = createRouter({ routeTree: routes, defaultPreload: 'intent', defaultErrorComponent: Broken });

const place = document.getElementById('root');
if (place === null) throw new Error('the page has no root');
createRoot(place).render(
  <MantineProvider theme={theme} defaultColorScheme="auto">
    <QueryClientProvider client={queries}>
      <Suspense fallback={null}>
        <Notifications position="bottom-right" />
      </Suspense>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </MantineProvider>,
);
