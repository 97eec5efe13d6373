/** What is said while landmarks are being set. */
export const landmarks = {
  title: 'Landmarks',
  between: (from: string, to: string) => `${from} ↔ ${to}`,
  first: 'Click the same spot in two panes, or place it with the arrow keys and Enter.',
  other: (series: string) => `Now the same spot on ${series}.`,
  anyOther: 'Now the same spot in another pane.',
  pairs: (n: number) => (n === 1 ? '1 pair' : `${n} pairs`),
  residual: (mm: string) => `${mm} mm remain`,
  noResidual: 'one pair has no error to show',
  more: 'Enter keeps, or set another pair.',
  gone: 'Enter takes the correction back.',
  keep: 'Keep',
  takeBack: 'Take back the last',
  leave: 'Leave',
  spot: (n: number) => `landmark ${n}`,
  start: 'Correct by landmarks',
}

export type LandmarkTexts = typeof landmarks
