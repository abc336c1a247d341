/** What was done, told with a way on or back; and a run that was asked for, told with the way to it. */
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { client, ok, type Asked } from './api.ts';
import { refused } from './parts.tsx';
import { useConnection } from './session.tsx';
import { words } from './words.ts';

/** It stays long enough to be read and followed. */
const STAYS_MS = 15_000;

function tell(id: string, message: string, way: (hide: () => void) => ReactNode): void {
  void import('@mantine/notifications').then(({ notifications }) =>
    notifications.show({
      id,
      color: 'green',
      autoClose: STAYS_MS,
      message: (
        <span className="lf-toast">
          {message}
          {way(() => void notifications.hide(id))}
        </span>
      ),
    }),
  );
}

/** Says what was done, with a way back. */
export const saidWith = (message: string, label: string, act: () => void): void =>
  tell(`undo-${message}`, message, (hide) => (
    <Button
      size="compact-sm"
      variant="default"
      onClick={() => {
        hide();
        act();
      }}
    >
      {label}
    </Button>
  ));

/** Notices stand outside the router: the way to the page is given to them. */
export const toldRun = (id: string, navigate: ReturnType<typeof useNavigate>): void =>
  tell(`run-${id}`, words.palette.asked, (hide) => (
    <a
      href={`/runs/${id}`}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        hide();
        void navigate({ to: `/runs/${id}` });
      }}
    >
      {words.shell.seeRun}
    </a>
  ));

/** Asks for a run and stays where one is; the notice leads to the run. */
export function useAskedRun() {
  const { name } = useConnection();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (body: Asked) => ok(client.POST('/api/v1/runs', { params: { query: { connection: name } }, body })),
    onSuccess: ({ run }) => toldRun(run.id, navigate),
    onError: refused,
    onSettled: () => queries.invalidateQueries(),
  });
}
