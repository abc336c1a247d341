/** One's own name, password, and the second step with an authenticator. */
import { Alert, Button, Code, Group, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { post, type Session } from './api.ts';
import { refused, said } from './parts.tsx';
import { client, ok } from './api.ts';
import { words } from './words.ts';

const QRCodeSVG = lazy(() => import('qrcode.react').then((module) => ({ default: module.QRCodeSVG })));

type Person = NonNullable<Session['person']>;

export function Profile({ person }: { person: Person }) {
  return (
    <section className="lf-card" aria-labelledby="profile">
      <Title order={2} size="h5" id="profile" mb="sm">
        {words.profile.title}
      </Title>
      <Stack gap="xl">
        <Name person={person} />
        <Password />
        <SecondStep isOn={person.twoFactor} />
      </Stack>
    </section>
  );
}

function Name({ person }: { person: Person }) {
  const queries = useQueryClient();
  const [name, setName] = useState(person.name);
  const save = useMutation({
    mutationFn: () => ok(client.PATCH('/api/v1/profile', { body: { name } })),
    onSuccess: () => said(words.profile.saved),
    onError: refused,
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Group align="flex-end">
        <TextInput
          required
          label={words.signIn.name}
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={save.isPending} disabled={name === person.name}>
          {words.profile.save}
        </Button>
      </Group>
    </form>
  );
}

function Password() {
  const [present, setPresent] = useState('');
  const [wanted, setWanted] = useState('');
  const save = useMutation({
    mutationFn: () => ok(client.POST('/api/v1/profile/password', { body: { present, wanted } })),
    onSuccess: () => {
      setPresent('');
      setWanted('');
      said(words.profile.passwordChanged);
    },
    onError: refused,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Group align="flex-end">
        <PasswordInput
          required
          w={260}
          label={words.profile.present}
          autoComplete="current-password"
          value={present}
          onChange={(event) => setPresent(event.currentTarget.value)}
        />
        <PasswordInput
          required
          w={260}
          minLength={10}
          label={words.signIn.newPassword}
          autoComplete="new-password"
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={save.isPending}>
          {words.profile.change}
        </Button>
      </Group>
    </form>
  );
}

interface Enrolment {
  readonly totpURI: string;
  readonly backupCodes: readonly string[];
}

/** Off, being set up, on. An authenticator takes the key as a picture, typed, or opened on the phone itself. */
function SecondStep({ isOn }: { isOn: boolean }) {
  const queries = useQueryClient();
  const [password, setPassword] = useState('');
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [code, setCode] = useState('');
  const turn = useMutation({
    mutationFn: () => post(`/api/auth/two-factor/${isOn ? 'disable' : 'enable'}`, { password }),
    onSuccess: async (answer) => {
      setPassword('');
      if (isOn) said(words.profile.secondOff);
      else setEnrolment(answer as Enrolment);
      await queries.invalidateQueries({ queryKey: ['session'] });
    },
    onError: refused,
  });
  const prove = useMutation({
    mutationFn: () => post('/api/auth/two-factor/verify-totp', { code: code.trim() }),
    onSuccess: async () => {
      setEnrolment(null);
      said(words.profile.secondOn);
      await queries.invalidateQueries({ queryKey: ['session'] });
    },
    onError: refused,
  });
  if (enrolment !== null)
    return (
      <Enrol
        enrolment={enrolment}
        code={code}
        onCode={setCode}
        onProve={() => prove.mutate()}
        isBusy={prove.isPending}
      />
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        turn.mutate();
      }}
    >
      <Text fw={600} size="sm">
        {isOn ? words.profile.secondIsOn : words.profile.secondIsOff}
      </Text>
      <Text className="lf-quiet" mb="xs">
        {words.profile.secondWhy}
      </Text>
      <Group align="flex-end">
        <PasswordInput
          required
          w={260}
          label={words.profile.present}
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={turn.isPending}>
          {isOn ? words.profile.turnOff : words.profile.turnOn}
        </Button>
      </Group>
    </form>
  );
}

function Enrol({
  enrolment,
  code,
  onCode,
  onProve,
  isBusy,
}: {
  enrolment: Enrolment;
  code: string;
  onCode: (code: string) => void;
  onProve: () => void;
  isBusy: boolean;
}) {
  const key = new URL(enrolment.totpURI).searchParams.get('secret') ?? '';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onProve();
      }}
    >
      <Stack gap="sm">
        <Text fw={600} size="sm">
          {words.profile.enrol}
        </Text>
        <Text size="sm">{words.profile.enrolScan}</Text>
        {/* White around it in dark mode too: cameras read dark on light. */}
        <Suspense fallback={null}>
          <QRCodeSVG value={enrolment.totpURI} size={176} marginSize={4} title={words.profile.enrolPicture} />
        </Suspense>
        <Text size="sm">{words.profile.enrolKey}</Text>
        <Code fz="md" className="lf-break">
          {key.replaceAll(/(.{4})/g, '$1 ').trim()}
        </Code>
        <a href={enrolment.totpURI}>{words.profile.openOnPhone}</a>
        <Alert title={words.profile.backup} role="note">
          <Text size="sm">{words.profile.backupWhy}</Text>
          <Code block mt="xs">
            {enrolment.backupCodes.join('\n')}
          </Code>
        </Alert>
        <Group align="flex-end">
          <TextInput
            required
            label={words.signIn.code}
            inputMode="numeric"
            autoComplete="one-time-code"
            value={code}
            onChange={(event) => onCode(event.currentTarget.value)}
          />
          <Button type="submit" loading={isBusy}>
            {words.profile.confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
