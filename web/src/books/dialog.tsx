/** A question over the page: the browser's own dialog, so that focus, Escape and screen readers work as people expect. */
import { Button, Group, Stack } from '@mantine/core';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { words } from './words.ts';

export function Dialog({
  title,
  onClose,
  onDone,
  done,
  isBusy = false,
  isReady = true,
  isDanger = false,
  children,
}: {
  title: string;
  onClose: () => void;
  onDone: () => void;
  done: string;
  isBusy?: boolean;
  isReady?: boolean;
  isDanger?: boolean;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className="lf-dialog bk-dialog"
      aria-labelledby={id}
      onClose={onClose}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && !isBusy) onDone();
        }}
      >
        <Stack gap="md">
          <h2 id={id}>{title}</h2>
          {children}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => dialog.current?.close()}>
              {words.actions.cancel}
            </Button>
            <Button type="submit" loading={isBusy} disabled={!isReady} color={isDanger ? 'red.9' : undefined}>
              {done}
            </Button>
          </Group>
        </Stack>
      </form>
    </dialog>
  );
}
