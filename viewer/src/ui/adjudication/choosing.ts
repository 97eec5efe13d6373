import type { ChoiceIn, DisputedLesion, ReadingSequence, Visibility } from '../../api/client'
import { SEQUENCES } from '../../reading/steps'
import { fill, h } from '../dom'
import { follow, inView, type AdjudicationContext } from './context'

type Chosen = ChoiceIn['choice']
type Third = Partial<Record<ReadingSequence, Visibility>>

const VERDICTS: readonly Visibility[] = ['visible', 'not-visible', 'not-evaluable']
const KEYS: Record<Chosen, string> = { left: '1', right: '2', third: '3' }
/** A pause in typing after which a comment is saved. */
const PAUSE_MS = 600

/** The choice between the reads for the lesion in view, with a comment. */
export class Choosing {
  readonly element = h('section', { class: 'choosing' })
  private readonly comments = new Map<string, string>()
  private readonly thirds = new Map<string, Third>()
  private readonly asksThird = new Set<string>()
  private pause = 0

  constructor(private readonly context: AdjudicationContext) {
    let shown = ''
    follow(context, () => {
      const { dispute } = inView(context)
      const typing = this.element.contains(document.activeElement) && document.activeElement?.id === 'settle-comment'
      if (typing && shown === this.nameOf(dispute)) return this.press()
      shown = this.nameOf(dispute)
      this.draw()
    })
  }

  /** Chooses for the lesion in view; a third verdict first asks for its parts. */
  choose(choice: Chosen): void {
    const { dispute } = inView(this.context)
    if (!dispute || !this.mayChoose(choice, dispute)) return
    if (choice === 'third') this.asksThird.add(dispute.label)
    else this.asksThird.delete(dispute.label)
    this.save(dispute, choice)
    this.draw()
    if (choice === 'third') this.element.querySelector<HTMLElement>('.third select')?.focus()
  }

  /** Puts the keyboard on the first choice. */
  focus(): void {
    this.element.querySelector<HTMLElement>('.sides button')?.focus()
  }

  focusComment(): void {
    document.getElementById('settle-comment')?.focus()
  }

  end(): void {
    clearTimeout(this.pause)
  }

  private nameOf(dispute: DisputedLesion | null): string {
    return `${dispute?.label ?? ''} ${this.context.language.get()} ${this.context.settling.isOpen}`
  }

  private mayChoose(choice: Chosen, dispute: DisputedLesion): boolean {
    if (!this.context.settling.isOpen) return false
    return choice !== 'third' || (this.context.settling.adjudication.may_give_third && !dispute.only_in)
  }

  private draw(): void {
    const { lesion, dispute } = inView(this.context)
    const { adjudication: texts } = this.context.texts()
    if (!lesion) return fill(this.element)
    if (!dispute) return fill(this.element, h('p', { class: 'muted' }, texts.noDispute))
    const chosen = this.chosenOf(dispute)
    fill(
      this.element,
      h('p', { class: 'muted' }, texts.why[dispute.why]),
      h('h3', { id: 'settle-verdict' }, texts.verdict),
      h('div', { class: 'sides', role: 'group', 'aria-labelledby': 'settle-verdict' }, ...this.buttons(dispute, chosen)),
      this.asksThird.has(dispute.label) || chosen === 'third' ? this.third(dispute) : null,
      this.comment(dispute),
    )
  }

  private buttons(dispute: DisputedLesion, chosen: Chosen | null): HTMLElement[] {
    const { adjudication: texts } = this.context.texts()
    return (['left', 'right', 'third'] as const)
      .filter((choice) => choice === chosen || choice !== 'third' || (this.context.settling.adjudication.may_give_third && !dispute.only_in))
      .map((choice) => {
        const pressed = chosen === choice
        return h(
          'button',
          { type: 'button', 'data-choice': choice, 'aria-pressed': String(pressed), disabled: !this.mayChoose(choice, dispute), on: { click: () => this.choose(choice) } },
          h('kbd', {}, KEYS[choice]),
          h('span', {}, `${pressed ? '✓ ' : ''}${texts.choose[choice]}`),
        )
      })
  }

