import { Problem } from '../../api/client'
import type { Context } from '../context'
import { fill, h } from '../dom'
import { openDialog } from './dialog'
import { field } from './form-parts'

/** Shorter words are no reason. */
const SHORTEST_REASON = 3

/** Asks for the reason and begins a new version of the signed read. */
export function askToReopen({ client, name, texts: speak }: Context, reopened: () => void): void {
  const texts = speak()
  const reason = h('textarea', { id: 'reopen-reason', rows: 3, maxlength: 500, required: true })
  const problem = h('p', { class: 'problem', role: 'alert' })
  const act = h('button', { type: 'submit', class: 'primary' }, texts.reopen.act)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (reason.value.trim().length < SHORTEST_REASON) return fill(problem, texts.reopen.short)
    act.disabled = true
    try {
      await client.reopen(name, reason.value.trim())
      reopened()
    } catch (error) {
      act.disabled = false
      fill(problem, error instanceof Problem ? error.message : texts.problems.unexpected)
    }
  }
  openDialog(texts.reopen.title, 'reopen', (close) => [
    h('header', {}, h('h2', {}, texts.reopen.title)),
    h('p', {}, texts.reopen.lead),
    h('form', { on: { submit: (event) => void submit(event) } }, field('reopen-reason', texts.reopen.reason, reason), problem, act),
    h('button', { type: 'button', class: 'quiet', on: { click: close } }, texts.cancel),
  ])
}
