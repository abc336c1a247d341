/**
 * The first script, almost nothing: it lets the frame that came with the page be painted before the desk's own scripts, which
 * have come meanwhile, take the processor. A page in the background has nobody to paint for.
 */
const start = (): void => void import('./main.tsx');

if (document.visibilityState === 'hidden') start();
else requestAnimationFrame(() => setTimeout(start));
