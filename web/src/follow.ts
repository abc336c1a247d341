/** Asks for one run and follows it to its end. */
import { useEffect, useRef, useState } from 'react';
import { ApiError, client, ok, type Asked, type Run } from './api.ts';
import { isOver, watchRun } from './run-events.ts';
import { useConnection } from './session.tsx';
import { words } from './words.ts';

export interface Followed<T> {
  readonly result: T | null;
  readonly error: Error | null;
  readonly progress: Run['progress'];
  readonly runId: string | null;
}

/** Resolves when the run is over, or nobody looks any more. */
const ended = (connection: string, id: string, onProgress: (progress: Run['progress']) => void, signal: AbortSignal) =>
  new Promise<void>((done) => {
    const end = watchRun(connection, id, {
      onRun: (run) => (isOver(run) ? done() : onProgress(run.progress)),
    });
    signal.addEventListener('abort', () => {
      end();
      done();
    });
  });

/** @param isWanted asked for once when it becomes true; the asked run must not change while the part is shown */
export function useRun<T>(asked: Asked, isWanted: boolean, onDone?: (result: T) => void): Followed<T> {
  const { name } = useConnection();
  const [state, setState] = useState<Followed<T>>({ result: null, error: null, progress: null, runId: null });
  const done = useRef(onDone);
  done.current = onDone;
  const begun = useRef(false);
  useEffect(() => {
    if (!isWanted || begun.current) return undefined;
    begun.current = true;
    const gone = new AbortController();
    const work = async (): Promise<void> => {
      const { run } = await ok(client.POST('/api/v1/runs', { params: { query: { connection: name } }, body: asked }));
      setState((now) => ({ ...now, runId: run.id }));
      await ended(name, run.id, (progress) => setState((now) => ({ ...now, progress })), gone.signal);
      if (gone.signal.aborted) return;
      const found = await ok(
        client.GET('/api/v1/runs/{id}', { params: { path: { id: run.id }, query: { connection: name } } }),
      );
      if (found.run.state !== 'finished') throw new ApiError(0, found.run.failure ?? words.trouble.notFinished);
      const result = found.result as T;
      setState((now) => ({ ...now, result }));
      done.current?.(result);
    };
    work().catch((error: unknown) =>
      setState((now) => ({ ...now, error: error instanceof Error ? error : new Error(String(error)) })),
    );
    return () => gone.abort();
    // The asked run is one thing per shown part: it is read when it is wanted, never anew.
  }, [isWanted, name]);
  return state;
}
