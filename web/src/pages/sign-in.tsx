/** The pages before the desk: sign-in with its second step, the first owner, an invitation, a new password. */
import { Alert, Anchor, Button, Divider, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import { post } from '../api.ts';
import { useArrived } from '../arrived.ts';
import { useDraft } from '../drafts.ts';
import { Icon } from '../icons.tsx';
import { useSession } from '../session.tsx';
import { words } from '../words.ts';

const parameter = (name: string): string => new URLSearchParams(location.search).get(name) ?? '';

/** Back to where the person was; only to an address of ours. */
const whereTo = (): string => {
  const to = parameter('to');
  return /^\/(?![/\\])/.test(to) ? to : '/';
};

/** Asks again who is signed in; the page for signing in then goes on by itself. */
function useRenewal(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['session'] });
}

function useSending(work: () => Promise<void>) {
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const send = (): void => {
    setBusy(true);
    setFault(null);
    work()
      .catch((error: unknown) => setFault(error instanceof Error ? error.message : 'unknown'))
      .finally(() => setBusy(false));
  };
  return { send, fault, isBusy };
}

function Sheet({
  title,
  why,
  fault,
  onSend,
  children,
}: {
  title: string;
  why?: string;
  fault: string | null;
  onSend: () => void;
  children: ReactNode;
}) {
  useArrived();
  useEffect(() => {
    document.title = `${title} · ${words.product}`;
  }, [title]);
  return (
    <div className="lf-alone">
      <main>
        <Stack gap="lg">
          <span className="lf-brand">
            <Icon name="ferry" size={22} />
            {words.product}
          </span>
          <form
            className="lf-card"
            onSubmit={(event) => {
              event.preventDefault();
              onSend();
            }}
          >
            <Stack gap="md">
              <Title order={1} size="h3">
                {title}
              </Title>
              {why === undefined ? null : <Text className="lf-quiet">{why}</Text>}
              {fault === null ? null : (
                <Alert color="orange" role="alert">
                  {fault}
                </Alert>
              )}
              {children}
            </Stack>
          </form>
        </Stack>
      </main>
    </div>
  );
}

export function SignIn() {
  const { data: session } = useSession();
  const [step, setStep] = useState<'password' | 'code'>('password');
  const navigate = useNavigate();
  // Read once: the address changes with the way on.
  const [to] = useState(whereTo);
  const isIn = session?.person != null;
  useEffect(() => {
    if (isIn) void navigate({ to, replace: true });
  }, [isIn, navigate, to]);
  return step === 'password' ? (
    <Password
      needsOwner={session?.needsOwner === true}
      withIntuit={session?.signInWithIntuit === true}
      onCode={() => setStep('code')}
    />
  ) : (
    <Code />
  );
}

/** What became of signing in with Intuit; the server says it in the address it sends back to. */
const fromIntuit = (): string | null => {
  const outcome = parameter('intuit');
  if (outcome === 'unknown') return words.signIn.intuitUnknown;
  return outcome === 'failed' ? words.signIn.intuitFailed : null;
};

function Password({
  needsOwner,
  withIntuit,
  onCode,
}: {
  needsOwner: boolean;
  withIntuit: boolean;
  onCode: () => void;
}) {
  const renew = useRenewal();
  const [told] = useState(fromIntuit);
  const [draft, change] = useDraft('sign-in', { email: '' });
  const [password, setPassword] = useState('');
  const { send, fault, isBusy } = useSending(async () => {
    const answer = await post('/api/auth/sign-in/email', { email: draft.email, password });
    if (answer !== null && typeof answer === 'object' && 'twoFactorRedirect' in answer) onCode();
    else await renew();
  });
  return (
    <Sheet title={words.signIn.title} fault={fault ?? told} onSend={send}>
      {needsOwner ? <Alert role="note">{words.signIn.needsOwner}</Alert> : null}
      <TextInput
        required
        autoFocus
        type="email"
        label={words.signIn.email}
        autoComplete="username"
        value={draft.email}
        onChange={(event) => change({ email: event.currentTarget.value })}
      />
      <PasswordInput
        required
        label={words.signIn.password}
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" loading={isBusy} fullWidth>
        {words.signIn.go}
      </Button>
      {withIntuit ? (
        <>
          <Divider label={words.signIn.or} />
          <Button component="a" href="/oauth/intuit/sign-in" variant="default" fullWidth>
            {words.signIn.intuit}
          </Button>
        </>
      ) : null}
      <Text className="lf-quiet">{words.signIn.forgot}</Text>
    </Sheet>
  );
}

