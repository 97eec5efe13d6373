import type { CaseLesion, CaseStep, CellName, Finding, FindingIn, Judged, Visibility } from '../api/client'

/** Names one cell: a lesion, and the sequence (or all of them together) it is judged on. */
export type CellKey = `${string}/${Judged}`

export const cellKey = ({ lesionId, judged }: CellName): CellKey => `${lesionId}/${judged}`

export function cellName(key: CellKey): CellName {
  const at = key.lastIndexOf('/')
  return { lesionId: key.slice(0, at), judged: key.slice(at + 1) as Judged }
}

export type Findings = ReadonlyMap<CellKey, FindingIn>

/** The findings of a read by cell, without the names that the key already holds. */
export function findingsOf(findings: readonly Finding[]): Map<CellKey, FindingIn> {
  return new Map(
    findings.map(({ lesion_id, sequence, ...body }) => [cellKey({ lesionId: lesion_id, judged: sequence }), body]),
  )
}

/** The state a mark shows: a verdict, or open. */
export type MarkKind = Visibility | 'open'

export const markOf = (findings: Findings, cell: CellName): MarkKind =>
  findings.get(cellKey(cell))?.visibility ?? 'open'

/**
 * What a cell still lacks before its step can be locked or the read signed; null when it is complete. All sequences
 * together have no diameter of their own: each has its own already.
 */
export type Lack = 'verdict' | 'diameter' | 'reason'

export function lackOf(finding: FindingIn | undefined, judged: Judged): Lack | null {
  if (!finding) return 'verdict'
  if (finding.visibility === 'visible' && !finding.diameter_mm && judged !== 'combined') return 'diameter'
  if (finding.visibility === 'not-evaluable' && !finding.not_evaluable_reason) return 'reason'
  return null
}

/** The server takes a finding once its reason is there; a diameter may follow. */
export const canBeSaved = (finding: FindingIn): boolean => lackOf(finding, 'combined') !== 'reason'

/** The cells of these steps that are not complete, step by step, lesion by lesion. */
export function openCells(findings: Findings, lesions: readonly CaseLesion[], steps: readonly CaseStep[]): (CellName & { lack: Lack })[] {
  return cellsOf(lesions, steps).flatMap((cell) => {
    const lack = lackOf(findings.get(cellKey(cell)), cell.judged)
    return lack ? [{ ...cell, lack }] : []
  })
}

/** The next cell to read: later in this step first, then from the top of the step, then the other open steps. */
export function nextOpenCell(findings: Findings, lesions: readonly CaseLesion[], steps: readonly CaseStep[], here: CellName): CellName | null {
  const order = cellsOf(lesions, steps.filter(({ state }) => state === 'open'))
  const at = order.findIndex((cell) => cellKey(cell) === cellKey(here))
  const isOpen = (cell: CellName): boolean => lackOf(findings.get(cellKey(cell)), cell.judged) !== null
  const rest = [...order.slice(at + 1), ...order.slice(0, Math.max(0, at))]
  const inStep = rest.filter(({ judged }) => judged === here.judged)
  return [...inStep, ...rest].find(isOpen) ?? null
}

const cellsOf = (lesions: readonly CaseLesion[], steps: readonly CaseStep[]): CellName[] =>
  steps.flatMap(({ judges }) => lesions.map(({ id }) => ({ lesionId: id, judged: judges })))
