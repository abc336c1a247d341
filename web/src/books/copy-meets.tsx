/** What a manual copy meets: the obstacles that stand, in their own sentences, and what it goes past. */
import type { Invoice } from '../api.ts';
import { copyMeets } from './can.ts';
import { words } from './words.ts';
import { told } from '../told.ts';

const MOST = 6;

export function CopyMeets({ problems }: { problems: Invoice['copies'][number]['problems'] }) {
  const { meets, passes } = copyMeets(problems);
  return (
    <>
      <Told head={words.actions.meets(meets.length)} texts={meets} />
      <Told head={words.actions.passes} texts={passes} />
    </>
  );
}

const Told = ({ head, texts }: { head: string; texts: readonly string[] }) =>
  texts.length === 0 ? null : (
    <div className="bk-meets" role="note">
      <strong>{head}</strong>
      <ul>
        {texts.slice(0, MOST).map((text) => (
          <li key={text} className="lf-blanks lf-break">
            {told(text)}
          </li>
        ))}
        {texts.length > MOST ? <li>{words.actions.more(texts.length - MOST)}</li> : null}
      </ul>
    </div>
  );
