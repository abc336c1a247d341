/**
 * Does it once the click is answered on the screen: what draws much comes a frame later, and no click waits for it. What the
 * reader does next finds it done, also when that comes before the frame; Escape and the way back take it back instead.
 */
export function afterPaint(work: () => void): void {
  pending?.(true);
  const until = new AbortController();
  const end = (isWanted: boolean): void => {
    if (until.signal.aborted) return;
    until.abort();
    pending = null;
    if (isWanted) work();
  };
  pending = end;
  const watched = { capture: true, signal: until.signal };
  for (const kind of ['pointerdown', 'click'] as const) window.addEventListener(kind, () => end(true), watched);
  window.addEventListener('keydown', (event) => end(event.key !== 'Escape'), watched);
  window.addEventListener('popstate', () => end(false), watched);
  requestAnimationFrame(() => setTimeout(() => end(true)));
}
let pending: ((isWanted: boolean) => void) | null = null;
