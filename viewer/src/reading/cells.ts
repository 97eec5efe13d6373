import type { CaseLesion, CellName, Finding, FindingIn, ReadingSequence, Visibility } from '../api/client'

/** The reading steps in the order of the charter. */
export const STEPS: readonly ReadingSequence[] = ['ct', 'dwi', 't1t2', 'eob']

/** Names one cell of lesion x sequence. */
export type CellKey = `${string}/${ReadingSequence}`

export const cellKey = ({ lesionId, sequence }: CellName): CellKey => `${lesionId}/${sequence}`

export function cellName(key: CellKey): CellName {
  const at = key.lastIndexOf('/')
  return { lesionId: key.slice(0, at), sequence: key.slice(at + 1) as ReadingSequence }
}

export type Findings = ReadonlyMap<CellKey, FindingIn>

/** The findings of a read by cell, without the names that the key already holds. */
export function findingsOf(findings: readonly Finding[]): Map<CellKey, FindingIn> {
  return new Map(
    findings.map(({ lesion_id, sequence, ...body }) => [cellKey({ lesionId: lesion_id, sequence }), body]),
  )
}

/** The state a mark shows: a verdict, or open. */
export type MarkKind = Visibility | 'open'

export const markOf = (findings: Findings, cell: CellName): MarkKind =>
  findings.get(cellKey(cell))?.visibility ?? 'open'

/** What a cell still lacks before the read can be signed; null when it is complete. */
export type Lack = 'verdict' | 'diameter' | 'reason'

export function lackOf(finding: FindingIn | undefined): Lack | null {
  if (!finding) return 'verdict'
  if (finding.visibility === 'visible' && !finding.diameter_mm) return 'diameter'
  if (finding.visibility === 'not-evaluable' && !finding.not_evaluable_reason) return 'reason'
  return null
}

/** The server takes a finding once its reason is there; a diameter may follow. */
export const canBeSaved = (finding: FindingIn): boolean => lackOf(finding) !== 'reason'

/** The cells that keep a read from being signed, step by step, lesion by lesion. */
export function openCells(findings: Findings, lesions: readonly CaseLesion[]): (CellName & { lack: Lack })[] {
  return STEPS.flatMap((sequence) => lesions.map(({ id }) => ({ lesionId: id, sequence }))).flatMap((cell) => {
    const lack = lackOf(findings.get(cellKey(cell)))
    return lack ? [{ ...cell, lack }] : []
  })
}

/** The next cell to read: later in this step first, then from the top of the step, then the following steps. */
export function nextOpenCell(findings: Findings, lesions: readonly CaseLesion[], here: CellName): CellName | null {
  const order = STEPS.flatMap((sequence) => lesions.map(({ id }) => ({ lesionId: id, sequence })))
  const at = order.findIndex((cell) => cellKey(cell) === cellKey(here))
  const open = (cell: CellName): boolean => lackOf(findings.get(cellKey(cell))) !== null
  const inStep = order.filter(({ sequence }) => sequence === here.sequence)
  const rest = [...order.slice(at + 1), ...order.slice(0, Math.max(0, at))]
  const after = rest.filter((cell) => inStep.includes(cell))
  return [...after, ...rest].find(open) ?? null
}
