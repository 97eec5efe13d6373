/** Questions that are asked only for certain answers to another one: shown, and sent, only then. */

/** Whether a question is asked, given the answers of the one it hangs on and those it is asked for. */
export function isAsked(given: readonly string[], wanted: readonly string[]): boolean {
  return given.some((answer) => wanted.includes(answer))
}

/** Opens and closes the questions of a form in their order; what is typed in a closed one is kept, not sent. */
function openAndClose(form: HTMLFormElement): void {
  if (form.querySelector(':scope > fieldset:disabled')) return
  for (const question of form.querySelectorAll<HTMLElement>('[data-when]')) {
    const given = new FormData(form).getAll(question.dataset['when'] ?? '').map(String)
    const asked = isAsked(given, (question.dataset['answers'] ?? '').split(' '))
    question.classList.toggle('closed', !asked)
    for (const input of question.querySelectorAll<HTMLInputElement>('input, select, textarea')) input.disabled = !asked
  }
}

/** Follows every form of a page, those that are fetched later too. */
export function followConditions(page: Document): void {
  const all = (): void => page.querySelectorAll<HTMLFormElement>('form.entry').forEach(openAndClose)
  page.addEventListener('change', (event) => {
    const form = event.target instanceof Element ? event.target.closest<HTMLFormElement>('form.entry') : null
    if (form) openAndClose(form)
  })
  page.addEventListener('htmx:load', all)
  all()
}
