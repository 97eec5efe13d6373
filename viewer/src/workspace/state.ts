import type { Case, CaseLesion, CaseRead, CellName, FindingIn, Problem, ReadingSequence } from '../api/client'
import { cellKey, findingsOf, nextOpenCell, STEPS, type CellKey, type Findings } from '../reading/cells'
import type { SaveState } from '../reading/autosave'
import type { Measurement } from '../reading/verdict'
import { earlierTimepoint, hangCase, hangComparison, hangStep, N_PANES, type Hanging } from '../series/hanging'

export type Layout = 'hung' | 'compare' | 'mpr'
export type Tool = 'window' | 'length' | 'place'

/** Everything of the reading workspace that more than one part of the page shows. */
export interface Workspace {
  readonly case: Case
  readonly lesions: readonly CaseLesion[]
  readonly lesionId: string | null
  readonly sequence: ReadingSequence
  readonly layout: Layout
  readonly hanging: Hanging
  /** What hung before the comparison; `P` brings it back. */
  readonly before: Hanging | null
  readonly focused: number
  readonly maximised: boolean
  readonly linked: boolean
  readonly marks: boolean
  readonly tool: Tool
  readonly findings: Findings
  readonly baseline: Findings
  readonly readState: 'none' | 'not-started' | 'draft' | 'signed'
  readonly save: SaveState
  readonly refused: ReadonlyMap<CellKey, Problem>
  /** A length drawn without a lesion to belong to. */
  readonly loose: Measurement | null
}

export function openWorkspace(theCase: Case): Workspace {
  const hanging = hangCase(theCase)
  const sequence = sequencesOf(theCase)[0] ?? 'ct'
  const { read } = theCase
  return {
    case: theCase,
    lesions: theCase.lesions,
    lesionId: theCase.lesions[0]?.id ?? null,
    sequence,
    layout: 'hung',
    hanging,
    before: null,
    focused: Math.max(0, paneOf(theCase, hanging, sequence)),
    maximised: false,
    linked: true,
    marks: true,
    tool: 'window',
    findings: findingsOf(read?.findings ?? []),
    baseline: findingsOf(read?.baseline_findings ?? []),
    readState: readStateOf(read),
    save: { kind: 'saved', at: read?.saved_at ?? null },
    refused: new Map(),
    loose: null,
  }
}

/** Steps that have images at this timepoint; all of them are read, those without images as not evaluable. */
export function sequencesOf(theCase: Case): ReadingSequence[] {
  const here = theCase.series.filter(({ timepoint }) => timepoint === theCase.timepoint.code)
  return STEPS.filter((step) => here.some(({ sequence }) => sequence === step))
}

export const mayRead = (state: Workspace): boolean => state.readState === 'draft' || state.readState === 'not-started'

export const lesionOf = (state: Workspace): CaseLesion | null =>
  state.lesions.find(({ id }) => id === state.lesionId) ?? null

export const cellOf = (state: Workspace): CellName | null =>
  state.lesionId ? { lesionId: state.lesionId, sequence: state.sequence } : null

export function findingOf(state: Workspace): FindingIn | undefined {
  const cell = cellOf(state)
  return cell ? state.findings.get(cellKey(cell)) : undefined
}

export const seriesAt = (state: Workspace, pane: number): Case['series'][number] | null =>
  state.case.series.find(({ key }) => key === state.hanging[pane]) ?? null

export function selectLesion(state: Workspace, index: number): Workspace {
  const lesion = state.lesions[index]
  return lesion ? { ...state, lesionId: lesion.id, tool: 'window' } : state
}

export function stepLesion(state: Workspace, by: number): Workspace {
  const at = state.lesions.findIndex(({ id }) => id === state.lesionId)
  return selectLesion(state, (at + by + state.lesions.length) % Math.max(1, state.lesions.length))
}

/** Goes to the next cell that still needs the reader. */
export function goOn(state: Workspace): Workspace {
  const cell = cellOf(state)
  const next = cell && nextOpenCell(state.findings, state.lesions, cell)
  return next ? selectStep({ ...state, lesionId: next.lesionId }, next.sequence) : state
}

