/** The few choices without which nothing can be posted; all others have defaults and stand in the settings. */
import { Alert, Button, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { client, ok } from '../api.ts';
import { useDraft } from '../drafts.ts';
import { Trouble, Waiting } from '../parts.tsx';
import { words } from '../words.ts';

export const useSettings = (name: string | null) =>
  useQuery({
    queryKey: ['first-run-settings', name],
    enabled: name !== null,
    queryFn: () => ok(client.GET('/api/v1/settings', { params: { query: { connection: name ?? '' } } })),
  });

const zones = (): string[] => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((one) => one !== 'UTC')];

export function ChoicesStep({ name, onNext }: { name: string; onNext: () => void }) {
  const settings = useSettings(name);
  if (settings.isPending) return <Waiting what={words.first.readingSettings} />;
  if (settings.isError) return <Trouble error={settings.error} again={() => void settings.refetch()} />;
  return <Choices name={name} now={settings.data.settings} onNext={onNext} />;
}

function Choices({ name, now, onNext }: { name: string; now: Record<string, string>; onNext: () => void }) {
  const queries = useQueryClient();
  const accounts = useQuery({
    queryKey: ['choices', name, 'accounts'],
    queryFn: async () =>
      (
        await ok(
          client.GET('/api/v1/choices/{list}', { params: { path: { list: 'accounts' }, query: { connection: name } } }),
        )
      ).rows,
  });
  const [draft, change, clear] = useDraft(`choices.${name}`, {
    'items.incomeAccount': now['items.incomeAccount'] ?? '',
    'invoices.notBefore': now['invoices.notBefore'] ?? '',
    'connection.timeZone': now['connection.timeZone'] ?? '',
    'invoices.numbering': now['invoices.numbering'] ?? 'quickbooks',
  });
  const save = useMutation({
    mutationFn: () =>
      ok(client.PATCH('/api/v1/settings', { params: { query: { connection: name } }, body: { changes: draft } })),
    onSuccess: async () => {
      clear();
      await queries.invalidateQueries();
      onNext();
    },
  });
  const isIncome = (detail: string): boolean => /income/i.test(detail);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="md" maw={520}>
        <NativeSelect
          required
          label={words.first.account}
          description={words.first.accountWhy}
          value={draft['items.incomeAccount']}
          onChange={(event) => change({ 'items.incomeAccount': event.currentTarget.value })}
          data={[
            { value: '', label: accounts.isPending ? words.cures.reading : words.cures.choose },
            ...(accounts.data ?? [])
              .filter((one) => isIncome(one.detail))
              .map((one) => ({ value: one.name, label: one.name })),
          ]}
        />
        <NativeSelect
          label={words.first.numbering}
          description={words.first.numberingWhy}
          value={draft['invoices.numbering']}
          onChange={(event) => change({ 'invoices.numbering': event.currentTarget.value })}
          data={Object.entries(words.first.numberings).map(([value, label]) => ({ value, label }))}
        />
        <TextInput
          required
          type="date"
          label={words.first.cutOver}
          description={words.first.cutOverWhy}
          value={draft['invoices.notBefore']}
          onChange={(event) => change({ 'invoices.notBefore': event.currentTarget.value })}
        />
        <NativeSelect
          label={words.first.zoneName}
          description={words.first.zoneWhy}
          value={draft['connection.timeZone']}
          onChange={(event) => change({ 'connection.timeZone': event.currentTarget.value })}
          data={zones()}
        />
        {save.isError ? (
          <Alert color="orange" role="alert">
            {save.error.message}
          </Alert>
        ) : null}
        <Button type="submit" loading={save.isPending} style={{ alignSelf: 'flex-start' }}>
          {words.first.save}
        </Button>
      </Stack>
    </form>
  );
}
