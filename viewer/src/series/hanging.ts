import type { Case, CaseSeries, ReadingSequence, SeriesRole } from '../api/client'

/** Panes of the screen, in reading order: upper left, upper right, lower left, lower right. */
export const N_PANES = 4

/** The series key each pane shows; null for an empty pane. */
export type Hanging = readonly (string | null)[]

/** The order of roles that stand for a reading sequence when nothing of it is hung. */
const ROLES_OF_STEP: Record<ReadingSequence, readonly SeriesRole[]> = {
  ct: ['ct-portal-venous', 'ct-arterial', 'ct-delayed', 'ct-plain'],
  dwi: ['dwi', 'adc'],
  t1t2: ['t2', 't1-in-phase', 't1-opposed-phase'],
  eob: ['eob-hepatobiliary', 'eob-arterial', 'eob-portal-venous', 'eob-transitional', 'eob-pre'],
}

/** Series that can be looked at, diffusion once for each timepoint: its pane offers all b-values. */
export function choices(series: readonly CaseSeries[]): CaseSeries[] {
  return series.filter((one) => companions(series, one)[0]?.key === one.key)
}

/** The series that share a pane with this one: all diffusion series of a timepoint. */
export function companions(series: readonly CaseSeries[], one: CaseSeries): CaseSeries[] {
  if (one.role !== 'dwi') return [one]
  return series.filter((other) => other.role === 'dwi' && other.timepoint === one.timepoint)
}

/** The hanging protocol of the case: for each pane the first role that exists; never the same series twice. */
export function hangCase(theCase: Pick<Case, 'hanging' | 'series' | 'timepoint'>): Hanging {
  const here = choices(theCase.series.filter(({ timepoint }) => timepoint === theCase.timepoint.code))
  const hung: (string | null)[] = Array.from({ length: N_PANES }, () => null)
  for (const { pane, roles } of theCase.hanging) {
    const found = roles.map((role) => here.find((one) => one.role === role && !hung.includes(one.key))).find(Boolean)
    hung[pane - 1] = found?.key ?? null
  }
  const left = here.filter((one) => !hung.includes(one.key) && one.role !== 'localizer')
  return hung.map((key) => key ?? left.shift()?.key ?? null)
}

/** The hanging with a series of the reading step in it: unchanged where there is one already. */
export function hangStep(hanging: Hanging, step: ReadingSequence, theCase: Pick<Case, 'series' | 'timepoint'>): Hanging {
  const here = choices(theCase.series.filter(({ timepoint }) => timepoint === theCase.timepoint.code))
  if (hanging.some((key) => here.find((one) => one.key === key)?.sequence === step)) return hanging
  const wanted = ROLES_OF_STEP[step].flatMap((role) => here.filter((one) => one.role === role)).slice(0, 2)
  return hanging.map((key, pane) => wanted[pane]?.key ?? key)
}

/** Left now, right the earlier timepoint, for the pane's role and for the role that hangs beside it. */
export function hangComparison(
  hanging: Hanging,
  pane: number,
  earlier: string,
  series: readonly CaseSeries[],
): Hanging {
  const beside = pane % 2 === 0 ? pane + 1 : pane - 1
  return [pane, beside].flatMap((which) => {
    const now = series.find(({ key }) => key === hanging[which])
    return [now?.key ?? null, now ? sameRole(series, now, earlier) : null]
  })
}

/** The earliest other timepoint that has images: what `P` compares with. */
export function earlierTimepoint(theCase: Pick<Case, 'timepoints' | 'timepoint' | 'series'>): string | null {
  const at = theCase.timepoints.findIndex(({ code }) => code === theCase.timepoint.code)
  const before = theCase.timepoints.slice(0, Math.max(0, at))
  return before.find(({ code }) => theCase.series.some((one) => one.timepoint === code))?.code ?? null
}

/** The next series of the same timepoint and reading sequence, around in a circle. */
export function neighbour(series: readonly CaseSeries[], key: string, by: number): string {
  const one = series.find((candidate) => candidate.key === key)
  const group = choices(series).filter((other) => other.timepoint === one?.timepoint && other.sequence === one.sequence)
  const at = group.findIndex((other) => other.key === key)
  return group[(at + by + group.length) % group.length]?.key ?? key
}

function sameRole(series: readonly CaseSeries[], now: CaseSeries, timepoint: string): string | null {
  const then = choices(series).filter((one) => one.timepoint === timepoint)
  const match = then.find(({ role }) => role === now.role) ?? then.find(({ sequence }) => sequence === now.sequence)
  return match?.key ?? null
}
