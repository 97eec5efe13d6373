import { Problem, type CaseLesion, type LesionIn } from '../../api/client'
import type { Vec3 } from '../../geometry/vector'
import { said } from '../../text/language'
import type { Context } from '../context'
import { fill, h } from '../dom'
import type { PaneView } from '../panes/pane-view'
import { openDialog } from './dialog'
import { parseDiameter } from './fields'
import { field, segmentChoice } from './form-parts'

const LABEL = /^[A-Z][0-9]{1,3}$/

/** Asks what the placed lesion is called and adds it to the list. */
export function askForLesion(context: Context, position: Vec3, pane: PaneView, added: (lesion: CaseLesion) => void): void {
  const texts = context.texts()
  const { shelf, picture } = pane
  const { frame } = picture
  if (!shelf || !frame?.position) return
  const where = texts.newLesion.at(said(shelf.series.label, context.language.get()), picture.index + 1)
  const place = { series_uid: shelf.series.series_uid, position_mm: [...position] as [number, number, number] }
  openDialog(texts.newLesion.title, 'new-lesion', (close) => [
    h('header', {}, h('h2', {}, texts.newLesion.title)),
    h('p', { class: 'muted' }, where),
    lesionForm(context, place, (lesion) => {
      close()
      added(lesion)
    }),
    h('button', { type: 'button', class: 'quiet', on: { click: close } }, texts.cancel),
  ])
}

type Place = Pick<LesionIn, 'series_uid' | 'position_mm'>

function lesionForm({ client, name, store, texts: speak }: Context, place: Place, added: (lesion: CaseLesion) => void): HTMLElement {
  const texts = speak()
  const taken = store.get().lesions.map(({ label }) => label)
  const label = h('input', { id: 'new-label', value: freeLabel(taken), required: true, autocomplete: 'off' })
  const segment = segmentChoice('new-segment', texts)
  const diameter = h('input', { id: 'new-diameter', inputmode: 'decimal', autocomplete: 'off' })
  const problem = h('p', { class: 'problem', role: 'alert' })
  const act = h('button', { type: 'submit', class: 'primary' }, texts.newLesion.act)
  const wrong = (): string | null => {
    if (!LABEL.test(label.value)) return texts.newLesion.badLabel
    if (taken.includes(label.value)) return texts.newLesion.takenLabel
    return diameter.value.trim() && !parseDiameter(diameter.value) ? texts.form.badDiameter : null
  }
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const found = wrong()
    fill(problem, found)
    if (found) return
    act.disabled = true
    try {
      added(await client.placeLesion(name, { ...place, label: label.value, segment: segment.value, diameter_mm: parseDiameter(diameter.value) }))
    } catch (error) {
      act.disabled = false
      fill(problem, error instanceof Problem ? error.message : texts.problems.unexpected)
    }
  }
  return h(
    'form',
    { on: { submit: (event) => void submit(event) } },
    field('new-label', texts.newLesion.label, label),
    field('new-segment', texts.newLesion.segment, segment),
    field('new-diameter', `${texts.newLesion.diameter} (mm)`, diameter),
    problem,
    act,
  )
}

/** The next label after the highest number in use. */
export function freeLabel(taken: readonly string[]): string {
  const numbers = taken.map((label) => Number(label.slice(1))).filter(Number.isFinite)
  return `L${Math.max(0, ...numbers) + 1}`
}
