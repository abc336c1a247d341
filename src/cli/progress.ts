/** Progress of a long run on stderr: one line that renews itself on a terminal, a line now and then elsewhere. */
import { visible } from '../mail/escape.ts';
import type { Say } from '../engine/run-context.ts';

const EVERY_MS = 2_000;
const ERASE = '\r\u001b[K';

/** Whether a progress line stands on the terminal: there is one terminal, so this is kept once. */
let stands = false;

export function progressLine(isQuiet: boolean): Say {
  const terminal = process.stderr.isTTY === true;
  let last = 0;
  let shown = '';
  return (step, done, total) => {
    const name = visible(step);
    const text = total > 0 ? `${name} (${String(done)}${done === total ? '' : ` of ${String(total)}`})` : name;
    const now = performance.now();
    if (terminal) {
      if (!stands) process.once('exit', clearProgress);
      stands = true;
      process.stderr.write(`${ERASE}${text}`);
    } else if (!isQuiet && text !== shown && now - last > EVERY_MS) {
      last = now;
      shown = text;
      process.stderr.write(`${text}\n`);
    }
  };
}

/** Takes the progress line off the terminal: to be called before anything else is written there. */
export function clearProgress(): void {
  process.off('exit', clearProgress);
  if (stands) process.stderr.write(ERASE);
  stands = false;
}
