import { useLayoutEffect } from 'react';

/**
 * What the page came with, plain and without a script, goes in the moment when the real thing stands. Who had reached one of its
 * links by keyboard is on the same link afterwards.
 */
export const useArrived = (): void =>
  useLayoutEffect(() => {
    const first = document.getElementById('first');
    if (first === null) return;
    const link = first.contains(document.activeElement) ? document.activeElement?.getAttribute('href') : null;
    first.remove();
    if (link) document.querySelector<HTMLElement>(`#root a[href="${link}"]`)?.focus();
  }, []);
