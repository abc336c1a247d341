/** Who is signed in, and which connection the desk is about. */
import { createContext, useContext } from 'react';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { client, ok, type Connection, type Session } from './api.ts';

export const ranks = ['read-only', 'reviewer', 'bookkeeper', 'owner'] as const;
export type Role = (typeof ranks)[number];

export const sessionAsked = queryOptions({
  queryKey: ['session'],
  queryFn: (): Promise<Session> => ok(client.GET('/api/v1/session')),
  staleTime: 60_000,
});
export const useSession = () => useQuery(sessionAsked);

export const may = (session: Session | undefined, role: Role): boolean =>
  session?.person != null && ranks.indexOf(session.person.role) >= ranks.indexOf(role);

export const connectionsAsked = queryOptions({
  queryKey: ['connections'],
  queryFn: async (): Promise<Connection[]> => (await ok(client.GET('/api/v1/connections'))).connections,
});
export const useConnections = () => useQuery({ ...connectionsAsked, refetchInterval: 5_000 });

/** What is in the way of one connection, by cause; shared by the navigation and the desk. */
export const waitingOf = (name: string) =>
  queryOptions({
    queryKey: ['waiting', name],
    queryFn: () => ok(client.GET('/api/v1/errors', { params: { query: { connection: name } } })),
    refetchInterval: 15_000,
  });

export interface Chosen {
  readonly connection: Connection | null;
  readonly choose: (name: string) => void;
}
export const ChosenContext = createContext<Chosen>({ connection: null, choose: () => undefined });

/** The chosen connection's name; pages below the shell are drawn only when there is one. */
export function useConnection(): Connection {
  const { connection } = useContext(ChosenContext);
  if (connection === null) throw new Error('no connection is chosen');
  return connection;
}

const KEY = 'ledgerferry.connection';
export const remembered = (): string | null => localStorage.getItem(KEY);
export const remember = (name: string): void => localStorage.setItem(KEY, name);
