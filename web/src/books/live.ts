/** A run for a page: its detail, kept up to its end by the run's events; the report comes with the end. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { client, ok, type RunDetail } from '../api.ts';
import { isOver, watchRun } from '../run-events.ts';

export function useLiveRun(connection: string, id: string) {
  const queries = useQueryClient();
  const [isLost, setLost] = useState(false);
  const detail = useQuery({
    queryKey: ['run', connection, id],
    queryFn: (): Promise<RunDetail> =>
      ok(client.GET('/api/v1/runs/{id}', { params: { path: { id }, query: { connection } } })),
  });
  const isOpen = detail.data !== undefined && !isOver(detail.data.run);
  useEffect(() => {
    if (!isOpen) return undefined;
    const end = watchRun(connection, id, {
      onLost: setLost,
      onRun: (run) => {
        queries.setQueryData<RunDetail>(['run', connection, id], (now) =>
          now === undefined ? now : { ...now, run: { ...now.run, ...run } },
        );
        if (isOver(run)) void queries.invalidateQueries();
      },
    });
    return () => {
      end();
      setLost(false);
    };
  }, [isOpen, connection, id, queries]);
  return { ...detail, isLost: isOpen && isLost };
}
