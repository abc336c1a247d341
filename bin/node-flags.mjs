// How Node.js is started for the program, here and in the benches. What each is worth stands in docs/bench.md; V8 heeds most of them
// only at its start.

/** @param {boolean} holdsSandboxes the demo holds both vendors in its process @returns {string[]} */
export const nodeFlags = (holdsSandboxes) => [
  '--disable-warning=ExperimentalWarning',
  // Memory: a small young generation, garbage collected when the heap has grown by a fifth and not when it has doubled, and no thread of
  // a parallel collection that keeps room for itself.
  '--max-semi-space-size=4',
  '--heap-growing-percent=20',
  '--no-parallel-scavenge',
  // A run is over before the code of the last compiler is worth its making; that of the one before it is worth it for what is called often.
  // The parser of HTTP (WebAssembly) is small: its optimised code would cost 150 ms and 18 MB at every start.
  '--max-opt=2',
  '--invocation-count-for-maglev=1500',
  '--liftoff-only',
  ...(holdsSandboxes ? [] : ['--max-old-space-size=512']),
];
