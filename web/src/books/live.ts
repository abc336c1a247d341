/** A run as it goes: server-sent events while the line holds, a look every two seconds when it does not, then the line again. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { client, ok, type Run, type RunDetail } from '../api.ts';

const POLL_MS = 2_000;
const AGAIN_MS = 10_000;

export const isOver = (run: Pick<Run, 'state'>): boolean => run.state !== 'queued' && run.state !== 'running';

export function useLiveRun(connection: string, id: string) {
  const queries = useQueryClient();
  const [isLost, setLost] = useState(false);
  const detail = useQuery({
    queryKey: ['run', connection, id],
    queryFn: (): Promise<RunDetail> =>
      ok(client.GET('/api/v1/runs/{id}', { params: { path: { id }, query: { connection } } })),
    refetchInterval: (query) =>
      isLost && query.state.data !== undefined && !isOver(query.state.data.run) ? POLL_MS : false,
  });
  const isOpen = detail.data !== undefined && !isOver(detail.data.run);
  useEffect(() => {
    if (!isOpen) return undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let source: EventSource | undefined;
    const connect = (): void => {
      source = new EventSource(
        `/api/v1/runs/${encodeURIComponent(id)}/events?connection=${encodeURIComponent(connection)}`,
      );
      source.addEventListener('run', (event: MessageEvent<string>) => {
        setLost(false);
        const run = JSON.parse(event.data) as Run;
        queries.setQueryData<RunDetail>(['run', connection, id], (now) =>
          now === undefined ? now : { ...now, run: { ...now.run, ...run } },
        );
        // The report comes with the end.
        if (isOver(run)) void queries.invalidateQueries();
      });
      source.addEventListener('error', () => {
        source?.close();
        setLost(true);
        again = setTimeout(connect, AGAIN_MS);
      });
    };
    connect();
    return () => {
      clearTimeout(again);
      source?.close();
      setLost(false);
    };
  }, [isOpen, connection, id, queries]);
  return { ...detail, isLost: isOpen && isLost };
}
