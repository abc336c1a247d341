/** On the way out of the page with changes that are not saved: says so, and that they are kept. */
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { Dialog } from './dialog.tsx';
import { settingTexts as texts } from './setting-groups.ts';

/** Pages of ours ask by a dialog; closing the window asks by the browser's own. The way to the sign-in page is free. */
export function Leaving({ count, onDiscard }: { count: number; onDiscard: () => void }) {
  const block = useBlocker({
    shouldBlockFn: ({ current, next }) =>
      count > 0 && next.pathname !== current.pathname && !next.pathname.startsWith('/sign-in'),
    enableBeforeUnload: () => count > 0,
    withResolver: true,
  });
  if (block.status !== 'blocked') return null;
  return (
    <Dialog label={texts.changed(count)} onClose={block.reset}>
      <Stack p="lg" gap="md">
        <Title order={2} size="h4">
          {texts.changed(count)}
        </Title>
        <Text className="lf-quiet">{texts.leave}</Text>
        <Group justify="flex-end">
          <Button
            variant="default"
            onClick={() => {
              onDiscard();
              block.proceed();
            }}
          >
            {texts.leaveDiscard}
          </Button>
          <Button variant="default" onClick={block.proceed}>
            {texts.leaveKeep}
          </Button>
          <Button onClick={block.reset}>{texts.stay}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