  /** Shows which button is pressed without touching what is being typed. */
  private press(): void {
    const { dispute } = inView(this.context)
    const group = this.element.querySelector('.sides')
    if (dispute && group) fill(group, ...this.buttons(dispute, this.chosenOf(dispute)))
  }

  private chosenOf(dispute: DisputedLesion): Chosen | null {
    return this.asksThird.has(dispute.label) ? 'third' : (dispute.chosen?.choice ?? null)
  }

  private third(dispute: DisputedLesion): HTMLElement {
    const texts = this.context.texts()
    const said = this.thirdOf(dispute)
    const isOpen = this.context.settling.isOpen
    const line = (judged: ReadingSequence): HTMLElement => {
      const id = `third-${judged}`
      const options = VERDICTS.map((one) => h('option', { value: one, selected: said[judged] === one }, texts.verdicts[one]))
      const change = (event: Event): void => this.changeThird(dispute, judged, (event.target as HTMLSelectElement).value)
      return h('div', { class: 'field' }, h('label', { for: id }, texts.steps[judged]), h('select', { id, disabled: !isOpen, on: { change } }, h('option', { value: '' }, texts.adjudication.pick), ...options))
    }
    return h('fieldset', { class: 'third' }, h('legend', {}, texts.adjudication.third), ...SEQUENCES.map(line), h('p', { class: 'hint' }, texts.adjudication.thirdHint))
  }

  private thirdOf(dispute: DisputedLesion): Third {
    return this.thirds.get(dispute.label) ?? dispute.chosen?.third ?? {}
  }

  private changeThird(dispute: DisputedLesion, judged: ReadingSequence, value: string): void {
    const verdict = VERDICTS.find((one) => one === value)
    const { [judged]: _before, ...others } = this.thirdOf(dispute)
    this.thirds.set(dispute.label, verdict ? { ...others, [judged]: verdict } : others)
    this.save(dispute, 'third')
  }

  private comment(dispute: DisputedLesion): HTMLElement {
    const texts = this.context.texts()
    const text = this.comments.get(dispute.label) ?? dispute.chosen?.comment ?? ''
    const area = h('textarea', { id: 'settle-comment', rows: 2, maxlength: 2000, disabled: !this.context.settling.isOpen }, text)
    const keep = (): void => void this.comments.set(dispute.label, area.value)
    const save = (): void => this.saveComment(dispute.label)
    area.addEventListener('input', () => {
      keep()
      clearTimeout(this.pause)
      this.pause = window.setTimeout(save, PAUSE_MS)
    })
    area.addEventListener('change', save)
    return h('div', { class: 'field' }, h('label', { for: 'settle-comment' }, texts.adjudication.comment), area)
  }

  private saveComment(label: string): void {
    clearTimeout(this.pause)
    const dispute = this.context.settling.adjudication.disputed.find((one) => one.label === label)
    const chosen = dispute && this.chosenOf(dispute)
    const typed = (this.comments.get(label) ?? '').trim()
    if (dispute && chosen && typed !== (dispute.chosen?.comment ?? '')) this.save(dispute, chosen)
  }

  private save(dispute: DisputedLesion, choice: Chosen): void {
    const comment = (this.comments.get(dispute.label) ?? dispute.chosen?.comment ?? '').trim() || null
    if (choice !== 'third') return this.context.settling.choose(dispute.label, { choice, comment })
    const third = this.thirdOf(dispute)
    if (!comment || SEQUENCES.some((judged) => !third[judged])) return
    this.context.settling.choose(dispute.label, { choice, comment, third: third as Record<ReadingSequence, Visibility> })
    this.asksThird.delete(dispute.label)
  }
}
