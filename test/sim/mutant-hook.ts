/** Loaded before the simulation (`node --import`): replaces one text in one module, and says so when it is not there. */
import { registerHooks } from 'node:module';
import { mutants } from './mutants.ts';

const mutant = mutants[Number(process.env['SIM_MUTANT'])];
if (mutant === undefined) throw new Error('SIM_MUTANT names no planted bug');

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/src/${mutant.file}`) || loaded.source === undefined || loaded.source === null) return loaded;
    const source =
      typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
    if (!source.includes(mutant.find)) throw new Error(`${mutant.file} no longer holds: ${mutant.find}`);
    return { ...loaded, source: source.replace(mutant.find, () => mutant.put) };
  },
});
