/** The same tests at two sizes: a sample in the suite, the whole by `npm run campaign -- NAME`. */
export const isCampaign = process.env['LEDGERFERRY_CAMPAIGN'] === '1';

/** How many of something: in the suite, and in a campaign. LEDGERFERRY_CAMPAIGN_SHARE takes a part of a campaign. */
export const sized = (suite: number, campaign: number): number =>
  isCampaign ? Math.max(suite, Math.ceil(campaign * Number(process.env['LEDGERFERRY_CAMPAIGN_SHARE'] ?? '1'))) : suite;

/** Where the random choices begin; another number tries others. */
export const seedOf = (): number => Number(process.env['LEDGERFERRY_CAMPAIGN_SEED'] ?? '1');

/** Says in one line what was counted; a campaign's line goes into docs/proof.md. */
export function told(name: string, counted: Readonly<Record<string, unknown>>): void {
  if (isCampaign) process.stdout.write(`campaign ${name}: ${JSON.stringify(counted)}\n`);
}

/** A campaign may take long; a test of the suite may not. */
export const patience = (suiteMs: number): { timeout: number } => ({ timeout: isCampaign ? 4 * 3_600_000 : suiteMs });
