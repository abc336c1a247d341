/** The frame around every page: navigation, the connection switcher, the line that everybody sees while a batch is at work. */
import './desk.css';
import { Button, NativeSelect, Stack } from '@mantine/core';
import { Link as RouterLink, Outlet, useNavigate, useRouter, useRouterState } from '@tanstack/react-router';
import { memo, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { doors, type Connection } from './api.ts';
import { useArrived } from './arrived.ts';
import { Foot } from './foot.tsx';
import { Icon } from './icons.tsx';
import { usePalette } from './keys.tsx';
import { useProof } from './proof.tsx';
import { Empty, Trouble } from './parts.tsx';
import { isWithin, places } from './places.ts';
import { ChosenContext, remember, remembered, useConnections, useSession, waitingOf } from './session.tsx';
import { words } from './words.ts';

/** Pages that have something to say before there is a connection. */
const WITHOUT_CONNECTION = ['/connections', '/first-run', '/people', '/help', '/audit'];

export function Shell() {
  const session = useSession();
  const navigate = useNavigate();
  const here = useRouterState({ select: (state) => state.location.href });
  const isOut = session.data?.person === null;
  useEffect(() => {
    // On the way out the address changes before this frame is gone: that is no place to come back to.
    if (isOut && !here.startsWith('/sign-in'))
      void navigate({ to: '/sign-in', search: here === '/' ? {} : { to: here }, replace: true });
  }, [isOut, navigate, here]);
  // The frame that the page came with stands until then.
  if (session.isPending) return null;
  if (session.isError) return <Alone>{<Trouble error={session.error} again={() => void session.refetch()} />}</Alone>;
  return isOut ? null : <Frame />;
}

function Alone({ children }: { children: ReactNode }) {
  useArrived();
  return (
    <div className="lf-alone">
      <main>{children}</main>
    </div>
  );
}

/** Remembered: the address changes at every click, and nothing of this with it. */
const Frame = memo(function Frame() {
  useArrived();
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState(remembered());
  const connections = useConnections();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const all = connections.data ?? [];
  const connection = all.find((one) => one.name === name) ?? all[0] ?? null;
  const palette = usePalette();
  const proof = useProof();
  useSignedOut();
  useAfterRun(connection);
  const main = useFocusOnPath(path);
  const choose = useCallback((next: string): void => {
    remember(next);
    setName(next);
  }, []);
  // One object as long as nothing changed: else every look at the connections would draw the whole page anew.
  const chosen = useMemo(() => ({ connection, choose }), [connection, choose]);
  const isAtHome = connection !== null || WITHOUT_CONNECTION.some((one) => path.startsWith(one));
  return (
    <ChosenContext.Provider value={chosen}>
      <a className="lf-skip" href="#content">
        {words.shell.skip}
      </a>
      <div className="lf-frame">
        <header className="lf-top">
          <Brand />
          <Button
            variant="default"
            size="compact-md"
            aria-label={words.shell.menu}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name="menu" />
          </Button>
        </header>
        <aside className="lf-side" data-open={isOpen} aria-label={words.shell.pages}>
          <Brand />
          {all.length > 1 ? (
            <NativeSelect
              aria-label={words.shell.connection}
              size="xs"
              data={all.map((one) => one.name)}
              value={connection?.name ?? ''}
              onChange={(event) => choose(event.currentTarget.value)}
            />
          ) : (
            <span className="lf-company">{connection?.quickbooks.companyName ?? connection?.name ?? ''}</span>
          )}
          <button type="button" className="lf-nav-button" onClick={palette.open}>
            <Icon name="search" /> {words.shell.search}
            <kbd className="lf-key">{palette.key}</kbd>
          </button>
          <Navigation connection={connection} onGo={() => setOpen(false)} />
          <Foot />
        </aside>
        <main className="lf-main" id="content" tabIndex={-1} ref={main}>
          <Banner connection={connection} isAway={connections.isError || connections.failureCount > 0} />
          {connections.isError && all.length === 0 ? (
            <Trouble error={connections.error} again={() => void connections.refetch()} />
          ) : null}
          {isAtHome ? <Outlet /> : connections.isSuccess ? <NoConnection /> : null}
        </main>
      </div>
      {palette.shown}
      {proof}
    </ChosenContext.Provider>
  );
});

/** When the server no longer knows who asks, the session is asked for again, and the page for signing in follows. */
function useSignedOut(): void {
  const queries = useQueryClient();
  useEffect(() => {
    doors.signedOut = () => void queries.invalidateQueries({ queryKey: ['session'] });
    return () => {
      doors.signedOut = null;
    };
  }, [queries]);
}

/** When a run has ended, what it may have changed is asked for at once. */
function useAfterRun(connection: Connection | null): void {
  const queries = useQueryClient();
  const isBusy = connection !== null && connection.inProcess !== null;
  const wasBusy = useRef(isBusy);
  useEffect(() => {
    if (wasBusy.current && !isBusy)
      for (const key of ['waiting', 'overview', 'invoices', 'invoice', 'run'])
        void queries.invalidateQueries({ queryKey: [key] });
    wasBusy.current = isBusy;
  }, [isBusy, queries]);
}

/** After a way inside the desk the reader stands at the top of the new page, by eye and by ear. */
function useFocusOnPath(path: string) {
  const main = useRef<HTMLElement>(null);
  const last = useRef(path);
  useEffect(() => {
    if (last.current === path) return;
    last.current = path;
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [path]);
  return main;
}

const Brand = () => (
  <RouterLink to="/" className="lf-brand">
    <Icon name="ferry" size={20} />
    {words.product}
  </RouterLink>
);

/**
 * A place of the navigation. The router's own link reckons anew with each change of the address; thirteen of them did so at
 * every click on the page.
 */
function Place({ to, isHere, onGo, children }: { to: string; isHere: boolean; onGo: () => void; children: ReactNode }) {
  const router = useRouter();
  return (
    <a
      href={to}
      aria-current={isHere ? 'page' : undefined}
      onPointerEnter={() => void router.preloadRoute({ to })}
      onFocus={() => void router.preloadRoute({ to })}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onGo();
        void router.navigate({ to });
      }}
    >
      {children}
    </a>
  );
}

