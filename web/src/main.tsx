/** The desk's entry: theme, data, and the table of pages; each page is loaded when it is opened. */
import '@mantine/core/styles.css';
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
import { Empty, Trouble } from './parts.tsx';
import { Shell } from './shell.tsx';

const Notifications = lazy(() =>
  import('@mantine/notifications').then((module) => ({ default: module.Notifications })),
);

const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: 9,
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  components: { Button: Button.extend({ defaultProps: { size: 'sm' } }) },
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

/** A page that cannot be drawn says so; after an update of the server its files have other names, and a reload finds them. */
const Broken = ({ error }: { error: unknown }) => <Trouble error={error} again={() => location.reload()} />;

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: () => <Empty title="There is no such page">Choose one on the left.</Empty>,
});
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });
const files = import.meta.glob<Record<string, () => ReactNode>>('./pages/*.tsx');
const load = (file: string) => {
  const found = files[`./pages/${file}.tsx`];
  if (found === undefined) throw new Error(`the page ${file} is missing`);
  return found;
};
const page = <Path extends string>(path: Path, file: string, name: string) =>
  createRoute({ getParentRoute: () => shell, path, component: lazyRouteComponent(() => load(file)(), name) });
const alone = <Path extends string>(path: Path, name: string) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(() => load('sign-in')(), name) });

const routes = root.addChildren([
  alone('/sign-in', 'SignIn'),
  alone('/setup', 'Setup'),
  alone('/join', 'Join'),
  alone('/reset', 'Reset'),
  shell.addChildren([
    page('/', 'desk', 'Desk'),
    page('/invoices', 'invoices', 'Invoices'),
    page('/errors', 'errors', 'Errors'),
    page('/runs', 'runs', 'Runs'),
    page('/runs/$id', 'runs', 'RunPage'),
    page('/items', 'items', 'Items'),
    page('/links', 'links', 'Links'),
    page('/month-end', 'month-end', 'MonthEnd'),
    page('/mails', 'mails', 'Mails'),
    page('/settings', 'settings', 'Settings'),
    page('/connections', 'connections', 'Connections'),
    page('/people', 'people', 'People'),
    page('/audit', 'audit', 'Audit'),
    page('/first-run', 'first-run', 'FirstRun'),
    page('/help/$topic', 'help', 'Help'),
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