/** The step is what verdicts are about; its images are hung and focused. */
export function selectStep(state: Workspace, sequence: ReadingSequence): Workspace {
  const back = state.layout === 'compare' && state.before ? state.before : state.hanging
  const usual = sequence === 't1t2' ? back : restoreUsual(state, back, sequence)
  const hanging = hangStep(usual, sequence, state.case)
  const focused = Math.max(0, paneOf(state.case, hanging, sequence))
  return { ...state, sequence, layout: 'hung', before: null, hanging, focused, tool: 'window' }
}

export const focusPane = (state: Workspace, pane: number): Workspace =>
  pane === state.focused || pane < 0 || pane >= N_PANES ? state : { ...state, focused: pane }

export const stepFocus = (state: Workspace, by: number): Workspace =>
  focusPane(state, (state.focused + by + N_PANES) % N_PANES)

export function maximise(state: Workspace, pane: number): Workspace {
  const already = state.maximised && state.focused === pane
  return state.layout === 'mpr' ? state : { ...state, focused: pane, maximised: !already }
}

export const showAll = (state: Workspace): Workspace => ({ ...state, maximised: false })

export function hangSeries(state: Workspace, pane: number, key: string): Workspace {
  return { ...state, focused: pane, hanging: state.hanging.map((old, n) => (n === pane ? key : old)) }
}

/** Baseline beside the focused pane's role and its neighbour, and back. */
export function toggleComparison(state: Workspace): Workspace {
  if (state.layout === 'compare') {
    return { ...state, layout: 'hung', hanging: state.before ?? state.hanging, before: null }
  }
  const earlier = earlierTimepoint(state.case)
  if (!earlier) return state
  const hanging = hangComparison(state.hanging, state.focused, earlier, state.case.series)
  return { ...state, layout: 'compare', before: state.hanging, hanging, focused: 0, maximised: false }
}

export const toggleMpr = (state: Workspace): Workspace => ({
  ...state,
  layout: state.layout === 'mpr' ? (state.before ? 'compare' : 'hung') : 'mpr',
  maximised: false,
})

export function putFinding(state: Workspace, cell: CellName, finding: FindingIn | null): Workspace {
  const findings = new Map(state.findings)
  if (finding) findings.set(cellKey(cell), finding)
  else findings.delete(cellKey(cell))
  const refused = new Map(state.refused)
  refused.delete(cellKey(cell))
  return { ...state, findings, refused }
}

export const addLesion = (state: Workspace, lesion: CaseLesion): Workspace => ({
  ...state,
  lesions: [...state.lesions, lesion],
  lesionId: lesion.id,
  tool: 'window',
})

/** Escape leaves the innermost thing: tool, loose length, full pane, then the other layouts. */
export function leave(state: Workspace): Workspace {
  if (state.tool !== 'window') return { ...state, tool: 'window' }
  if (state.loose) return { ...state, loose: null }
  if (state.maximised) return showAll(state)
  if (state.layout === 'mpr') return toggleMpr(state)
  return state.layout === 'compare' ? toggleComparison(state) : state
}

export const withRead = (state: Workspace, read: CaseRead): Workspace => ({
  ...state,
  findings: findingsOf(read.findings),
  readState: readStateOf(read),
  save: { kind: 'saved', at: read.saved_at },
})

function restoreUsual(state: Workspace, hanging: Hanging, sequence: ReadingSequence): Hanging {
  return paneOf(state.case, hanging, sequence) >= 0 ? hanging : hangCase(state.case)
}

function paneOf(theCase: Case, hanging: Hanging, sequence: ReadingSequence): number {
  return hanging.findIndex((key) => theCase.series.find((one) => one.key === key)?.sequence === sequence)
}

function readStateOf(read: CaseRead | null): Workspace['readState'] {
  if (!read) return 'none'
  return read.state === 'signed' ? 'signed' : read.state === 'draft' ? 'draft' : 'not-started'
}
