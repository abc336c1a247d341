/**
 * The first script, almost nothing: it lets the frame that came with the page be painted before the desk's own scripts take the
 * processor, to be asked for or to run. A page in the background has nobody to paint for.
 */
const start = (): void => {
  const hints = document.getElementById('hints');
  if (hints instanceof HTMLTemplateElement) document.head.append(hints.content);
  void import('./main.tsx');
};

if (document.visibilityState === 'hidden') start();
else requestAnimationFrame(() => setTimeout(start));