function Navigation({ connection, onGo }: { connection: Connection | null; onGo: () => void }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const waiting = useQuery({ ...waitingOf(connection?.name ?? ''), enabled: connection !== null });
  const count = waiting.data?.causes.filter((cause) => cause.who !== 'nobody').length ?? 0;
  return (
    <nav className="lf-nav" aria-label={words.shell.pages}>
      {places.map((group) => (
        <ul key={group[0]?.to}>
          {group.map(({ to, name }) => (
            <li key={to}>
              <Place to={to} isHere={isWithin(path, to)} onGo={onGo}>
                <Icon name={name} /> {words.nav[name]}
                {name === 'errors' && count > 0 ? (
                  <span className="lf-count" aria-label={`${String(count)} wait`}>
                    {count}
                  </span>
                ) : null}
              </Place>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}

const NoConnection = () => (
  <Stack gap="md">
    <h1 style={{ fontSize: 24, margin: 0 }}>{words.shell.welcome}</h1>
    <Empty title={words.shell.none}>
      {words.shell.noneWhy}
      <br />
      <Button component={RouterLink} to="/first-run" mt="md">
        {words.shell.first}
      </Button>
    </Empty>
  </Stack>
);

/** What concerns everybody: the demo, a server that is away, a run at work with what it is doing. */
function Banner({ connection, isAway }: { connection: Connection | null; isAway: boolean }) {
  const { data: session } = useSession();
  const busy = connection?.inProcess ?? null;
  return (
    <>
      {session?.isDemo === true ? (
        <div className="lf-note" role="note">
          {words.demo}
        </div>
      ) : null}
      {isAway ? (
        <div className="lf-note" data-tone="warn" role="status">
          {words.trouble.gone}
        </div>
      ) : null}
      {busy === null ? null : (
        <div className="lf-note" role="status">
          <strong>{busy.text}</strong>
          {busy.progress === null ? null : (
            <span>{`${busy.progress.step}${busy.progress.total > 0 ? ` (${String(busy.progress.done)} of ${String(busy.progress.total)})` : ''}`}</span>
          )}
          {busy.progress !== null && busy.progress.total > 0 ? (
            <progress value={busy.progress.done} max={busy.progress.total} aria-label={busy.progress.step} />
          ) : null}
          {busy.runId === null ? null : <RouterLink to={`/runs/${busy.runId}`}>{words.shell.seeRun}</RouterLink>}
        </div>
      )}
    </>
  );
}

export const useChoose = (): ((name: string) => void) => useContext(ChosenContext).choose;
