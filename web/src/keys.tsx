/** Keys that work everywhere: the palette (Ctrl or Cmd and K, or /), the list of keys (?), and g with a letter to go somewhere. */
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { goKeys } from './go-keys.ts';

const load = () => import('./palette.tsx');
const Palette = lazy(() => load().then((module) => ({ default: module.Palette })));
const Keys = lazy(() => load().then((module) => ({ default: module.Keys })));
/** Fetched when the page is at rest, so that nobody types ahead of it. */
const REST_MS = 2_000;

const GO_MS = 1_200;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const KEY = isMac ? '⌘K' : 'Ctrl K';

export function usePalette(): { open: () => void; key: string; shown: ReactNode } {
  const [what, setWhat] = useState<'palette' | 'keys' | null>(null);
  const navigate = useNavigate();
  useEffect(() => {
    const timer = setTimeout(() => void load(), REST_MS);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    let wentAt = 0;
    const press = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        setWhat('palette');
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open], [role=dialog]') !== null) return;
      const to = Date.now() - wentAt < GO_MS ? goKeys[event.key] : undefined;
      wentAt = event.key === 'g' ? Date.now() : 0;
      if (to !== undefined) void navigate({ to });
      else if (event.key === '?') setWhat('keys');
      else if (event.key === '/') {
        event.preventDefault();
        setWhat('palette');
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [navigate]);
  const close = (): void => setWhat(null);
  return {
    open: () => setWhat('palette'),
    key: KEY,
    shown:
      what === null ? null : (
        <Suspense fallback={null}>
          {what === 'palette' ? <Palette onClose={close} /> : <Keys onClose={close} />}
        </Suspense>
      ),
  };
}
