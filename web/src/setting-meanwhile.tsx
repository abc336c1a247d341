/** Somebody saved the same setting while it was being changed here: both values, and the choice. */
import { Button, Group, Text } from '@mantine/core';
import { settingNames, settingTexts as texts, valueWord } from './setting-groups.ts';

type Values = Readonly<Record<string, string>>;

export function Meanwhile({
  keys,
  mine,
  saved,
  onTake,
}: {
  keys: readonly string[];
  mine: Values;
  saved: Values;
  onTake: (key: string) => void;
}) {
  const word = (key: string, value = ''): string => (value === '' ? texts.empty : valueWord(key, value));
  return (
    <div role="status">
      {keys.map((key) => (
        <Group key={key} gap="xs">
          <Text size="sm" className="lf-break">
            {texts.meanwhile(settingNames[key] ?? key, word(key, saved[key]), word(key, mine[key]))}
          </Text>
          <Button size="compact-sm" variant="default" onClick={() => onTake(key)}>
            {texts.takeTheirs}
          </Button>
        </Group>
      ))}
    </div>
  );
}
