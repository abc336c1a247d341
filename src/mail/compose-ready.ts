/** The ready list under its earlier address; see compose-lists.ts. */
export { composeReadyList, renderReadyText } from './compose-lists.ts';
