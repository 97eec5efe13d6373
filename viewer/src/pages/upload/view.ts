/** What the sending page shows: how far all of it and each file is, what holds it up, and what came of it. */
import { fill, h, setText } from '../../ui/dom'
import type { Intake, Upload } from '../../api/uploads'
import type { Part, Progress } from './sending'
import { percent, sizeText, spanText, type Words } from './words'

const MOST_ROWS = 400

/** What the buttons of the page do. */
export interface Hands {
  readonly pause: () => void
  readonly goOn: () => void
  readonly discard: () => void
}

/** The part of the page that the script fills. */
export class View {
  readonly element = h('div', { class: 'sending-state' })
  private readonly said = h('p', { class: 'sending-said', role: 'status' })
  private readonly figures = h('p', { class: 'sending-figures muted' })
  private readonly bar = h('progress', { max: 1, value: 0 })
  private readonly pauseButton: HTMLButtonElement
  private readonly goOnButton: HTMLButtonElement
  private readonly discardButton: HTMLButtonElement
  private readonly buttons: HTMLElement
  private readonly onTheWay = h('ul', { class: 'on-the-way' })
  private readonly rows = h('tbody')
  private readonly all: HTMLDetailsElement
  private readonly result = h('div', { class: 'sending-result' })
  private states: HTMLElement[] = []

  constructor(
    private readonly words: Words,
    hands: Hands,
  ) {
    const button = (key: string, act: () => void): HTMLButtonElement => h('button', { type: 'button', class: 'button', on: { click: act } }, words(key))
    this.pauseButton = button('pause', hands.pause)
    this.goOnButton = button('goOn', hands.goOn)
    this.discardButton = button('discard', hands.discard)
    this.buttons = h('div', { class: 'buttons' }, this.pauseButton, this.goOnButton, this.discardButton)
    this.bar.setAttribute('aria-label', words('progress'))
    const head = h('thead', {}, h('tr', {}, ...['file', 'size', 'state'].map((key) => h('th', { scope: 'col', ...(key === 'size' ? { class: 'number' } : {}) }, words(key)))))
    this.all = h('details', { class: 'all-files' }, h('summary', {}, words('allFiles')), h('div', { class: 'scroll' }, h('table', {}, head, this.rows)))
    fill(this.element, this.said, this.bar, this.figures, this.buttons, this.onTheWay, this.result, this.all)
  }

  /** Shows a sentence alone: what is being prepared, or why it does not go on. */
  say(text: string, tone: '' | 'warning' | 'error' | 'good' = ''): void {
    this.said.className = `sending-said${tone ? ` notice ${tone}` : ''}`
    setText(this.said, text)
  }

  /** Shows how far the sending is. */
  show(progress: Progress): void {
    const { parts, hold, nBytes, nBytesSent, nSent, perSecond } = progress
    this.bar.max = Math.max(nBytes, 1)
    this.bar.value = nBytesSent
    this.say(this.words(hold?.kind ?? 'sends'), hold === null || hold.kind === 'paused' ? '' : 'warning')
    const again = hold && 'untilMs' in hold ? [this.words('again', { time: spanText((hold.untilMs - Date.now()) / 1000) })] : []
    const left = perSecond > 0 && !hold ? [`${sizeText(perSecond)}/s`, this.words('left', { time: spanText((nBytes - nBytesSent) / perSecond) })] : []
    const sent = [this.words('counted', { n: nSent, all: parts.length }), `${sizeText(nBytesSent)} / ${sizeText(nBytes)}`, `${percent(nBytesSent, nBytes)} %`]
    setText(this.figures, [...sent, ...left, ...again].join(' · '))
    this.pauseButton.hidden = hold !== null
    this.goOnButton.hidden = hold === null
    setText(this.goOnButton, this.words(hold?.kind === 'broken' || hold?.kind === 'full' ? 'tryNow' : 'goOn'))
    fill(this.onTheWay, ...parts.filter((part) => part.state === 'sending').map((part) => this.line(part)))
    this.showRows(parts)
  }

