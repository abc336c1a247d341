/**
 * The frame as it stands before anything is known: where the reader is, and the ways elsewhere. The build writes it into the
 * page as plain HTML, so that it is seen before the first script has come; it goes when the real frame stands.
 */
import { Icon } from './icons.tsx';
import { isWithin, places } from './places.ts';
import { words } from './words.ts';

export function FirstFrame({ path, isDemo }: { path: string; isDemo: boolean }) {
  const here = places.flat().find(({ to }) => isWithin(path, to));
  return (
    <div className="lf-frame">
      <header className="lf-top">
        <Brand />
      </header>
      <aside className="lf-side" aria-label={words.shell.pages}>
        <Brand />
        <span className="lf-company">{'\u00a0'}</span>
        <span className="lf-nav-button">
          <Icon name="search" /> {words.shell.search}
        </span>
        <nav className="lf-nav" aria-label={words.shell.pages}>
          {places.map((group) => (
            <ul key={group[0]?.to}>
              {group.map(({ to, name }) => (
                <li key={to}>
                  <a href={to} aria-current={here?.to === to ? 'page' : undefined}>
                    <Icon name={name} /> {words.nav[name]}
                  </a>
                </li>
              ))}
            </ul>
          ))}
        </nav>
      </aside>
      <main className="lf-main">
        {isDemo ? (
          <div className="lf-note" role="note">
            {words.demo}
          </div>
        ) : null}
        <h1 className="lf-first-title">{here === undefined ? words.product : words.nav[here.name]}</h1>
        <p className="lf-first-line" role="status">
          {words.shell.opening}
        </p>
      </main>
    </div>
  );
}

const Brand = () => (
  <a href="/" className="lf-brand">
    <Icon name="ferry" size={20} />
    {words.product}
  </a>
);
