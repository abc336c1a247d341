/** What QuickBooks says of itself, and what each means for the invoices to come. */
import { Button, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { client, ok } from '../api.ts';
import { Trouble, Waiting, Scrolls } from '../parts.tsx';
import { words } from '../words.ts';

export function CompanyStep({ name, onNext }: { name: string; onNext: () => void }) {
  const company = useQuery({
    queryKey: ['company', name],
    queryFn: () => ok(client.GET('/api/v1/connections/{name}/company', { params: { path: { name } } })),
  });
  if (company.isPending) return <Waiting what={words.cures.reading} />;
  if (company.isError) return <Trouble error={company.error} again={() => void company.refetch()} />;
  const { data } = company;
  const { checks } = words.first;
  const rows: readonly (readonly [string, string, string])[] = [
    [checks.edition, data.country === 'US' ? 'US' : `${data.country} (non-US)`, checks.editionMeans],
    [
      checks.numbers,
      data.customNumbers ? checks.on : checks.off,
      data.customNumbers ? checks.numbersOn : checks.numbersOff,
    ],
    [checks.closed, data.booksClosedTo ?? checks.never, checks.closedMeans],
    [checks.tax, checks.regimes[data.regime as keyof typeof checks.regimes] ?? data.regime, checks.taxMeans],
    [
      checks.classes,
      data.classTracking ? checks.on : checks.off,
      data.classTracking ? checks.classesOn : checks.classesOff,
    ],
    [
      checks.currencies,
      data.multiCurrency ? `${checks.on}, ${data.homeCurrency}` : `${checks.off}, ${data.homeCurrency}`,
      data.multiCurrency ? checks.currenciesOn : checks.currenciesOff,
    ],
  ];
  return (
    <>
      <Scrolls label={words.first.company} width={560}>
        <Table className="lf-cards">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{data.name}</Table.Th>
              <Table.Th>{checks.is}</Table.Th>
              <Table.Th>{checks.means}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(([what, is, means]) => (
              <Table.Tr key={what}>
                <Table.Th scope="row">{what}</Table.Th>
                <Table.Td data-label={checks.is}>{is}</Table.Td>
                <Table.Td data-label={checks.means}>{means}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scrolls>
      <Button onClick={onNext} style={{ alignSelf: 'flex-start' }}>
        {words.first.seen}
      </Button>
    </>
  );
}
