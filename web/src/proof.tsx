/** The password again, where a step reaches far: asked for in place, and the step goes on by itself. */
import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { doors, post } from './api.ts';
import { Dialog } from './dialog.tsx';
import { words } from './words.ts';

interface Asked {
  readonly needs: string;
  readonly answer: (proven: boolean) => void;
}

export function useProof(): ReactNode {
  const [asked, setAsked] = useState<Asked | null>(null);
  useEffect(() => {
    doors.prove = (needs) => new Promise((answer) => setAsked({ needs, answer }));
    return () => {
      doors.prove = null;
    };
  }, []);
  if (asked === null) return null;
  const end = (proven: boolean): void => {
    setAsked(null);
    asked.answer(proven);
  };
  return <Proof needs={asked.needs} onEnd={end} />;
}

function Proof({ needs, onEnd }: { needs: string; onEnd: (proven: boolean) => void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const withCode = needs === 'password-and-code';
  const prove = async (): Promise<void> => {
    setBusy(true);
    try {
      await post('/api/v1/session/prove', { password, code: withCode ? code : null });
      onEnd(true);
    } catch (error) {
      setFault(error instanceof Error ? error.message : 'unknown');
      setBusy(false);
    }
  };
  return (
    <Dialog label={words.proof.title} onClose={() => onEnd(false)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void prove();
        }}
      >
        <Stack p="lg" gap="md">
          <h2 style={{ margin: 0, fontSize: 18 }}>{words.proof.title}</h2>
          <Text className="lf-quiet">{words.proof.why}</Text>
          <PasswordInput
            autoFocus
            required
            label={words.proof.password}
            autoComplete="current-password"
            value={password}
            error={fault}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {withCode ? (
            <TextInput
              required
              label={words.proof.code}
              inputMode="numeric"
              autoComplete="one-time-code"
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
            />
          ) : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => onEnd(false)}>
              {words.proof.cancel}
            </Button>
            <Button type="submit" loading={isBusy}>
              {words.proof.go}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
