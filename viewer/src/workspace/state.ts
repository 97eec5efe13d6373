import type { AdcRegion, Case, CaseLesion, CaseRead, CaseStep, CellName, Correction, FindingIn, Judged, KeyImageIn, NewLesionIn, Problem, ReadingSequence } from '../api/client'
import { cellKey, findingsOf, lackOf, nextOpenCell, openCells, type Findings } from '../reading/cells'
import { entryKey, imageKey, keyImagesOf, newLesionsOf, type Entry, type EntryKey } from '../reading/entries'
import { isLadder, openStepOf, SEQUENCES, stepJudging, stepsOf, stepToLock } from '../reading/steps'
import type { SaveState } from '../reading/autosave'
import type { Measurement } from '../reading/verdict'
import { earlierTimepoint, hangCase, hangComparison, hangStep, N_PANES, type Hanging } from '../series/hanging'
import type { KnownLinks } from '../geometry/series-links'
import type { Hand } from './hand'
import { corrected, type Landmarks } from './landmarks'

/** Tiles across: few and large first. */
const TILES_ACROSS = [3, 4] as const

export type Layout = 'hung' | 'compare' | 'mpr' | 'tiles'
/** What a press on an image does: change the window, or draw. */
export type Tool = 'window' | 'length' | 'new-lesion' | 'mark' | 'region' | 'place' | 'landmark'

/** True while a press on an image begins a length. */
export const isMeasuring = (tool: Tool): boolean => tool === 'length' || tool === 'new-lesion'

/** Something the reader asked for that could not be, or that needs a word. */
export type Notice = 'set-position' | 'no-lesion' | 'no-position-in-space' | 'no-adc' | 'adc-not-linked' | 'adc-no-pixels' | 'no-verdict' | 'step-not-ready' | 'step-closed' | 'not-open-here' | 'landmark-elsewhere'

/** A region drawn on diffusion and what it says on the ADC map, until the reader confirms the copy. */
export interface RegionOffer {
  readonly cell: CellName
  readonly region: AdcRegion
}

/** Everything of the reading workspace that more than one part of the page shows. */
export interface Workspace {
  readonly case: Case
  readonly lesions: readonly CaseLesion[]
  readonly lesionId: string | null
  readonly steps: readonly CaseStep[]
  /** What verdicts are about now: the chosen step. */
  readonly judged: Judged
  readonly layout: Layout
  /** Tiles in a row, and rows of them. */
  readonly tilesAcross: number
  readonly hanging: Hanging
  /** What hung before the comparison; `P` brings it back. */
  readonly before: Hanging | null
  readonly focused: number
  readonly maximised: boolean
  readonly linked: boolean
  readonly marks: boolean
  readonly tool: Tool
  /** What is being drawn by keyboard with the tool. */
  readonly hand: Hand | null
  readonly offer: RegionOffer | null
  /** Pairs of landmarks that are being set. */
  readonly landmarks: Landmarks | null
  readonly notice: Notice | null
  readonly findings: Findings
  readonly baseline: Findings
  readonly newLesions: ReadonlyMap<string, NewLesionIn>
  readonly keyImages: ReadonlyMap<string, KeyImageIn>
  /** The reader's own, oldest first. */
  readonly corrections: readonly Correction[]
  readonly readState: 'none' | 'not-started' | 'draft' | 'signed' | 'stale'
  readonly edition: number
  readonly mayReopen: boolean
  /** The step that is being locked, until the server has answered. */
  readonly locking: string | null
  readonly save: SaveState
  readonly refused: ReadonlyMap<EntryKey, Problem>
  /** A length drawn without a lesion to belong to. */
  readonly loose: Measurement | null
}