function Code() {
  const renew = useRenewal();
  const [code, setCode] = useState('');
  const [isBackup, setBackup] = useState(false);
  const { send, fault, isBusy } = useSending(async () => {
    await post(`/api/auth/two-factor/${isBackup ? 'verify-backup-code' : 'verify-totp'}`, { code: code.trim() });
    await renew();
  });
  return (
    <Sheet title={words.signIn.codeTitle} why={words.signIn.codeWhy} fault={fault} onSend={send}>
      <TextInput
        required
        autoFocus
        label={isBackup ? words.signIn.backupCode : words.signIn.code}
        inputMode={isBackup ? 'text' : 'numeric'}
        autoComplete="one-time-code"
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button type="submit" loading={isBusy} fullWidth>
        {words.signIn.go}
      </Button>
      {isBackup ? null : (
        <Anchor component="button" type="button" size="sm" onClick={() => setBackup(true)}>
          {words.signIn.backup}
        </Anchor>
      )}
    </Sheet>
  );
}

export const Setup = () => {
  const token = parameter('token');
  return (
    <Newcomer
      title={words.signIn.setupTitle}
      why={words.signIn.setupWhy}
      key_={token}
      withEmail
      send={(given) => post('/api/v1/setup', { ...given, token })}
    />
  );
};

export const Join = () => {
  const invitation = parameter('invitation');
  return (
    <Newcomer
      title={words.signIn.joinTitle}
      why={words.signIn.joinWhy}
      key_={invitation}
      send={({ name, password }) =>
        post(`/api/v1/invitations/${encodeURIComponent(invitation)}/accept`, { name, password })
      }
    />
  );
};

function Newcomer({
  title,
  why,
  key_,
  withEmail = false,
  send: sent,
}: {
  title: string;
  why: string;
  key_: string;
  withEmail?: boolean;
  send: (given: { name: string; email: string; password: string }) => Promise<unknown>;
}) {
  const renew = useRenewal();
  const navigate = useNavigate();
  const [draft, change, clear] = useDraft('newcomer', { name: '', email: '' });
  const [password, setPassword] = useState('');
  const { send, fault, isBusy } = useSending(async () => {
    await sent({ ...draft, password });
    clear();
    await renew();
    await navigate({ to: '/', replace: true });
  });
  return (
    <Sheet title={title} why={why} fault={key_ === '' ? words.signIn.broken : fault} onSend={send}>
      <TextInput
        required
        autoFocus
        label={words.signIn.name}
        autoComplete="name"
        maxLength={100}
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      {withEmail ? (
        <TextInput
          required
          type="email"
          label={words.signIn.email}
          autoComplete="username"
          value={draft.email}
          onChange={(event) => change({ email: event.currentTarget.value })}
        />
      ) : null}
      <NewPassword value={password} onChange={setPassword} />
      <Button type="submit" loading={isBusy} disabled={key_ === ''} fullWidth>
        {words.signIn.start}
      </Button>
    </Sheet>
  );
}

const NewPassword = ({ value, onChange }: { value: string; onChange: (text: string) => void }) => (
  <PasswordInput
    required
    label={words.signIn.newPassword}
    autoComplete="new-password"
    minLength={10}
    maxLength={200}
    value={value}
    onChange={(event) => onChange(event.currentTarget.value)}
  />
);

export function Reset() {
  const [password, setPassword] = useState('');
  const [isDone, setDone] = useState(false);
  const navigate = useNavigate();
  const { send, fault, isBusy } = useSending(async () => {
    if (isDone) return navigate({ to: '/sign-in', replace: true });
    await post('/api/v1/reset', { token: parameter('token'), password });
    setDone(true);
  });
  return (
    <Sheet
      title={words.signIn.resetTitle}
      {...(isDone ? { why: words.signIn.resetDone } : {})}
      fault={parameter('token') === '' ? words.signIn.broken : fault}
      onSend={send}
    >
      {isDone ? null : <NewPassword value={password} onChange={setPassword} />}
      <Button type="submit" loading={isBusy} fullWidth>
        {isDone ? words.signIn.go : words.signIn.start}
      </Button>
    </Sheet>
  );
}
