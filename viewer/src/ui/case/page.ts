import type { Case, CaseName, CellName, Client, FindingIn, SessionInfo, Visibility } from '../../api/client'
import type { Vec3 } from '../../geometry/vector'
import { drawsOnCpu, type Shelf } from '../../images'
import { cellKey } from '../../reading/cells'
import { withMeasurement, withVerdict, type Measurement } from '../../reading/verdict'
import type { Shown } from '../../navigation'
import { keepLanguage, otherLanguage, textsOf, type Language } from '../../text/language'
import { commandFor, isTyping, type Command } from '../../workspace/keymap'
import {
  addLesion, cellOf, findingOf, goOn, leave, lesionOf, maximise, mayRead, openWorkspace, selectLesion, selectStep, showAll, stepFocus, stepLesion, toggleComparison, toggleMpr, withRead,
} from '../../workspace/state'
import { createStore, type Store } from '../../workspace/store'
import { unsavedOf } from '../../workspace/unsaved'
import type { Context } from '../context'
import { fill, h } from '../dom'
import { Deck } from '../panes/deck'
import { judgedOn } from '../panes/measuring'
import { PlaneDeck } from '../panes/plane-deck'
import type { PaneView } from '../panes/pane-view'
import { locationOn } from '../panes/rings'
import { footer } from './footer'
import { inspection } from './inspection'
import { showKeys } from './key-sheet'
import { askForLesion } from './lesion-dialog'
import { lesionList } from './lesion-list'
import { fetchAhead } from './next-case'
import { placesOf } from './places'
import { nextStep, readingForm, type FormActions } from './reading-form'
import { startSaving } from './saving'
import { askToSign } from './sign-dialog'
import { topBar } from './top-bar'

/** Opens a case in the page; the language is lent to it. */
export function openCase(root: HTMLElement, client: Client, session: SessionInfo, name: CaseName, theCase: Case, language: Store<Language> & { end(): void }): Shown {
  const store = createStore(openWorkspace(theCase))
  const unsaved = unsavedOf(localStorage, session.login, `${name.subjectId}/${name.timepoint}`)
  const saving = theCase.read && theCase.read.state !== 'signed' ? startSaving(client, name, store, theCase.read, unsaved) : null
  const texts = (): ReturnType<typeof textsOf> => textsOf(language.get())
  const context: Context = { client, name, store, language, texts, put: saving?.put ?? (() => undefined) }
  const page = new CasePage(context, saving)
  fill(root, page.element)
  document.title = `${theCase.case_code} · Casebook`
  window.casebook = inspection(page.deck, store)
  const leaving = new AbortController()
  window.addEventListener('beforeunload', (event) => {
    if (saving?.autosave.hasUnsaved) event.preventDefault()
  }, leaving)
  return {
    mayLeave: () => !saving?.autosave.hasUnsaved,
    end() {
      leaving.abort()
      page.end()
      language.end()
      delete window.casebook
    },
  }
}

class CasePage {
  readonly element: HTMLElement
  readonly deck: Deck
  private readonly stage = h('main', { class: 'stage' })
  private planes: PlaneDeck | null = null
  private readonly leaving = new AbortController()
  private isAhead = false

  constructor(
    private readonly context: Context,
    private readonly saving: ReturnType<typeof startSaving> | null,
  ) {
    this.deck = new Deck(context, {
      measured: (measurement, shelf) => this.measured(measurement, shelf),
      placed: (position, pane) => this.placed(position, pane),
      complete: () => void this.lookAhead(),
    })
    const actions = this.formActions()
    this.element = h(
      'div',
      { class: 'workspace' },
      topBar(context, {
        switchLanguage: () => {
          context.language.update(otherLanguage)
          keepLanguage(context.language.get(), localStorage)
        },
        showKeys: () => showKeys(context.texts()),
        retrySave: () => void saving?.autosave.retry(),
      }),
      lesionList(context),
      this.stage,
      h('aside', { class: 'side' }, readingForm(context, actions), placesOf(context, (key) => this.deck.showSeries(key)), nextStep(context, actions)),
      footer(context),
    )
    this.stage.append(this.deck.element)
    this.store.subscribe((state, before) => {
      if (state.layout !== before.layout) this.showPlanes(state.layout === 'mpr')
    })
    document.addEventListener('keydown', (event) => this.key(event), this.leaving)
  }

  end(): void {
    this.leaving.abort()
    this.planes?.destroy()
    this.deck.destroy()
  }

  private get store(): Context['store'] {
    return this.context.store
  }

  private formActions(): FormActions {
    return {
      giveVerdict: (visibility) => this.giveVerdict(visibility),
      measure: () => this.startTool('length'),
      sign: () => this.sign(),
      resolve: (choice) => void this.resolve(choice),
      sliceOf: (finding) => this.sliceOf(finding),
      goTo: (cell) => this.store.update((state) => selectStep({ ...state, lesionId: cell.lesionId }, cell.sequence)),
    }
  }

  private sign(): void {
    if (!this.saving) return
    askToSign(this.context, this.saving.autosave, (read) => this.store.update((state) => withRead(state, read)))
  }

  private key(event: KeyboardEvent): void {
    const target = event.target instanceof HTMLElement ? event.target : document.body
    if (event.isComposing || isTyping(target) || target.closest('dialog')) return
    const command = commandFor(event)
    if (!command) return
    event.preventDefault()
    this.obey(command)
  }

