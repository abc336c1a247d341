/** One row out of a long list of QuickBooks, found by typing; loaded where somebody has to choose. */
import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { client, ok } from './api.ts';
import { useConnection } from './session.tsx';
import { toolWords } from './tools-words.ts';

export type LiveList = 'accounts' | 'items' | 'terms' | 'tax-codes' | 'classes' | 'customers';
const SHOWN = 60;

export function useChoices(list: LiveList, isWanted = true) {
  const { name } = useConnection();
  return useQuery({
    queryKey: ['choices', name, list],
    enabled: isWanted,
    staleTime: 60_000,
    queryFn: async () =>
      (await ok(client.GET('/api/v1/choices/{list}', { params: { path: { list }, query: { connection: name } } })))
        .rows,
  });
}

interface PickProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly { readonly id: string; readonly name: string }[];
  readonly isReading?: boolean;
  readonly isHidden?: boolean;
  readonly autoFocus?: boolean;
  readonly error?: string | null;
  readonly disabled?: boolean;
  readonly onPick: (id: string) => void;
}

/** Names that are there twice carry their id, so that both can be told apart. */
const labelled = (choices: PickProps['choices']): { value: string; label: string }[] => {
  const seen = new Map<string, number>();
  for (const { name } of choices) seen.set(name, (seen.get(name) ?? 0) + 1);
  return choices.map(({ id, name }) => ({ value: id, label: (seen.get(name) ?? 0) > 1 ? `${name} (id ${id})` : name }));
};

export function Pick({ label, value, choices, isReading, isHidden, autoFocus, error, disabled, onPick }: PickProps) {
  return (
    <Select
      {...(isHidden === true ? { 'aria-label': label } : { label })}
      searchable
      clearable
      autoFocus={autoFocus}
      disabled={disabled}
      error={error ?? undefined}
      limit={SHOWN}
      maxDropdownHeight={260}
      data={labelled(choices)}
      value={value === '' ? null : value}
      placeholder={isReading === true ? toolWords.pick.reading : toolWords.pick.choose}
      nothingFoundMessage={toolWords.pick.none}
      onChange={(id) => onPick(id ?? '')}
      comboboxProps={{ withinPortal: true }}
      clearButtonProps={{ 'aria-label': `${label}: ×` }}
      miw={220}
    />
  );
}

export function PickLive({ list, ...props }: Omit<PickProps, 'choices' | 'isReading'> & { list: LiveList }) {
  const choices = useChoices(list);
  return (
    <Pick
      {...props}
      choices={choices.data ?? []}
      isReading={choices.isPending}
      error={props.error ?? (choices.isError ? choices.error.message : null)}
    />
  );
}
