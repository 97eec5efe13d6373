/** A list is filtered as soon as a choice is made; without scripts its button does it. */
export function filterAtOnce(page: Document): void {
  page.addEventListener('change', (event) => {
    if (event.target instanceof HTMLSelectElement) event.target.closest<HTMLFormElement>('form.filter')?.requestSubmit()
  })
}