  private obey(command: Command): void {
    const { store, deck } = this
    switch (command.do) {
      case 'lesion':
        return store.update((state) => selectLesion(state, command.index))
      case 'next-lesion':
        return store.update((state) => (mayRead(state) ? goOn(state) : stepLesion(state, 1)))
      case 'previous-lesion':
        return store.update((state) => stepLesion(state, -1))
      case 'verdict':
        return this.giveVerdict(command.visibility)
      case 'clear-verdict':
        return this.clear()
      case 'step':
        return store.update((state) => selectStep(state, command.sequence))
      case 'scroll':
        return deck.scroll(command.by)
      case 'first-slice':
      case 'last-slice':
        return deck.scrollToEnd(command.do === 'last-slice')
      case 'focus':
        return store.update((state) => stepFocus(state, command.by))
      case 'maximise':
        return store.update((state) => maximise(state, command.pane))
      case 'all-panes':
        return store.update(showAll)
      case 'b-value':
        return deck.stepStack(command.by)
      case 'series':
        return deck.stepSeries(command.by)
      case 'length':
      case 'place':
        return this.startTool(command.do)
      case 'preset':
        return deck.nextPreset()
      case 'invert':
        return deck.invert()
      case 'reset-view':
        return deck.resetView()
      case 'zoom-in':
      case 'zoom-out':
        return deck.zoom(command.do === 'zoom-in' ? 1 / 1.15 : 1.15)
      case 'compare':
        return store.update(toggleComparison)
      case 'link':
        return store.update((state) => ({ ...state, linked: !state.linked }))
      case 'mpr':
        return drawsOnCpu() ? undefined : store.update(toggleMpr)
      case 'marks':
        return store.update((state) => ({ ...state, marks: !state.marks }))
      case 'keys':
        return showKeys(this.context.texts())
      case 'escape':
        return store.update(leave)
    }
  }

  /** Three planes of the focused pane's volume, in the place of the panes. */
  private showPlanes(wanted: boolean): void {
    this.planes?.destroy()
    this.planes = null
    const { focused } = this.deck
    const centre = focused?.picture.centre
    const window = focused?.picture.window
    if (!wanted || !focused?.shelf || !centre || !window) return
    const lesion = locationOn(lesionOf(this.store.get()), focused.shelf)?.position_mm
    this.planes = new PlaneDeck(this.context, focused.shelf, lesion ?? centre, window, focused.picture.mmPerPixel ?? 1)
    this.stage.append(this.planes.element)
    void this.planes.open()
  }

  /** The first images of the next case, once; quietly, because nobody asked for them. */
  private async lookAhead(): Promise<void> {
    const next = this.store.get().case.next_case
    if (!next || this.isAhead) return
    this.isAhead = true
    this.isAhead = await fetchAhead(this.context.client, next).catch(() => true)
  }

  private startTool(tool: 'length' | 'place'): void {
    if (tool === 'place' && !this.store.get().case.may_edit_lesions) return
    this.store.update((state) => ({ ...state, tool: state.tool === tool ? 'window' : tool, marks: true }))
  }

  private giveVerdict(visibility: Visibility): void {
    const state = this.store.get()
    const cell = cellOf(state)
    if (!cell || !mayRead(state)) return
    const pane = this.paneOf(cell)
    const position = pane && locationOn(lesionOf(state), pane.shelf)?.position_mm
    const on = pane ? judgedOn(pane.picture, pane.shelf, (position as Vec3 | null | undefined) ?? null) : null
    this.context.put(cell, withVerdict(findingOf(state), visibility, on))
    if (visibility === 'not-evaluable') document.getElementById('reason')?.focus({ preventScroll: true })
  }

  private clear(): void {
    const state = this.store.get()
    if (state.loose) return this.store.update((now) => ({ ...now, loose: null }))
    const cell = cellOf(state)
    if (cell && mayRead(state) && findingOf(state)) this.context.put(cell, null)
  }

  /** The pane that shows the images a cell is judged on: the focused one if it does. */
  private paneOf({ sequence }: CellName): PaneView | null {
    const here = this.store.get().case.timepoint.code
    const shows = (pane: PaneView): boolean => pane.shelf?.series.sequence === sequence && pane.shelf.series.timepoint === here
    const { focused, panes } = this.deck
    return focused && shows(focused) ? focused : (panes.find(shows) ?? null)
  }

  /** A length on the images of a step is the chosen lesion's diameter there; elsewhere it stays loose. */
  private measured(measurement: Measurement, { series }: Shelf): void {
    const state = this.store.get()
    const { lesionId } = state
    const reading = mayRead(state) && lesionId !== null && series.timepoint === state.case.timepoint.code
    if (reading && series.sequence) {
      const cell = { lesionId, sequence: series.sequence }
      this.store.update((now) => ({ ...now, sequence: cell.sequence, tool: 'window', loose: null }))
      this.context.put(cell, withMeasurement(this.store.get().findings.get(cellKey(cell)), measurement))
    } else {
      this.store.update((now) => ({ ...now, tool: 'window', loose: measurement }))
    }
  }

  private placed(position: Vec3, pane: PaneView): void {
    askForLesion(this.context, position, pane, (lesion) => this.store.update((state) => addLesion(state, lesion)))
  }

  private sliceOf(finding: FindingIn): number | null {
    for (const { shelf } of this.deck.panes) {
      if (shelf?.series.series_uid !== finding.series_uid) continue
      const at = shelf?.stack.frames.findIndex((frame) => frame.sopUid === finding.sop_instance_uid && frame.number === (finding.frame ?? 1)) ?? -1
      if (at >= 0) return at + 1
    }
    return null
  }

  private async resolve(choice: 'mine' | 'theirs'): Promise<void> {
    const { save } = this.store.get()
    if (save.kind === 'conflict' && choice === 'theirs') {
      const { cell, theirs } = save
      this.store.update((state) => {
        const findings = new Map(state.findings)
        if (theirs) findings.set(cellKey(cell), theirs)
        else findings.delete(cellKey(cell))
        return { ...state, findings }
      })
    }
    await this.saving?.autosave.resolve(choice)
  }
}
