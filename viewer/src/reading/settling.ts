import type { Adjudication, Case, CaseLesion, CellName, DisputedLesion, FindingIn, NewLesion, NewLesionIn, ReadingSequence } from '../api/client'
import { choices, companions, earlierTimepoint, hangCase, hangComparison, hangStep, N_PANES, type Hanging } from '../series/hanging'
import { cellKey, findingsOf, type Findings } from './cells'
import { newLesionsOf } from './entries'
import { SEQUENCES } from './steps'

/** One of the two reads that stand beside each other; whose it is nobody tells. */
export type Side = 'left' | 'right'
export const SIDES: readonly Side[] = ['left', 'right']

/** What one read says, as panes draw it. */
export interface ReadOnSide {
  readonly findings: Findings
  readonly newLesions: ReadonlyMap<string, NewLesionIn>
}

/** The name a disputed lesion goes by in the workspace. */
export const idOf = ({ lesion_id: id, label }: DisputedLesion): string => id ?? `new:${label}`

export const disputeOf = ({ disputed }: Adjudication, lesionId: string | null): DisputedLesion | null =>
  disputed.find((one) => idOf(one) === lesionId) ?? null

/** Labels that still wait for a choice. */
export const undecided = ({ disputed }: Adjudication): string[] => disputed.filter(({ chosen }) => !chosen).map(({ label }) => label)

/** The disputed lesions, new ones among them, and after them those that both reads agree on. */
export function lesionsToSettle(adjudication: Adjudication, { lesions }: Pick<Case, 'lesions'>): CaseLesion[] {
  const first = adjudication.disputed.flatMap((one) => lesions.find(({ id }) => id === one.lesion_id) ?? newAsLesion(adjudication, one) ?? [])
  return [...first, ...lesions.filter((lesion) => !first.includes(lesion))]
}

function newAsLesion(adjudication: Adjudication, dispute: DisputedLesion): CaseLesion | null {
  const seen = seenNew(adjudication, dispute)
  return seen && { id: idOf(dispute), label: dispute.label, segment: seen.segment, baseline_diameter_mm: seen.diameter_mm, locations: dispute.locations }
}

/** The new lesion that only one read has. */
export function seenNew(adjudication: Adjudication, { only_in: side, new_label: label }: DisputedLesion): NewLesion | null {
  return (side && adjudication[side].new_lesions.find((one) => one.label === label)) ?? null
}

/** What a read says of the lesions of the list, of disputed new ones under their names here, and of all other new ones. */
export function readOnSide(adjudication: Adjudication, side: Side): ReadOnSide {
  const own = adjudication.disputed.filter(({ only_in }) => only_in === side)
  const findings = findingsOf(adjudication[side].findings)
  for (const dispute of own) {
    const seen = seenNew(adjudication, dispute)
    if (seen) findings.set(cellKey({ lesionId: idOf(dispute), judged: seen.sequence }), asFinding(seen))
  }
  const others = adjudication[side].new_lesions.filter(({ label }) => !own.some(({ new_label }) => new_label === label))
  return { findings, newLesions: newLesionsOf(others) }
}

const asFinding = ({ label: _label, segment: _segment, sequence: _sequence, ...seen }: NewLesion): FindingIn => ({ ...seen, visibility: 'visible', position_by: 'reader' })

/** The sequence to look at first: where the reads differ, or where the new lesion was seen. */
export function sequenceToShow(left: Findings, right: Findings, lesionId: string): ReadingSequence {
  const seen = (findings: Findings, judged: ReadingSequence): string => findings.get(cellKey({ lesionId, judged }))?.visibility ?? ''
  return SEQUENCES.find((judged) => seen(left, judged) !== seen(right, judged)) ?? SEQUENCES[0] ?? 'ct'
}

/** Above, the images each read judged the lesion on; below, the earlier visit and another series of the sequence. */
export function hangBoth(theCase: Case, left: Findings, right: Findings, cell: CellName & { readonly judged: ReadingSequence }): Hanging {
  const nothing: Hanging = Array.from({ length: N_PANES }, () => null)
  const [usual, second] = hangStep(nothing, cell.judged, theCase)
  if (!usual) return hangCase(theCase)
  const one = keyOf(theCase, left.get(cellKey(cell))) ?? usual
  const other = keyOf(theCase, right.get(cellKey(cell))) ?? usual
  const earlier = earlierTimepoint(theCase)
  const [, then, , thenOther] = earlier ? hangComparison([one, other, null, null], 0, earlier, theCase.series) : nothing
  const beside = [second, usual].find((key) => key && key !== one && key !== other)
  return [one, other, then ?? beside ?? null, (then && beside) ?? thenOther ?? null]
}

/** The pane choice that holds the series a finding was made on; null where it is none of this visit's. */
function keyOf({ series, timepoint }: Case, finding: FindingIn | undefined): string | null {
  const here = series.filter((one) => one.timepoint === timepoint.code)
  const made = here.find(({ series_uid }) => series_uid === finding?.series_uid)
  const shown = made && companions(here, made)[0]
  return (shown && choices(here).find(({ key }) => key === shown.key)?.key) ?? null
}
