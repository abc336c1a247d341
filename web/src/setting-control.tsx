/** The right control for each kind of setting; every value is text, as the server takes it. */
import { Button, Checkbox, Group, NativeSelect, Stack, Switch, TextInput } from '@mantine/core';
import type { SettingRow } from './api.ts';
import { Pick, useChoices } from './pick.tsx';
import { settingNames, settingTexts as texts, settingUnits, valueWord } from './setting-groups.ts';

interface ControlProps {
  readonly setting: SettingRow;
  readonly value: string;
  readonly disabled: boolean;
  readonly error: string | null;
  readonly onChange: (value: string) => void;
}

/** These name a row of QuickBooks. */
const lists = { 'items.incomeAccount': 'accounts', 'items.defaultItem': 'items' } as const;
const isListed = (key: string): key is keyof typeof lists => key in lists;

export function Control(props: ControlProps) {
  const { setting, value, disabled, error, onChange } = props;
  const label = settingNames[setting.key] ?? setting.key;
  if (isListed(setting.key)) return <Live {...props} list={lists[setting.key]} />;
  switch (setting.kind) {
    case 'switch':
      return (
        <Switch
          aria-label={label}
          checked={value === 'true'}
          disabled={disabled}
          label={valueWord(setting.key, value)}
          error={error}
          onChange={(event) => onChange(String(event.currentTarget.checked))}
        />
      );
    case 'choice':
      return (
        <NativeSelect
          aria-label={label}
          value={value}
          disabled={disabled}
          error={error}
          data={setting.values.map((one) => ({
            value: one,
            disabled: setting.notYet.includes(one),
            label: `${valueWord(setting.key, one)}${setting.notYet.includes(one) ? ` (${texts.notYet})` : ''}`,
          }))}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'list':
      return setting.values.length > 0 ? <Several {...props} /> : <Line {...props} label={label} type="text" />;
    case 'table':
      return <Pairs {...props} />;
    case 'date':
      return <Line {...props} label={label} type="date" />;
    case 'whole':
      return <Line {...props} label={label} type="number" />;
    case 'address':
      return <Line {...props} label={label} type="email" />;
    default:
      return <Line {...props} label={label} type="text" />;
  }
}

const Line = ({
  setting,
  value,
  disabled,
  error,
  onChange,
  label,
  type,
}: ControlProps & { label: string; type: string }) => (
  <TextInput
    aria-label={label}
    type={type}
    min={setting.min ?? undefined}
    max={setting.max ?? undefined}
    value={value}
    disabled={disabled}
    error={error}
    {...(settingUnits[setting.key] === undefined
      ? {}
      : { rightSection: <span className="lf-quiet">{settingUnits[setting.key]}</span>, rightSectionWidth: 104 })}
    onChange={(event) => onChange(event.currentTarget.value)}
  />
);

function Live({ setting, value, disabled, error, onChange, list }: ControlProps & { list: 'accounts' | 'items' }) {
  const choices = useChoices(list);
  const rows = (choices.data ?? []).filter(
    (one) => list !== 'accounts' || one.detail === '' || /income/i.test(one.detail),
  );
  const known = rows.find((one) => one.id === value || one.name === value);
  // What is set and no longer there stays visible.
  const all = known === undefined && value !== '' ? [...rows, { id: value, name: value }] : rows;
  return (
    <Pick
      isHidden
      label={settingNames[setting.key] ?? setting.key}
      choices={all}
      isReading={choices.isPending}
      disabled={disabled}
      value={known?.id ?? value}
      error={error ?? (choices.isError ? choices.error.message : null)}
      onPick={(id) => onChange(rows.find((one) => one.id === id)?.name ?? id)}
    />
  );
}

function Several({ setting, value, disabled, error, onChange }: ControlProps) {
  const chosen = value.split(',').filter((one) => one !== '');
  return (
    <Stack gap={6} role="group" aria-label={settingNames[setting.key]}>
      {setting.values.map((one) => (
        <Checkbox
          key={one}
          label={valueWord(setting.key, one)}
          checked={chosen.includes(one)}
          disabled={disabled}
          onChange={(event) => {
            const isOn = event.currentTarget.checked;
            onChange(setting.values.filter((other) => (other === one ? isOn : chosen.includes(other))).join(','));
          }}
        />
      ))}
      {error === null ? null : <span role="alert">{error}</span>}
    </Stack>
  );
}

function Pairs({ value, disabled, error, onChange }: ControlProps) {
  const rows = value
    .split(';')
    .filter((row) => row !== '')
    .map((row) => row.split('=')) as [string, string][];
  const put = (next: readonly (readonly string[])[]): void => onChange(next.map((row) => row.join('=')).join(';'));
  const clean = (text: string): string => text.replaceAll(/[=;]/g, '');
  const change = (at: number, side: 0 | 1, text: string): void =>
    put(
      rows.map((row, index) =>
        index === at ? (side === 0 ? [clean(text), row[1] ?? ''] : [row[0], clean(text)]) : row,
      ),
    );
  return (
    <Stack gap={6} align="flex-start">
      {rows.map(([line, name], index) => (
        <Group key={index} gap={4} wrap="nowrap">
          <TextInput
            size="xs"
            aria-label={texts.line}
            placeholder={texts.line}
            disabled={disabled}
            value={line}
            onChange={(event) => change(index, 0, event.currentTarget.value)}
          />
          <TextInput
            size="xs"
            aria-label={texts.class}
            placeholder={texts.class}
            disabled={disabled}
            value={name ?? ''}
            onChange={(event) => change(index, 1, event.currentTarget.value)}
          />
          <Button
            size="compact-xs"
            variant="subtle"
            disabled={disabled}
            aria-label={`${texts.remove}: ${line}`}
            onClick={() => put(rows.filter((_row, at) => at !== index))}
          >
            ×
          </Button>
        </Group>
      ))}
      {disabled ? null : (
        <Button size="compact-sm" variant="default" onClick={() => onChange(value === '' ? ' = ' : `${value}; = `)}>
          {texts.addRow}
        </Button>
      )}
      {error === null ? null : <span role="alert">{error}</span>}
    </Stack>
  );
}