export function openWorkspace(theCase: Case): Workspace {
  const hanging = hangCase(theCase)
  const { read } = theCase
  const steps = stepsOf(theCase)
  const state: Workspace = {
    case: theCase,
    lesions: theCase.lesions,
    lesionId: theCase.lesions[0]?.id ?? null,
    steps,
    judged: firstStep(theCase, steps),
    layout: 'hung',
    tilesAcross: TILES_ACROSS[0],
    hanging,
    before: null,
    focused: 0,
    maximised: false,
    linked: true,
    marks: true,
    ...NOTHING_IN_HAND,
    notice: null,
    findings: findingsOf(read?.findings ?? []),
    baseline: findingsOf(read?.baseline_findings ?? []),
    newLesions: newLesionsOf(read?.new_lesions ?? []),
    keyImages: keyImagesOf(read?.key_images ?? []),
    corrections: read?.corrections ?? [],
    readState: readStateOf(read),
    edition: read?.edition ?? 1,
    mayReopen: read?.may_reopen ?? false,
    locking: null,
    save: { kind: 'saved', at: read?.saved_at ?? null },
    refused: new Map(),
    loose: null,
  }
  return atFirstOpenCell(selectStep(state, state.judged))
}

const NOTHING_IN_HAND = { tool: 'window', hand: null, offer: null, landmarks: null } as const

/** Puts down whatever was being drawn. */
export const letGo = (state: Workspace): Workspace => ({ ...state, ...NOTHING_IN_HAND })

/** Sequences that have images at this timepoint; all of them are read, those without images as not evaluable. */
export function sequencesOf(theCase: Case): ReadingSequence[] {
  const here = theCase.series.filter(({ timepoint }) => timepoint === theCase.timepoint.code)
  return SEQUENCES.filter((step) => here.some(({ sequence }) => sequence === step))
}

export const mayRead = ({ readState }: Workspace): boolean => readState === 'draft' || readState === 'not-started'

/** The chosen step. */
export const stepOf = ({ steps, judged }: Workspace): CaseStep | null => stepJudging(steps, judged)

/** True where verdicts of this step may change now. */
export function mayWrite(state: Workspace, judged: Judged = state.judged): boolean {
  const step = stepJudging(state.steps, judged)
  return mayRead(state) && step?.state === 'open' && state.locking !== step.code
}

/**
 * The open step, once every lesion has a complete verdict in it that the server has not refused. The last step is not
 * locked by itself: the signature does it.
 */
export function lockableStep(state: Workspace): CaseStep | null {
  const step = stepToLock(state.steps)
  if (!step || !mayRead(state) || state.locking) return null
  const refused = state.lesions.some(({ id }) => state.refused.has(entryKey({ kind: 'finding', cell: { lesionId: id, judged: step.judges }, body: null })))
  return refused || openCells(state.findings, state.lesions, [step]).length > 0 ? null : step
}

/** True where nothing is left to do but to sign. */
export const maySign = (state: Workspace): boolean =>
  mayRead(state) && state.lesions.length > 0 && openCells(state.findings, state.lesions, state.steps).length === 0 && stepToLock(state.steps) === null

/** All that is known of how the case's series lie to each other. */
export const knownLinks = ({ case: { links, series }, corrections }: Workspace): KnownLinks => ({ links, series, corrections })

/** The workspace with where lesions are expected now. */
export const withLocations = (state: Workspace, { lesions }: Case): Workspace => ({
  ...state,
  lesions: state.lesions.map((lesion) => ({ ...lesion, locations: lesions.find(({ id }) => id === lesion.id)?.locations ?? lesion.locations })),
})

export const lesionOf = (state: Workspace): CaseLesion | null =>
  state.lesions.find(({ id }) => id === state.lesionId) ?? null

export const cellOf = (state: Workspace): CellName | null =>
  state.lesionId ? { lesionId: state.lesionId, judged: state.judged } : null

export function findingOf(state: Workspace): FindingIn | undefined {
  const cell = cellOf(state)
  return cell ? state.findings.get(cellKey(cell)) : undefined
}

export const seriesAt = (state: Workspace, pane: number): Case['series'][number] | null =>
  state.case.series.find(({ key }) => key === state.hanging[pane]) ?? null

export function selectLesion(state: Workspace, index: number): Workspace {
  const lesion = state.lesions[index]
  if (!lesion) return state
  const free = state.landmarks ? { ...state, hand: null } : letGo(state)
  return { ...free, lesionId: lesion.id }
}

