import { Problem, type Case, type CaseName, type CaseRead, type Client, type FindingIn, type SessionInfo } from '../../api/client'
import type { Entry } from '../../reading/entries'
import { isLadder } from '../../reading/steps'
import { follow, type Shown } from '../../navigation'
import type { WindowMemory } from '../../series/window-memory'
import { keepLanguage, otherLanguage, textsOf, type Language } from '../../text/language'
import { commandFor, isTyping, type Command } from '../../workspace/keymap'
import {
  goOn, leave, lockableStep, maximise, mayRead, openWorkspace, putEntry, selectCell, selectLesion, selectStep, showAll, stepFocus, stepLesion, stepTiles, toggleComparison, toggleMpr, withRead, withWhatIsNext,
} from '../../workspace/state'
import { createStore, type Store } from '../../workspace/store'
import { unsavedOf } from '../../workspace/unsaved'
import type { Context } from '../context'
import { fill, h } from '../dom'
import { Deck } from '../panes/deck'
import { Over } from '../panes/over'
import { Entering } from './entering'
import { footer } from './footer'
import { inspection } from './inspection'
import { keyImageList, toggleKeyImage } from './key-images'
import { showKeys } from './key-sheet'
import { landmarkBar } from './landmark-bar'
import { lesionList } from './lesion-list'
import { fetchAhead } from './next-case'
import { nextStep } from './next-step'
import { placesOf } from './places'
import { readingForm, type FormActions } from './reading-form'
import { askToReopen } from './reopen-dialog'
import { startSaving } from './saving'
import { showImage } from './show-image'
import { askToSign } from './sign-dialog'
import { topBar } from './top-bar'

/** Opens a case in the page; the language is lent to it. */
export function openCase(root: HTMLElement, client: Client, session: SessionInfo, name: CaseName, theCase: Case, windows: WindowMemory, language: Store<Language> & { end(): void }): Shown {
  const store = createStore(openWorkspace(theCase))
  const unsaved = unsavedOf(localStorage, session.login, `${name.caseId}/${name.timepoint}`)
  const saving = theCase.read && mayRead(store.get()) ? startSaving(client, name, store, theCase.read, unsaved) : null
  const texts = (): ReturnType<typeof textsOf> => textsOf(language.get())
  const context: Context = { client, name, store, language, windows, texts, put: saving?.put ?? (() => undefined) }
  const page = new CasePage(context, saving)
  fill(root, page.element)
  document.title = `${theCase.case_code} · Casebook`
  window.casebook = inspection(() => page.deck, store)
  const leaving = new AbortController()
  window.addEventListener('beforeunload', (event) => {
    if (saving?.autosave.hasUnsaved) event.preventDefault()
  }, leaving)
  window.addEventListener('pagehide', () => windows.end(), leaving)
  return {
    mayLeave: () => !saving?.autosave.hasUnsaved,
    end() {
      leaving.abort()
      page.end()
      windows.end()
      language.end()
      delete window.casebook
    },
  }
}

class CasePage {
  readonly element: HTMLElement
  deck: Deck
  private readonly entering: Entering
  private readonly stage = h('main', { class: 'stage' })
  private readonly over: Over
  private readonly leaving = new AbortController()
  private isAhead = false

