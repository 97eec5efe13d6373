import type { Adjudication, Case, Client, DisputedLesion, ReadingSequence } from '../../api/client'
import type { Vec3 } from '../../geometry/vector'
import type { Shelf } from '../../images'
import type { Shown } from '../../navigation'
import { cellKey } from '../../reading/cells'
import { hangBoth, idOf, lesionsToSettle, readOnSide, sequenceToShow, SIDES, undecided, type Side } from '../../reading/settling'
import type { WindowMemory } from '../../series/window-memory'
import { textsOf, type Language } from '../../text/language'
import { isTyping, type Command } from '../../workspace/keymap'
import { leave, letGo, maximise, openWorkspace, showAll, stepFocus, type Workspace } from '../../workspace/state'
import { createStore, type Store } from '../../workspace/store'
import { inspection } from '../case/inspection'
import { fill, h } from '../dom'
import { Deck } from '../panes/deck'
import type { PaneView } from '../panes/pane-view'
import { bothReads } from './beside'
import { Choosing } from './choosing'
import { follow, inView, type AdjudicationContext } from './context'
import { askedBy, showAdjudicationKeys, type Asked } from './keys'
import { lesionsToSettleList } from './lesions'
import { Settling } from './settling'
import { askToDecide } from './sign'
import { adjudicationBar } from './top'

/** Opens an adjudication in the page: the same images twice, each with one read's marks. */
export function openAdjudication(root: HTMLElement, client: Client, adjudication: Adjudication, theCase: Case, windows: WindowMemory, language: Store<Language> & { end(): void }): Shown {
  const page = new AdjudicationPage(client, adjudication, theCase, windows, language)
  fill(root, page.element)
  document.title = `${adjudication.case_code} · Casebook`
  return {
    mayLeave: () => !page.context.settling.hasUnsaved,
    end() {
      page.end()
      language.end()
      delete window.casebook
    },
  }
}

class AdjudicationPage {
  readonly element: HTMLElement
  readonly context: AdjudicationContext
  private readonly deck: Deck
  private readonly choosing: Choosing
  private readonly leaving = new AbortController()

  constructor(client: Client, adjudication: Adjudication, theCase: Case, windows: WindowMemory, language: Store<Language>) {
    this.context = this.contextOf(client, adjudication, theCase, windows, language)
    this.deck = new Deck(this.context, {
      measured: (measurement) => this.store.update((state) => ({ ...letGo(state), loose: measurement })),
      drawing: () => null,
      complete: () => undefined,
      stateOn: (pane, state) => this.stateOn(pane, state),
      pointOn: (pane, shelf) => this.pointOn(pane, shelf),
    })
    this.choosing = new Choosing(this.context)
    this.nameThePanes()
    const stage = h('main', { class: 'stage' })
    stage.append(this.deck.element)
    this.element = h(
      'div',
      { class: 'workspace adjudication' },
      adjudicationBar(this.context, () => showAdjudicationKeys(this.context.texts())),
      lesionsToSettleList(this.context),
      stage,
      h('aside', { class: 'side' }, this.heading(), bothReads(this.context), this.choosing.element, this.refusal(), this.goOn()),
      this.footer(),
    )
    window.casebook = inspection(() => this.deck, this.store)
    document.addEventListener('keydown', (event) => this.key(event), this.leaving)
    window.addEventListener('beforeunload', (event) => this.context.settling.hasUnsaved && event.preventDefault(), this.leaving)
  }

  end(): void {
    this.leaving.abort()
    this.choosing.end()
    this.deck.destroy()
  }

  private get store(): Store<Workspace> {
    return this.context.store
  }

  private contextOf(client: Client, adjudication: Adjudication, theCase: Case, windows: WindowMemory, language: Store<Language>): AdjudicationContext {
    const reads = { left: readOnSide(adjudication, 'left'), right: readOnSide(adjudication, 'right') }
    const lesions = lesionsToSettle(adjudication, theCase)
    const store = createStore<Workspace>({ ...openWorkspace(theCase), lesions, lesionId: null, readState: 'none' })
    const context: AdjudicationContext = {
      client,
      name: { caseId: adjudication.case_id, timepoint: adjudication.timepoint },
      store,
      language,
      windows,
      texts: () => textsOf(language.get()),
      put: () => undefined,
      settling: new Settling(client, adjudication),
      reads,
      look: (lesionId, judged) => store.update((state) => looking(state, context, lesionId, judged)),
      decide: () => askToDecide(context),
      next: () => this.next(),
    }
    const [first] = lesions
    if (first) context.look(first.id)
    return context
  }

  /** The upper panes show what one read each drew; the lower ones only where the lesion is. */
  private stateOn(pane: PaneView, state: Workspace): Workspace {
    const side = SIDES[pane.n]
    return side ? { ...state, ...this.context.reads[side] } : state
  }

  /** Where the read of a pane put the lesion, on the series it did. */
  private pointOn(pane: PaneView, { series }: Shelf): Vec3 | null {
    const { lesionId, judged } = this.store.get()
    const side = SIDES[pane.n]
    const finding = side && lesionId ? this.context.reads[side].findings.get(cellKey({ lesionId, judged })) : undefined
    return finding?.series_uid === series.series_uid ? (finding.position_mm ?? null) : null
  }

  private nameThePanes(): void {
    const names = SIDES.map((side, n) => {
      const name = h('p', { class: `read-name ${side}` })
      this.deck.panes[n]?.element.append(name)
      return [side, name] as const
    })
    follow(this.context, () => {
      for (const [side, name] of names) fill(name, this.context.texts().adjudication.sides[side])
    })
  }

