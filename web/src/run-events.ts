/** A run as it goes: server-sent events while the line holds; a look every two seconds while it does not, and the line again. */
import { client, ok, type RunDetail } from './api.ts';

const POLL_MS = 2_000;
const AGAIN_MS = 10_000;

export const isOver = (run: { state: string }): boolean => run.state !== 'queued' && run.state !== 'running';

/** As the stream tells it: without its counts. */
type Told = RunDetail['run'];

interface Watcher {
  readonly onRun: (run: Told) => void;
  /** The line broke off (true), or holds again (false). */
  readonly onLost?: (isLost: boolean) => void;
}

/** Tells every change of a run until it is over. Answers what ends the watching. */
export function watchRun(connection: string, id: string, { onRun, onLost }: Watcher): () => void {
  const query = { connection };
  let source: EventSource | undefined;
  let looking: ReturnType<typeof setInterval> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let isEnded = false;
  const still = (): void => {
    clearInterval(looking);
    clearTimeout(again);
  };
  const end = (): void => {
    isEnded = true;
    still();
    source?.close();
  };
  const tell = (run: Told): void => {
    if (isEnded) return;
    if (isOver(run)) end();
    onRun(run);
  };
  const look = (): void =>
    void ok(client.GET('/api/v1/runs/{id}', { params: { path: { id }, query } })).then(
      (found) => tell(found.run),
      // A server that is away is asked again; whoever is signed out is led to the door by the client.
      () => undefined,
    );
  const connect = (): void => {
    source = new EventSource(
      `/api/v1/runs/${encodeURIComponent(id)}/events?connection=${encodeURIComponent(connection)}`,
    );
    source.addEventListener('run', (event: MessageEvent<string>) => {
      still();
      onLost?.(false);
      tell(JSON.parse(event.data) as Told);
    });
    source.addEventListener('error', () => {
      source?.close();
      if (isEnded) return;
      still();
      onLost?.(true);
      looking = setInterval(look, POLL_MS);
      again = setTimeout(connect, AGAIN_MS);
    });
  };
  connect();
  return end;
}