  constructor(
    private readonly context: Context,
    private readonly saving: ReturnType<typeof startSaving> | null,
  ) {
    this.entering = new Entering(context, () => this.deck)
    // Before the deck listens to the store itself: it is to be gone when other series are there.
    this.store.subscribe((state, before) => state.case.series !== before.case.series && this.renewDeck())
    this.deck = this.newDeck()
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
      lesionList(context, { add: () => this.entering.startLesion(), show: (lesion) => void showImage(this.deck, this.store.get().case, lesion) }),
      this.stage,
      h(
        'aside',
        { class: 'side' },
        readingForm(context, actions),
        keyImageList(context, (image) => void showImage(this.deck, this.store.get().case, image), () => this.keepImage()),
        placesOf(context, (key) => this.deck.showSeries(key)),
        nextStep(context, actions),
      ),
      footer(context),
    )
    this.stage.append(this.deck.element, landmarkBar(context, this.entering.landmarking))
    this.over = new Over(context, this.stage, () => this.deck)
    document.addEventListener('keydown', (event) => this.key(event), this.leaving)
    for (const ending of ['keyup', 'blur']) window.addEventListener(ending, () => this.deck.magnifier.release(), this.leaving)
  }

  end(): void {
    this.leaving.abort()
    this.over.end()
    this.deck.destroy()
  }

  private get store(): Context['store'] {
    return this.context.store
  }

  private formActions(): FormActions {
    return {
      giveVerdict: (visibility) => this.entering.giveVerdict(visibility),
      measure: () => this.entering.drawing.start('length'),
      mark: () => this.entering.startMark(),
      region: () => this.entering.drawing.start('region'),
      takeOffer: () => this.entering.drawing.takeOffer(),
      leave: () => this.store.update(leave),
      lock: () => this.lock(),
      sign: () => this.sign(),
      reopen: () => this.reopen(),
      resolve: (choice) => void this.resolve(choice),
      sliceOf: (finding) => this.sliceOf(finding),
      goTo: (cell) => this.store.update((state) => selectCell(state, cell)),
    }
  }

  private newDeck(): Deck {
    return new Deck(this.context, {
      measured: (measurement, shelf) => this.entering.measured(measurement, shelf),
      drawing: (pane, point) => this.entering.drawing.press(pane, point),
      correct: () => this.entering.landmarking.start(),
      complete: () => void this.lookAhead(),
    })
  }

  /** Another step brings other series: the panes begin anew, what was decoded stays in memory. */
  private renewDeck(): void {
    this.deck.destroy()
    this.deck.element.remove()
    this.deck = this.newDeck()
    this.stage.prepend(this.deck.element)
  }

  private lock(): void {
    const state = this.store.get()
    const step = lockableStep(state)
    if (step) return this.context.put({ kind: 'lock', step: step.code, body: 'locked' })
    if (isLadder(state.steps) && mayRead(state)) this.store.update((now) => ({ ...now, notice: 'step-not-ready' }))
  }

  private reopen(): void {
    if (this.store.get().mayReopen) askToReopen(this.context, () => location.reload())
  }

  private sign(): void {
    if (!this.saving || !mayRead(this.store.get())) return
    askToSign(this.context, this.saving.autosave, (read) => void this.signed(read))
  }

  private key(event: KeyboardEvent): void {
    const target = event.target instanceof HTMLElement ? event.target : document.body
    if (event.isComposing || target.closest('dialog')) return
    if (isTyping(target)) return leaveField(target, event)
    if (event.key === ' ' && target.closest('button, a, summary')) return
    if (this.entering.landmarking.key(event) || this.entering.drawing.key(event)) return event.preventDefault()
    const command = commandFor(event)
    if (!command) return
    event.preventDefault()
    this.store.update((state) => (state.notice ? { ...state, notice: null } : state))
    this.obey(command)
  }

  private obey(command: Command): void {
    const { store, deck } = this
    if (this.over.obey(command)) return
    switch (command.do) {
      case 'lesion':
        return store.update((state) => selectLesion(state, command.index))
      case 'next-lesion':
        return store.update((state) => (mayRead(state) ? goOn(state) : stepLesion(state, 1)))
      case 'previous-lesion':
        return store.update((state) => stepLesion(state, -1))
      case 'verdict':
        return this.entering.giveVerdict(command.visibility)
      case 'clear-verdict':
        return this.entering.clear()
      case 'step':
        return store.update((state) => selectStep(state, command.judged))
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
      case 'region':
        return this.entering.drawing.start(command.do)
      case 'mark':
        return this.entering.startMark()
      case 'landmarks':
        return this.entering.landmarking.start()
      case 'place':
        return this.entering.startLesion()
      case 'confidence':
        return this.entering.stepConfidence(command.by)
      case 'signal':
        return this.entering.stepSignal(command.by)
      case 'comment':
        return document.getElementById('comment')?.focus()
      case 'key-image':
        return this.keepImage()
      case 'lock':
        return this.lock()
      case 'sign':
        return this.sign()
      case 'next-case':
        return this.openNext()
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
        return store.update(toggleMpr)
      case 'tiles':
        return store.update(stepTiles)
      case 'slab':
        return undefined
      case 'play':
        return deck.cine.toggle()
      case 'faster':
        return deck.cine.faster(command.by)
      case 'magnify':
        return deck.magnify()
      case 'marks':
        return store.update((state) => ({ ...state, marks: !state.marks }))
      case 'keys':
        return showKeys(this.context.texts())
      case 'escape':
        return store.update(leave)
    }
  }

  /** The first images of the next case, once; quietly, because nobody asked for them. */
  private async lookAhead(): Promise<void> {
    const next = this.store.get().case.next_case
    if (!next || this.isAhead) return
    this.isAhead = true
    this.isAhead = await fetchAhead(this.context.client, next).catch(() => true)
  }

  private keepImage(): void {
    if (this.deck.focused) toggleKeyImage(this.context, this.deck.focused)
  }

  /** After the signature other visits and cases may be open. */
  private async signed(read: CaseRead): Promise<void> {
    this.store.update((state) => withRead(state, read))
    const { client, name } = this.context
    const fresh = await client.case(name).catch((error: unknown) => (error instanceof Problem ? null : Promise.reject(error)))
    if (fresh) this.store.update((state) => withWhatIsNext(state, fresh))
  }

  private openNext(): void {
    const { readState, case: theCase } = this.store.get()
    const mayLeave = readState !== 'draft' || !this.saving?.autosave.hasUnsaved
    if (theCase.next_case && mayLeave) follow(theCase.next_case)
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
      const theirs = { ...save.entry, body: save.theirs } as Entry
      this.store.update((state) => putEntry(state, theirs))
    }
    await this.saving?.autosave.resolve(choice)
  }
}

/** Escape leaves a field, Enter a choice; then keys act again. */
function leaveField(field: HTMLElement, event: KeyboardEvent): void {
  const isDone = event.key === 'Escape' || (event.key === 'Enter' && field.tagName === 'SELECT')
  if (!isDone) return
  event.preventDefault()
  field.blur()
}