  private heading(): HTMLElement {
    const heading = h('h2', { class: 'lesion-name' })
    follow(this.context, () => {
      const { lesion } = inView(this.context)
      fill(heading, lesion ? `${lesion.label} · ${this.context.texts().lesions.segment(lesion.segment)}` : '')
    })
    return heading
  }

  private refusal(): HTMLElement {
    const said = h('p', { class: 'problem', role: 'alert' })
    follow(this.context, () => fill(said, this.context.settling.store.get().problem?.message))
    return said
  }

  private goOn(): HTMLElement {
    const place = h('div', { class: 'next' })
    follow(this.context, () => {
      const texts = this.context.texts().adjudication
      const { adjudication } = this.context.settling
      if (adjudication.state === 'decided') return fill(place, h('a', { class: 'button primary', href: '/viewer/' }, texts.back))
      const left = undecided(adjudication)
      const following = this.following()
      const isHere = following !== null && idOf(following) === this.store.get().lesionId
      const text = !following ? texts.decide : isHere ? texts.chooseFor(following.label) : `${texts.next} (${left.length})`
      fill(place, h('button', { type: 'button', class: 'primary', on: { click: () => this.next() } }, text, h('kbd', {}, 'Enter')))
    })
    return place
  }

  private footer(): HTMLElement {
    const bar = h('footer', { class: 'footer' })
    follow(this.context, () => {
      const { adjudication: texts, top, pane } = this.context.texts()
      const hints: [string, string][] = [['1 ←', texts.choose.left], ['2 →', texts.choose.right], ['J K', texts.keys.lesion], ['C D T E', texts.sequence], ['[ ]', pane.bValues], ['U', texts.comment], ['?', top.keys]]
      fill(bar, h('div', { class: 'hints' }, ...hints.map(([key, help]) => h('span', {}, h('kbd', {}, key), help))))
    })
    return bar
  }

  /** The next lesion without a choice; where all have one, the signature. */
  private next(): void {
    const following = this.following()
    if (!this.context.settling.isOpen) return
    if (!following) return this.context.decide()
    if (idOf(following) === this.store.get().lesionId) return this.choosing.focus()
    this.context.look(idOf(following))
  }

  /** The lesion without a choice that comes after the one in view, or the first of them. */
  private following(): DisputedLesion | null {
    const { disputed } = this.context.settling.adjudication
    const here = disputed.findIndex((one) => idOf(one) === this.store.get().lesionId)
    const left = disputed.filter(({ chosen }) => !chosen)
    return left.find((one) => disputed.indexOf(one) > here) ?? left[0] ?? null
  }

  private key(event: KeyboardEvent): void {
    const target = event.target instanceof HTMLElement ? event.target : document.body
    if (event.isComposing || target.closest('dialog')) return
    if (isTyping(target)) {
      if (event.key === 'Escape') target.blur()
      return
    }
    const asked = askedBy(event)
    if (!asked || (asked.do === 'next' && target.closest('button, a'))) return
    event.preventDefault()
    this.obey(asked)
  }

  private obey(asked: Asked): void {
    const { lesions, lesionId } = this.store.get()
    switch (asked.do) {
      case 'choose':
        return this.choosing.choose(asked.choice)
      case 'lesion': {
        const at = lesions.findIndex(({ id }) => id === lesionId)
        const lesion = lesions[(at + asked.by + lesions.length) % Math.max(1, lesions.length)]
        return lesion && this.context.look(lesion.id)
      }
      case 'sequence':
        return lesionId ? this.context.look(lesionId, asked.judged) : undefined
      case 'next':
        return this.next()
      case 'decide':
        return this.context.settling.isOpen ? this.context.decide() : undefined
      case 'comment':
        return this.choosing.focusComment()
      case 'keys':
        return showAdjudicationKeys(this.context.texts())
      case 'pane':
        return this.store.update((state) => stepFocus(state, 1))
      case 'picture':
        return this.picture(asked.command)
    }
  }

  private picture(command: Command): void {
    const { store, deck } = this
    switch (command.do) {
      case 'scroll':
        return deck.scroll(command.by)
      case 'first-slice':
      case 'last-slice':
        return deck.scrollToEnd(command.do === 'last-slice')
      case 'b-value':
        return deck.stepStack(command.by)
      case 'series':
        return deck.stepSeries(command.by)
      case 'maximise':
        return store.update((state) => maximise(state, command.pane))
      case 'all-panes':
        return store.update(showAll)
      case 'link':
        return store.update((state) => ({ ...state, linked: !state.linked }))
      case 'preset':
        return deck.nextPreset()
      case 'invert':
        return deck.invert()
      case 'zoom-in':
      case 'zoom-out':
        return deck.zoom(command.do === 'zoom-in' ? 1 / 1.15 : 1.15)
      case 'reset-view':
        return deck.resetView()
      case 'marks':
        return store.update((state) => ({ ...state, marks: !state.marks }))
      case 'escape':
        return store.update(leave)
    }
  }
}

/** The workspace with a lesion in view, on the sequence asked for or the first that the reads differ on. */
function looking(state: Workspace, { reads }: AdjudicationContext, lesionId: string, judged?: ReadingSequence): Workspace {
  const [left, right] = SIDES.map((side: Side) => reads[side].findings)
  if (!left || !right) return state
  const here = judged ?? sequenceToShow(left, right, lesionId)
  const hanging = hangBoth(state.case, left, right, { lesionId, judged: here })
  return { ...letGo(state), lesionId, judged: here, hanging, before: null, layout: 'hung', focused: 0, loose: null }
}