  /** Shows the intake while it runs. */
  showIntake(intake: Intake, upload: Upload): void {
    this.end()
    const all = Math.max(intake.n_announced ?? upload.n_files, intake.n_files, 1)
    this.bar.max = all
    this.bar.value = intake.n_files
    const waits = upload.state === 'sent' && intake.n_files === 0
    if (upload.failure) this.say(this.words('stopped', { why: this.words(`failure-${upload.failure}`) }), 'warning')
    else this.say(this.words(waits ? 'waits' : 'takes', { number: intake.number }))
    setText(this.figures, `${this.words('counted', { n: intake.n_files, all })} · ${this.outcomes(intake)}`)
  }

  /** Shows what came of it. */
  showResult(intake: Intake, language: string): void {
    const missing = intake.expected.filter((one) => !one.arrived)
    const said = missing.length > 0 ? 'doneMissing' : intake.quarantined > 0 ? 'doneHeld' : 'done'
    this.say(this.words(said, { number: intake.number, held: intake.quarantined, missing: missing.length }), said === 'done' ? 'good' : 'warning')
    this.bar.hidden = true
    setText(this.figures, this.outcomes(intake))
    const absent = missing.map((one) => h('li', {}, h('span', { class: 'tag error' }, this.words('missing')), ' ', language === 'ja' ? one.label.ja : one.label.en))
    const nHere = intake.expected.length - missing.length
    const reasons = intake.reasons.map((one) => h('li', {}, h('span', { class: 'tag error' }, one.n_files), h('span', {}, h('strong', {}, this.words(`reason-${one.code}`)), ' ', h('span', { class: 'muted' }, this.advice(one.code)))))
    const address = `/submissions/${intake.number}`
    fill(
      this.result,
      reasons.length > 0 && h('h3', {}, this.words('held')),
      reasons.length > 0 && h('ul', { class: 'reasons' }, ...reasons),
      intake.expected.length > 0 && h('h3', {}, this.words('expected'), ' ', h('span', { class: 'muted' }, this.words('here', { n: nHere, all: intake.expected.length }))),
      h('ul', { class: 'expected' }, ...absent),
      h('div', { class: 'buttons' }, h('a', { class: 'button primary', href: `${address}/receipt` }, this.words('receipt')), h('a', { class: 'button', href: address }, this.words('report')), h('a', { class: 'button', href: location.href }, this.words('another'))),
    )
  }

  /** Takes the buttons of the sending away. */
  end(): void {
    this.buttons.hidden = true
    fill(this.onTheWay)
  }

  private advice(code: string): string {
    return this.words.knows(`advice-${code}`) ? this.words(`advice-${code}`) : ''
  }

  private outcomes(intake: Intake): string {
    return this.words('outcomes', { archived: intake.archived, duplicates: intake.duplicates, held: intake.quarantined })
  }

  private line(part: Part): HTMLElement {
    const bar = h('progress', { max: Math.max(part.size, 1), value: part.received, 'aria-label': part.name })
    return h('li', {}, h('span', { class: 'ellipsis', title: part.name }, part.name), bar, h('span', { class: 'number' }, `${percent(part.received, part.size)} %`))
  }

  private showRows(parts: readonly Part[]): void {
    if (this.states.length === 0) {
      this.states = parts.slice(0, MOST_ROWS).map(() => h('td'))
      const rows = this.states.map((state, place) => h('tr', {}, h('th', { scope: 'row', class: 'ellipsis' }, parts[place]?.name), h('td', { class: 'number' }, sizeText(parts[place]?.size ?? 0)), state))
      const more = parts.length > MOST_ROWS && h('tr', {}, h('td', { colspan: 3, class: 'muted' }, this.words('more', { n: parts.length - MOST_ROWS })))
      fill(this.rows, ...rows, more)
    }
    this.states.forEach((state, place) => {
      const part = parts[place]
      if (part) setText(state, part.state === 'sending' ? `${percent(part.received, part.size)} %` : this.words(`part-${part.state}`))
    })
  }
}
