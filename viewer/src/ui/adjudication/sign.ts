import { Problem } from '../../api/client'
import { undecided } from '../../reading/settling'
import { said } from '../../text/language'
import { openDialog } from '../case/dialog'
import { field } from '../case/form-parts'
import { fill, h } from '../dom'
import type { AdjudicationContext } from './context'

/** Asks for the password and decides; says first what is still open. */
export function askToDecide(context: AdjudicationContext): void {
  const { adjudication: texts, cancel } = context.texts()
  const { adjudication, hasUnsaved } = context.settling
  const open = undecided(adjudication)
  const blocker = open.length > 0 ? texts.sign.open(open.join(', ')) : hasUnsaved ? texts.sign.unsaved : null
  openDialog(texts.sign.title, 'sign', (close) => [
    h('header', {}, h('h2', {}, texts.sign.title)),
    h('p', {}, texts.sign.lead(adjudication.case_code, said(adjudication.timepoint_label, context.language.get()))),
    blocker ? h('p', { class: 'problem' }, blocker) : decisionForm(context, close),
    h('button', { type: 'button', class: 'quiet', on: { click: close } }, cancel),
  ])
}

function decisionForm({ client, settling, texts: speak }: AdjudicationContext, close: () => void): HTMLElement {
  const texts = speak()
  const meaning = h('select', { id: 'meaning' }, ...texts.adjudication.sign.meanings.map((text) => h('option', {}, text)))
  const password = h('input', { id: 'password', type: 'password', autocomplete: 'current-password', required: true })
  const problem = h('p', { class: 'problem', role: 'alert' })
  const act = h('button', { type: 'submit', class: 'primary' }, texts.adjudication.decide)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    act.disabled = true
    try {
      const { id, version } = settling.adjudication
      settling.decided(await client.decide(id, password.value, meaning.value, version))
      close()
    } catch (error) {
      act.disabled = false
      fill(problem, error instanceof Problem ? error.message : texts.problems.unexpected)
      password.select()
    }
  }
  return h(
    'form',
    { on: { submit: (event) => void submit(event) } },
    field('meaning', texts.sign.meaning, meaning),
    field('password', texts.sign.password, password),
    problem,
    act,
  )
}
