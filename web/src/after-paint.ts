/** Does it once the click is answered on the screen: what draws much comes a frame later, and no click waits for it. */
export const afterPaint = (work: () => void): void => void requestAnimationFrame(() => setTimeout(work));