export function stepLesion(state: Workspace, by: number): Workspace {
  const at = state.lesions.findIndex(({ id }) => id === state.lesionId)
  return selectLesion(state, (at + by + state.lesions.length) % Math.max(1, state.lesions.length))
}

/** Goes to the next cell that still needs the reader. */
export function goOn(state: Workspace): Workspace {
  const cell = cellOf(state)
  const next = cell && nextOpenCell(state.findings, state.lesions, state.steps, cell)
  return next ? selectCell(state, next) : state
}

/** The step is what verdicts are about; its images are hung and focused. A step that is not open yet is not shown. */
export function selectStep(state: Workspace, judged: Judged): Workspace {
  const step = stepJudging(state.steps, judged)
  if (!step || step.state === 'closed') return step ? { ...state, notice: 'step-closed' } : state
  const back = state.layout === 'compare' && state.before ? state.before : state.hanging
  const [sequence] = step.sequences.length === 1 ? step.sequences : []
  const usual = sequence === 't1t2' ? back : restoreUsual(state, back, step)
  const hanging = sequence ? hangStep(usual, sequence, state.case) : hangCase(state.case)
  const focused = Math.max(0, paneOf(state.case, hanging, step.sequences))
  return { ...letGo(state), judged, layout: 'hung', before: null, hanging, focused }
}

export const selectCell = (state: Workspace, { lesionId, judged }: CellName): Workspace =>
  selectStep({ ...state, lesionId }, judged)

export const focusPane = (state: Workspace, pane: number): Workspace =>
  pane === state.focused || pane < 0 || pane >= N_PANES ? state : { ...state, focused: pane }

/** The next pane that shows something, around in a circle. */
export function stepFocus(state: Workspace, by: number): Workspace {
  const order = Array.from({ length: N_PANES }, (_, n) => (state.focused + by * (n + 1) + N_PANES * N_PANES) % N_PANES)
  return focusPane(state, order.find((pane) => state.hanging[pane]) ?? state.focused)
}

/** Rows of panes that have something to show: where the lower ones are all empty, the upper ones take the stage. */
export const rowsOf = ({ hanging }: Workspace): 1 | 2 => (hanging[2] || hanging[3] ? 2 : 1)

