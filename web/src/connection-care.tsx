/** A connection's other name, and its end: asked in a dialog, so that a slip of the hand does neither. */
import { Button, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useContext, useState } from 'react';
import { client, ok, type Connection } from './api.ts';
import { Dialog } from './books/dialog.tsx';
import { refused, said } from './parts.tsx';
import { ChosenContext } from './session.tsx';
import { words } from './words.ts';

const quiet = { size: 'compact-sm', variant: 'subtle', color: 'gray', c: 'dimmed' } as const;

export function Rename({ connection: { name } }: { connection: Connection }) {
  const queries = useQueryClient();
  const chosen = useContext(ChosenContext);
  const [wanted, setWanted] = useState<string | null>(null);
  const rename = useMutation({
    mutationFn: (to: string) =>
      ok(client.POST('/api/v1/connections/{name}/rename', { params: { path: { name } }, body: { name: to } })),
    onSuccess: async (now) => {
      said(words.connections.renamed(name, now.name));
      setWanted(null);
      const isChosen = chosen.connection?.name === name;
      await queries.invalidateQueries({ queryKey: ['connections'] });
      if (isChosen) chosen.choose(now.name);
    },
    onError: refused,
  });
  const to = wanted?.trim() ?? '';
  return (
    <>
      <Button {...quiet} aria-label={`${words.connections.rename} ${name}`} onClick={() => setWanted(name)}>
        {words.connections.rename}
      </Button>
      {wanted === null ? null : (
        <Dialog
          title={`${words.connections.rename} ${name}`}
          done={words.connections.rename}
          isReady={to !== '' && to !== name}
          isBusy={rename.isPending}
          onClose={() => setWanted(null)}
          onDone={() => rename.mutate(to)}
        >
          <TextInput
            label={words.connections.newName}
            description={words.connections.nameRule}
            value={wanted}
            maxLength={60}
            data-autofocus
            onChange={(event) => setWanted(event.currentTarget.value)}
          />
        </Dialog>
      )}
    </>
  );
}

export function Remove({ connection: { name } }: { connection: Connection }) {
  const queries = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const remove = useMutation({
    mutationFn: () => ok(client.POST('/api/v1/connections/{name}/remove', { params: { path: { name } } })),
    onSuccess: async () => {
      setAsked(false);
      said(words.connections.removed(name));
      await queries.invalidateQueries({ queryKey: ['connections'] });
    },
    onError: refused,
  });
  return (
    <>
      <Button {...quiet} aria-label={`${words.connections.remove} ${name}`} onClick={() => setAsked(true)}>
        {words.connections.remove}
      </Button>
      {isAsked ? (
        <Dialog
          title={`${words.connections.remove} ${name}?`}
          done={words.connections.remove}
          isDanger
          isBusy={remove.isPending}
          onClose={() => setAsked(false)}
          onDone={() => remove.mutate()}
        >
          <Text size="sm">{words.connections.removeWhat}</Text>
        </Dialog>
      ) : null}
    </>
  );
}
