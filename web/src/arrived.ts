import { useLayoutEffect } from 'react';

/** What the page came with, plain and without a script, goes in the moment when the real thing stands. */
export const useArrived = (): void =>
  useLayoutEffect(() => {
    document.getElementById('first')?.remove();
  }, []);
