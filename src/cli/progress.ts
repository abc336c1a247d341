/** Progress of a long run on stderr: one line that renews itself on a terminal, a line now and then elsewhere. */
import type { Say } from '../engine/run-context.ts';

const EVERY_MS = 2_000;

export function progressLine(isQuiet: boolean): Say {
  const terminal = process.stderr.isTTY === true;
  let last = 0;
  let shown = '';
  if (terminal) process.once('exit', () => void process.stderr.write(shown === '' ? '' : '\r\u001b[K'));
  return (step, done, total) => {
    const text = total > 0 ? `${step} (${String(done)}${done === total ? '' : ` of ${String(total)}`})` : step;
    const now = performance.now();
    if (terminal) {
      shown = text;
      process.stderr.write(`\r\u001b[K${text}`);
    } else if (!isQuiet && text !== shown && now - last > EVERY_MS) {
      last = now;
      shown = text;
      process.stderr.write(`${text}\n`);
    }
  };
}
