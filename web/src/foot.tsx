/** Below the navigation: who is signed in, the way out, light or dark. */
import { ActionIcon, Anchor, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link as RouterLink, useNavigate } from '@tanstack/react-router';
import { post } from './api.ts';
import { Icon } from './icons.tsx';
import { useSession } from './session.tsx';
import { words } from './words.ts';

export function Foot() {
  const { data: session } = useSession();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const leave = async (): Promise<void> => {
    await post('/api/auth/sign-out', {}).catch(() => undefined);
    queries.clear();
    await navigate({ to: '/sign-in' });
  };
  return (
    <div className="lf-foot">
      {session?.isDemo === true ? (
        <span>{words.shell.demoPerson}</span>
      ) : (
        <span>
          <Anchor component={RouterLink} to="/people" size="sm" c="inherit">
            {session?.person?.name}
          </Anchor>
          {' · '}
          <Anchor component="button" type="button" size="sm" onClick={() => void leave()}>
            {words.shell.signOut}
          </Anchor>
        </span>
      )}
      <Appearance />
    </div>
  );
}

export function Appearance() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const next = scheme === 'light' ? 'dark' : 'light';
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      c="inherit"
      aria-label={scheme === 'light' ? words.shell.toDark : words.shell.toLight}
      onClick={() => setColorScheme(next)}
    >
      <Icon name={scheme === 'light' ? 'moon' : 'sun'} />
    </ActionIcon>
  );
}
