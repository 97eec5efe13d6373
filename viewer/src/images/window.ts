import type { Window } from '../series/windows'

/** The first and last value between black and white (PS3.3 C.11.2.1.2.1). */
export const rangeOf = ({ center, width }: Window): { lower: number; upper: number } => ({
  lower: center - 0.5 - (width - 1) / 2,
  upper: center - 0.5 + (width - 1) / 2,
})

export const windowOf = ({ lower, upper }: { lower: number; upper: number }): Window => ({
  center: (lower + upper) / 2 + 0.5,
  width: upper - lower + 1,
})
