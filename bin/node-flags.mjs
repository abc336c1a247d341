// How Node.js is started for the program, here and in the benches. What each flag is worth stands in docs/decisions/0016-v8-flags.md.

/** The newest line of Node.js in which these flags were tried: an unknown one would end it at its start. */
const TRIED = 26;

const flagsOfV8 = [
  // Garbage is collected when the heap has grown by a fifth and not when it has doubled; no thread of a collection keeps room for itself.
  '--heap-growing-percent=20',
  '--no-parallel-scavenge',
  // A run is over before the code of the last compiler is worth its making; that of the one before it is, for what is called often.
  '--max-opt=2',
  '--invocation-count-for-maglev=1500',
  // The parser of HTTP is WebAssembly: to optimise it costs every start 150 ms and 18 MB.
  '--liftoff-only',
];

/**
 * @param {boolean} holdsSandboxes the demo holds both vendors in its process; everything else streams and stays far below this limit
 * @param {number} line the line of Node.js that is started
 * @returns {string[]}
 */
export const nodeFlags = (holdsSandboxes, line = Number.parseInt(process.versions.node, 10)) => [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=4',
  ...(holdsSandboxes ? [] : ['--max-old-space-size=512']),
  ...(line > TRIED ? [] : flagsOfV8),
];
