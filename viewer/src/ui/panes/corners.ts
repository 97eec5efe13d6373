import type { Case } from '../../api/client'
import type { Language } from '../../text/language'
import { said, textsOf } from '../../text/language'
import { choices } from '../../series/hanging'
import type { PresetName } from '../../series/windows'
import { fill, h, setText } from '../dom'

/** How the pane's link to the reference pane reads. */
export interface LinkText {
  readonly glyph: string
  readonly text: string
  readonly help: string
  readonly tone: 'good' | 'warning' | 'muted'
}

/** All that stands at the edges of a pane. */
export interface CornerTexts {
  readonly seriesKey: string | null
  readonly inStep: boolean
  /** The visit, where it must be told apart from the one being read. */
  readonly visit: string
  readonly slice: string
  /** The button that plays the slices; null where there is one slice only. */
  readonly cine: { readonly playing: boolean; readonly text: string; readonly label: string } | null
  readonly bValues: readonly { readonly label: string; readonly pressed: boolean }[]
  readonly link: LinkText | null
  readonly warnings: readonly string[]
  readonly window: string
  readonly presets: readonly { readonly name: PresetName; readonly label: string; readonly chosen: boolean }[]
  readonly scale: string
  readonly place: string
  readonly value: string
  readonly letters: readonly [left: string, right: string, top: string, bottom: string]
  readonly problem: string | null
}

export interface CornerActions {
  play(): void
  chooseSeries(key: string): void
  chooseStack(index: number): void
  choosePreset(name: PresetName): void
  full(): void
  /** Corrects by landmarks how this pane's series lies to another. */
  correct(): void
}

export const NO_TEXTS: CornerTexts = {
  seriesKey: null,
  inStep: false,
  visit: '',
  slice: '',
  cine: null,
  bValues: [],
  link: null,
  warnings: [],
  window: '',
  presets: [],
  scale: '',
  place: '',
  value: '',
  letters: ['', '', '', ''],
  problem: null,
}

/** The texts and small controls at the edges of one pane. */
export class Corners {
  readonly element = h('div', { class: 'corners' })
  private readonly series = h('select', { class: 'series' })
  private readonly visit = h('span', { class: 'visit' })
  private readonly slice = h('span', { class: 'slice' })
  private readonly cine = h('button', { type: 'button', class: 'cine' })
  private readonly bValues = h('div', { class: 'b-values', role: 'group' })
  private readonly link = h('button', { type: 'button', class: 'link' })
  private readonly warnings = h('ul', { class: 'warnings' })
  private readonly presets = h('select', { class: 'window' })
  private readonly scale = h('span', {})
  private readonly place = h('span', { class: 'place' })
  private readonly value = h('span', { class: 'value' })
  private readonly problem = h('p', { class: 'problem', role: 'alert', hidden: true })
  private readonly letters = ['left', 'right', 'top', 'bottom'].map((side) => h('span', { class: `letter ${side}` }))
  private shown: CornerTexts = NO_TEXTS

  constructor(
    private readonly number: number,
    private readonly theCase: Case,
    private readonly actions: CornerActions,
  ) {
    this.cine.addEventListener('click', () => actions.play())
    this.series.addEventListener('change', () => {
      actions.chooseSeries(this.series.value)
      this.series.blur()
    })
    this.link.addEventListener('click', () => {
      actions.correct()
      this.link.blur()
    })
    this.presets.addEventListener('change', () => {
      actions.choosePreset(this.presets.value as PresetName)
      this.presets.blur()
    })
    this.element.append(
      h('div', { class: 'corner top-left' }, this.series, h('span', { class: 'row' }, this.visit, this.slice, this.cine), this.bValues),
      h('div', { class: 'corner top-right' }, this.link, this.warnings),
      h('div', { class: 'corner bottom-left' }, this.value, h('span', { class: 'row' }, this.presets, this.scale)),
      h('div', { class: 'corner bottom-right' }, this.place),
      ...this.letters,
      this.problem,
    )
  }

  /** Writes labels in another language; the next `show` writes the rest. */
  speak(language: Language): void {
    const texts = textsOf(language)
    this.series.setAttribute('aria-label', texts.pane.choose(this.number))
    this.presets.setAttribute('aria-label', texts.pane.preset)
    this.bValues.setAttribute('aria-label', texts.pane.bValues)
    const visits = this.theCase.timepoints.map(({ code, label }) =>
      h('optgroup', { label: said(label, language) }, ...this.options(code, language)),
    )
    fill(this.series, h('option', { value: '', hidden: true }, texts.pane.empty), ...visits)
    this.shown = NO_TEXTS
  }

  show(texts: CornerTexts): void {
    const before = this.shown
    this.shown = texts
    if (this.series.value !== texts.seriesKey) this.series.value = texts.seriesKey ?? ''
    this.element.classList.toggle('in-step', texts.inStep)
    setText(this.visit, texts.visit)
    setText(this.slice, texts.slice)
    if (changed(before.cine, texts.cine)) this.showCine(texts)
    if (changed(before.bValues, texts.bValues)) this.showBValues(texts)
    if (changed(before.link, texts.link)) this.showLink(texts.link)
    if (changed(before.warnings, texts.warnings)) fill(this.warnings, ...texts.warnings.map((text) => h('li', {}, `⚠ ${text}`)))
    if (changed([before.window, before.presets], [texts.window, texts.presets])) this.showWindow(texts)
    setText(this.scale, texts.scale)
    setText(this.place, texts.place)
    setText(this.value, texts.value)
    this.letters.forEach((letter, n) => setText(letter, texts.letters[n] ?? ''))
    this.problem.hidden = texts.problem === null
    setText(this.problem, texts.problem ?? '')
  }

  private options(timepoint: string, language: Language): HTMLOptionElement[] {
    return choices(this.theCase.series)
      .filter((one) => one.timepoint === timepoint)
      .map((one) => h('option', { value: one.key }, said(one.label, language)))
  }

  private showCine({ cine }: CornerTexts): void {
    this.cine.hidden = cine === null
    if (!cine) return
    setText(this.cine, cine.text)
    this.cine.setAttribute('aria-pressed', String(cine.playing))
    this.cine.setAttribute('aria-label', cine.label)
    this.cine.title = cine.label
  }

  private showBValues({ bValues }: CornerTexts): void {
    const buttons = bValues.map(({ label, pressed }, index) =>
      h('button', { type: 'button', 'aria-pressed': String(pressed), on: { click: () => this.actions.chooseStack(index) } }, label),
    )
    fill(this.bValues, ...buttons)
  }

  private showLink(link: LinkText | null): void {
    this.link.className = `link ${link?.tone ?? ''}`
    this.link.title = link?.help ?? ''
    fill(this.link, link && h('span', { 'aria-hidden': 'true' }, `${link.glyph} `), link?.text)
  }

  private showWindow({ window, presets }: CornerTexts): void {
    const chosen = presets.find((preset) => preset.chosen)
    const now = h('option', { value: '', selected: true, hidden: true }, chosen ? `${window} · ${chosen.label}` : window)
    fill(this.presets, now, ...presets.map(({ name, label }) => h('option', { value: name }, label)))
    this.presets.hidden = window === ''
  }
}

const changed = (before: unknown, now: unknown): boolean => JSON.stringify(before) !== JSON.stringify(now)