export function maximise(state: Workspace, pane: number): Workspace {
  const already = state.maximised && state.focused === pane
  return state.layout === 'mpr' || state.layout === 'tiles' ? state : { ...state, focused: pane, maximised: !already }
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

/** Tiles of successive slices, more of them, and back to the panes. */
export function stepTiles(state: Workspace): Workspace {
  const [few, many] = TILES_ACROSS
  if (state.layout !== 'tiles') return { ...state, layout: 'tiles', tilesAcross: few, maximised: false }
  return state.tilesAcross === few ? { ...state, tilesAcross: many } : withoutTiles(state)
}

export const withoutTiles = (state: Workspace): Workspace =>
  state.layout === 'tiles' ? { ...state, layout: state.before ? 'compare' : 'hung' } : state

export const toggleMpr = (state: Workspace): Workspace => ({
  ...state,
  layout: state.layout === 'mpr' ? (state.before ? 'compare' : 'hung') : 'mpr',
  maximised: false,
})

/** The workspace with one change of the read; what was refused of it before no longer stands. */
export function putEntry(state: Workspace, entry: Entry): Workspace {
  const refused = new Map(state.refused)
  refused.delete(entryKey(entry))
  const now = { ...state, refused }
  switch (entry.kind) {
    case 'finding':
      return { ...now, findings: changed(state.findings, cellKey(entry.cell), entry.body) }
    case 'new-lesion':
      return { ...now, newLesions: changed(state.newLesions, entry.label, entry.body) }
    case 'key-image':
      return { ...now, keyImages: changed(state.keyImages, imageKey(entry.image), entry.body) }
    case 'correction':
      return { ...now, corrections: corrected(state.corrections, entry, state.case.timepoint.code) }
    case 'lock':
      return { ...letGo(now), locking: entry.step }
  }
}

/** The workspace after the server refused an entry. */
export function withRefusal(state: Workspace, entry: Entry, problem: Problem): Workspace {
  const refused = new Map(state.refused).set(entryKey(entry), problem)
  return { ...state, refused, locking: entry.kind === 'lock' ? null : state.locking }
}

/** The workspace with the case as it is now: another step is open, with its images. Entries of the reader stay. */
export function withCase(state: Workspace, theCase: Case): Workspace {
  const steps = stepsOf(theCase)
  const { read } = theCase
  const grown: Workspace = {
    ...letGo(state),
    case: theCase,
    lesions: theCase.lesions,
    steps,
    locking: null,
    layout: 'hung',
    before: null,
    maximised: false,
    hanging: hangCase(theCase),
    readState: readStateOf(read),
    edition: read?.edition ?? state.edition,
    mayReopen: read?.may_reopen ?? false,
  }
  return atFirstOpenCell(selectStep(grown, firstStep(theCase, steps)))
}

export const addLesion = (state: Workspace, lesion: CaseLesion): Workspace => ({
  ...letGo(state),
  lesions: [...state.lesions, lesion],
  lesionId: lesion.id,
})

/** Escape leaves the innermost thing: tool, offer, loose length, full pane, then the other layouts. */
export function leave(state: Workspace): Workspace {
  if (state.tool !== 'window' || state.offer) return letGo(state)
  if (state.loose) return { ...state, loose: null }
  if (state.maximised) return showAll(state)
  if (state.layout === 'mpr') return toggleMpr(state)
  if (state.layout === 'tiles') return withoutTiles(state)
  return state.layout === 'compare' ? toggleComparison(state) : state
}

export const withRead = (state: Workspace, read: CaseRead): Workspace => ({
  ...state,
  findings: findingsOf(read.findings),
  newLesions: newLesionsOf(read.new_lesions),
  keyImages: keyImagesOf(read.key_images),
  corrections: read.corrections,
  steps: read.steps.length > 0 ? read.steps : state.steps,
  readState: readStateOf(read),
  edition: read.edition,
  mayReopen: read.may_reopen,
  save: { kind: 'saved', at: read.saved_at },
})

/** The case with the visits and the next case that are open now; its images and entries stay. */
export const withWhatIsNext = (state: Workspace, { timepoints, next_case: next }: Case): Workspace => ({
  ...state,
  case: { ...state.case, timepoints, next_case: next },
})

function restoreUsual(state: Workspace, hanging: Hanging, step: CaseStep): Hanging {
  return paneOf(state.case, hanging, step.sequences) >= 0 ? hanging : hangCase(state.case)
}

function paneOf(theCase: Case, hanging: Hanging, sequences: readonly ReadingSequence[]): number {
  const here = (key: string | null): boolean => {
    const series = theCase.series.find((one) => one.key === key)
    return series?.timepoint === theCase.timepoint.code && series.sequence !== null && sequences.includes(series.sequence)
  }
  return hanging.findIndex(here)
}

/** The open step of a ladder, or its last once all are locked; elsewhere the first step that has images. */
function firstStep(theCase: Case, steps: readonly CaseStep[]): Judged {
  if (isLadder(steps)) return (openStepOf(steps) ?? steps.at(-1))?.judges ?? 'ct'
  const there = sequencesOf(theCase)
  return (steps.find(({ sequences }) => sequences.some((one) => there.includes(one))) ?? steps[0])?.judges ?? 'ct'
}

/** The first lesion of the step that still needs the reader, or the first of all. */
function atFirstOpenCell(state: Workspace): Workspace {
  const open = state.lesions.find(({ id }) => lackOf(state.findings.get(cellKey({ lesionId: id, judged: state.judged })), state.judged) !== null)
  return { ...state, lesionId: (open ?? state.lesions[0])?.id ?? null }
}

function changed<Key, Body>(map: ReadonlyMap<Key, Body>, key: Key, body: Body | null): ReadonlyMap<Key, Body> {
  const next = new Map(map)
  if (body === null) next.delete(key)
  else next.set(key, body)
  return next
}

function readStateOf(read: CaseRead | null): Workspace['readState'] {
  if (!read) return 'none'
  const known = (['signed', 'stale', 'draft'] as const).find((state) => state === read.state)
  return known ?? 'not-started'
}
