import { Problem, type CaseRead } from '../../api/client'
import type { Autosave } from '../../reading/autosave'
import { openCells } from '../../reading/cells'
import { stepToLock } from '../../reading/steps'
import { said } from '../../text/language'
import type { Context } from '../context'
import { fill, h, type Child } from '../dom'
import { openDialog } from './dialog'
import { field, oneOf } from './form-parts'

/** Open cells named one by one before the rest is only counted. */
const NAMED = 6

/** Asks for the password and signs; says first what is still open. */
export function askToSign(context: Context, autosave: Autosave, signed: (read: CaseRead) => void): void {
  const texts = context.texts()
  const { case: theCase } = context.store.get()
  const visit = said(theCase.timepoint.label, context.language.get())
  openDialog(texts.sign.title, 'sign', (close) => [
    h('header', {}, h('h2', {}, texts.sign.title)),
    h('p', {}, texts.sign.lead(theCase.case_code, visit)),
    ...(blockers(context, autosave.hasUnsaved) ?? [signForm(context, autosave.version, close, signed)]),
    h('button', { type: 'button', class: 'quiet', on: { click: close } }, texts.cancel),
  ])
}

function blockers({ store, texts: speak }: Context, hasUnsaved: boolean): Child[] | null {
  const texts = speak()
  const { findings, lesions, steps } = store.get()
  const open = openCells(findings, lesions, steps)
  const unlocked = stepToLock(steps)
  if (open.length === 0 && unlocked) return [h('p', { class: 'problem' }, texts.sign.unlocked(texts.steps[unlocked.judges]))]
  if (open.length === 0) return hasUnsaved ? [h('p', { class: 'problem' }, texts.sign.unsaved)] : null
  const label = (id: string): string => lesions.find((lesion) => lesion.id === id)?.label ?? ''
  const named = open.slice(0, NAMED).map(({ lesionId, judged, lack }) => h('li', {}, `${label(lesionId)} · ${texts.steps[judged]}: ${texts.form.lacks[lack]}`))
  const more = open.length - named.length
  return [h('p', { class: 'problem' }, texts.sign.open(open.length)), h('ul', {}, ...named, more > 0 && h('li', {}, texts.sign.more(more)))]
}

function signForm({ client, name, texts: speak }: Context, version: number, close: () => void, signed: (read: CaseRead) => void): HTMLElement {
  const texts = speak()
  const meaning = oneOf('meaning', texts.sign.meaning, texts.sign.meanings)
  const password = h('input', { id: 'password', type: 'password', autocomplete: 'current-password', required: true })
  const problem = h('p', { class: 'problem', role: 'alert' })
  const act = h('button', { type: 'submit', class: 'primary' }, texts.sign.act)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    act.disabled = true
    try {
      const read = await client.sign(name, password.value, meaning.chosen(), version)
      close()
      signed(read)
    } catch (error) {
      act.disabled = false
      fill(problem, error instanceof Problem ? error.message : texts.problems.unexpected)
      password.select()
    }
  }
  return h(
    'form',
    { on: { submit: (event) => void submit(event) } },
    meaning.element,
    field('password', texts.sign.password, password),
    problem,
    act,
  )
}
