/** Copy missing items: first what would be created, by name and account; only then the button that does it. */
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { client, ok } from './api.ts';
import { Trouble, Waiting, refused, said } from './parts.tsx';
import { useChoices, Pick } from './pick.tsx';
import { useRun } from './follow.ts';
import { useConnection } from './session.tsx';
import { toolWords } from './tools-words.ts';

const texts = toolWords.items;
export type MatchBy = keyof typeof texts.match;

interface Copied {
  readonly created: readonly { readonly name: string }[];
  readonly wouldCreate: readonly { readonly billingCodeId: number; readonly name: string }[];
  readonly problems: readonly { readonly text: string; readonly remedy: string }[];
}

/** First the income account, then the dry run, then the deed; each step shows what the next one needs. */
export function CopyMissing({ matchBy, onClose }: { matchBy: MatchBy; onClose: () => void }) {
  const { name } = useConnection();
  const settings = useQuery({
    queryKey: ['settings', name],
    queryFn: () => ok(client.GET('/api/v1/settings', { params: { query: { connection: name } } })),
  });
  const account = settings.data?.settings['items.incomeAccount'] ?? '';
  return (
    <Modal
      opened
      onClose={onClose}
      title={texts.copyTitle}
      size="lg"
      closeButtonProps={{ 'aria-label': toolWords.close }}
    >
      <Stack gap="md">
        {settings.isPending ? <Waiting what={texts.copyLooking} /> : null}
        {settings.isError ? <Trouble error={settings.error} again={() => void settings.refetch()} /> : null}
        {settings.data === undefined ? null : <Account account={account} />}
        {account === '' ? null : <Trial key={account} matchBy={matchBy} onClose={onClose} />}
      </Stack>
    </Modal>
  );
}

function Account({ account }: { account: string }) {
  const { name } = useConnection();
  const queries = useQueryClient();
  const accounts = useChoices('accounts');
  const income = (accounts.data ?? []).filter((one) => one.detail === '' || /income/i.test(one.detail));
  const set = useMutation({
    mutationFn: (id: string) =>
      ok(
        client.PATCH('/api/v1/settings', {
          params: { query: { connection: name } },
          body: { changes: { 'items.incomeAccount': id } },
        }),
      ),
    onError: refused,
    onSettled: () => queries.invalidateQueries({ queryKey: ['settings'] }),
  });
  const known = income.find((one) => one.id === account || one.name === account);
  return (
    <div>
      <Pick
        label={texts.account}
        choices={income}
        isReading={accounts.isPending}
        value={known?.id ?? ''}
        disabled={set.isPending}
        error={accounts.isError ? accounts.error.message : null}
        onPick={(id) => (id === '' ? undefined : set.mutate(id))}
      />
      <Text className="lf-quiet">{texts.accountWhy}</Text>
    </div>
  );
}

function Trial({ matchBy, onClose }: { matchBy: MatchBy; onClose: () => void }) {
  const queries = useQueryClient();
  const [isDeed, setDeed] = useState(false);
  const trial = useRun<Copied>({ kind: 'copy-items', matchBy, dryRun: true, silent: true, emails: [] }, true);
  const deed = useRun<Copied>(
    { kind: 'copy-items', matchBy, dryRun: false, silent: false, emails: [] },
    isDeed,
    (done) => {
      said(texts.copied(done.created.length));
      void queries.invalidateQueries();
    },
  );
  if (trial.error !== null) return <Trouble error={trial.error} />;
  if (deed.error !== null) return <Trouble error={deed.error} />;
  if (trial.result === null) return <Waiting what={texts.copyLooking} />;
  const { wouldCreate, problems } = deed.result ?? trial.result;
  if (deed.result !== null)
    return (
      <Stack gap="sm" align="flex-start">
        <Text role="status" fw={600}>
          {texts.copied(deed.result.created.length)}
        </Text>
        <Names names={deed.result.created.map((one) => one.name)} />
        <Problems problems={problems} />
        <Button onClick={onClose}>{toolWords.close}</Button>
      </Stack>
    );
  return (
    <Stack gap="sm">
      <Text>{wouldCreate.length === 0 ? texts.copyNone : texts.copyWould(wouldCreate.length)}</Text>
      <Names names={wouldCreate.map((one) => one.name)} />
      <Problems problems={problems} />
      <Text className="lf-quiet">{texts.never}</Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {toolWords.cancel}
        </Button>
        <Button disabled={wouldCreate.length === 0} loading={isDeed} onClick={() => setDeed(true)}>
          {texts.copyGo(wouldCreate.length)}
        </Button>
      </Group>
    </Stack>
  );
}

const Names = ({ names }: { names: readonly string[] }) =>
  names.length === 0 ? null : (
    <ul className="lf-names" tabIndex={0}>
      {names.map((name, index) => (
        <li key={`${name} ${String(index)}`}>{name}</li>
      ))}
    </ul>
  );

const Problems = ({ problems }: { problems: Copied['problems'] }) =>
  problems.length === 0 ? null : (
    <Alert color="orange" title={texts.copyCannot}>
      {problems.map((one, index) => (
        <Text key={`${one.text} ${String(index)}`} size="sm">
          {`${one.text} ${one.remedy}`}
        </Text>
      ))}
    </Alert>
  );
