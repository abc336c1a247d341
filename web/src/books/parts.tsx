/** Small parts of the pages about money: a state, an amount with its currency, text that can be copied. */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { shown } from '../money.ts';
import { refused, said } from '../parts.tsx';
import { shownState, stateWord } from '../words.ts';
import { words } from './words.ts';

const tones: Readonly<Record<string, string>> = {
  parked: 'act',
  held: 'act',
  failed: 'act',
  different: 'act',
  'missing-in-quickbooks': 'act',
  'missing-in-autotask': 'act',
  ready: 'go',
  posting: 'go',
  verifying: 'go',
  queued: 'go',
  running: 'go',
  posted: 'good',
  written_back: 'good',
  finished: 'good',
  match: 'good',
};

export const Mark = ({ state, word = stateWord(state) }: { state: string; word?: string }) => (
  <span className="bk-mark" data-tone={tones[state] ?? 'quiet'}>
    {word}
  </span>
);

/** The state of an invoice as a person reads it. */
export const StateMark = ({ row }: { row: Parameters<typeof shownState>[0] }) => <Mark state={shownState(row)} />;

/** An amount in figures that stand under each other; below zero with a true minus, in the tone of a warning. */
export function Amount({ amount, currency = null }: { amount: string | null; currency?: string | null }) {
  if (amount === null || amount === '') return null;
  const text = shown(amount);
  return (
    <span className="bk-amount" data-negative={text.startsWith('-')}>
      {text.replace('-', '−')}
      {currency === null || currency === '' ? null : <small> {currency}</small>}
    </span>
  );
}

/** A number that a person takes along to the other program. */
export const Copyable = ({ text, label }: { text: string; label: string }) => (
  <button
    type="button"
    className="bk-copy"
    title={words.drawer.copyText}
    aria-label={`${label} ${text}: ${words.drawer.copyText}`}
    onClick={() => void navigator.clipboard.writeText(text).then(() => said(words.drawer.copied), refused)}
  >
    <bdi>{text}</bdi>
  </button>
);

/** A page's or dialog's line of small facts. */
export const Facts = ({ children }: { children: ReactNode }) => <dl className="bk-facts">{children}</dl>;
export const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

export const PrintButton = ({ label }: { label: string }) => (
  <Button variant="default" size="xs" onClick={() => window.print()}>
    {label}
  </Button>
);

export const addressesOf = (text: string): string[] =>
  text
    .split(/[\s,;]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
