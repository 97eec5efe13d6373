import type { Visibility } from '../../api/client'
import type { Vec3 } from '../../geometry/vector'
import type { Shelf } from '../../images'
import { cellKey } from '../../reading/cells'
import { judgedOn } from '../../reading/steps'
import { withMeasurement, withVerdict, type Measurement } from '../../reading/verdict'
import { addLesion, cellOf, findingOf, lesionOf, letGo, mayRead, mayWrite } from '../../workspace/state'
import type { Context } from '../context'
import type { Deck } from '../panes/deck'
import { seenOn } from '../panes/measuring'
import type { PaneView } from '../panes/pane-view'
import { locationOn } from '../panes/rings'
import { Drawing } from './drawing'
import { change } from './fields'
import { Landmarking } from './landmarks'
import { askForLesion } from './lesion-dialog'
import { askForNewLesion } from './new-lesion-dialog'

/** The ends of the confidence scale (reference: 1 to 5). */
const LEAST_SURE = 1
const SUREST = 5

/** What the reader says of the chosen lesion: verdict, diameter, mark, confidence, signal; and new lesions. */
export class Entering {
  readonly drawing: Drawing
  readonly landmarking: Landmarking

  constructor(
    private readonly context: Context,
    deck: () => Deck,
  ) {
    this.landmarking = new Landmarking(context, deck)
    this.drawing = new Drawing(context, deck, {
      measured: (measurement, shelf) => this.measured(measurement, shelf),
      placed: (position, pane) => this.placed(position, pane),
      landmark: (position, pane) => this.landmarking.point(pane, position),
    })
  }

  /** A lesion of the baseline list where the reader may edit it; elsewhere a new one of the own read, measured first. */
  startLesion(): void {
    const state = this.context.store.get()
    if (state.case.may_edit_lesions) this.drawing.start('place')
    else if (mayRead(state)) this.drawing.start('new-lesion')
  }

  startMark(): void {
    if (mayWrite(this.context.store.get())) this.drawing.start('mark')
  }

  stepConfidence(by: number): void {
    const now = findingOf(this.context.store.get())?.confidence
    const next = now ? now + by : by > 0 ? LEAST_SURE : SUREST
    change(this.context, { confidence: Math.max(LEAST_SURE, Math.min(SUREST, next)) })
  }

  /** Goes around the charter's signals, with "none" between the last and the first. */
  stepSignal(by: number): void {
    const state = this.context.store.get()
    const finding = findingOf(state)
    if (finding?.visibility !== 'visible') return
    const codes = [null, ...state.case.signals.map(({ code }) => code)]
    const at = codes.indexOf(finding.signal ?? null)
    change(this.context, { signal: codes[(at + by + codes.length) % codes.length] ?? null })
  }

  giveVerdict(visibility: Visibility): void {
    const state = this.context.store.get()
    const cell = cellOf(state)
    if (!cell || !mayWrite(state)) return
    const pane = this.drawing.paneOfStep()
    const position = (pane && locationOn(lesionOf(state), pane.shelf)?.position_mm) ?? null
    const on = pane ? seenOn(pane.picture, pane.shelf, position) : null
    const body = withVerdict(findingOf(state), visibility, on)
    this.context.store.update(letGo)
    this.context.put({ kind: 'finding', cell, body })
    if (visibility === 'not-evaluable') document.getElementById('reason')?.focus({ preventScroll: true })
    if (visibility === 'not-visible' && pane && !body.position_mm) this.askForMark()
  }

  /** Where nothing says where the lesion would be, the reader does. */
  private askForMark(): void {
    this.startMark()
    this.context.store.update((state) => ({ ...state, notice: 'set-position' }))
  }

  clear(): void {
    const state = this.context.store.get()
    if (state.loose) return this.context.store.update((now) => ({ ...now, loose: null }))
    const cell = cellOf(state)
    if (cell && mayWrite(state) && findingOf(state)) this.context.put({ kind: 'finding', cell, body: null })
  }

  /** A length on the images of a step is the chosen lesion's diameter there; elsewhere it stays loose. */
  measured(measurement: Measurement, { series }: Shelf): void {
    const state = this.context.store.get()
    const { lesionId } = state
    const judged = judgedOn(state.steps, state.judged, series.sequence)
    const writes = judged !== null && series.timepoint === state.case.timepoint.code && mayWrite(state, judged)
    const isNew = state.tool === 'new-lesion'
    this.context.store.update((now) => ({ ...letGo(now), loose: writes ? null : measurement }))
    if (!writes) return isNew ? this.context.store.update((now) => ({ ...now, notice: 'not-open-here' })) : undefined
    if (isNew) return askForNewLesion(this.context, measurement, series)
    if (lesionId === null) return
    const cell = { lesionId, judged }
    this.context.store.update((now) => ({ ...now, judged }))
    this.context.put({ kind: 'finding', cell, body: withMeasurement(this.context.store.get().findings.get(cellKey(cell)), measurement) })
  }

  private placed(position: Vec3, pane: PaneView): void {
    this.context.store.update(letGo)
    askForLesion(this.context, position, pane, (lesion) => this.context.store.update((state) => addLesion(state, lesion)))
  }
}
