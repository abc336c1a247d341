/** A long list in pieces: what is shown, of how many, and the way on; ten thousand rows cost one piece. */
import { Button, Group, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { counted } from './money.ts';
import { toolWords } from './tools-words.ts';

const PIECE = 50;

/** @param key names the list that is shown: another one begins at its first piece */
export function usePieces<T>(rows: readonly T[], key: string): { shown: readonly T[]; ways: ReactNode } {
  const [at, setAt] = useState({ key, page: 0 });
  const page = at.key === key ? Math.min(at.page, Math.max(0, Math.ceil(rows.length / PIECE) - 1)) : 0;
  const from = page * PIECE;
  const shown = rows.slice(from, from + PIECE);
  const go = (to: number) => () => setAt({ key, page: to });
  const ways =
    rows.length <= PIECE ? null : (
      <Group gap="xs" justify="flex-end" mt="sm" className="lf-no-print">
        <Text className="lf-quiet" role="status">
          {toolWords.items.showing(from + 1, from + shown.length, rows.length)}
        </Text>
        <Button size="compact-sm" variant="default" disabled={page === 0} onClick={go(page - 1)} aria-label="Back">
          ‹
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={from + PIECE >= rows.length}
          onClick={go(page + 1)}
          aria-label="Further"
        >
          ›
        </Button>
      </Group>
    );
  return { shown, ways };
}

export function Chips<T extends string>({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly { value: T; label: string; count: number }[];
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <div className="lf-chips" role="group" aria-label={label}>
      {options.map((one) => (
        <button
          key={one.value}
          type="button"
          className="lf-chip"
          aria-pressed={one.value === value}
          onClick={() => onChange(one.value)}
        >
          {`${one.label} ${counted(one.count)}`}
        </button>
      ))}
    </div>
  );
}
