/** Rows chosen for one act: a box that chooses every row of a table, and how many are chosen beside the acts. */

/** What the box of a whole table shows for so many chosen rows of all. */
export function boxOf(nChosen: number, nAll: number): { readonly checked: boolean; readonly indeterminate: boolean } {
  return { checked: nAll > 0 && nChosen === nAll, indeterminate: nChosen > 0 && nChosen < nAll }
}

const WHOLE = 'input[data-chooses]'

function rowsOf(whole: HTMLInputElement): readonly HTMLInputElement[] {
  const boxes = whole.closest('table')?.querySelectorAll<HTMLInputElement>(`tbody input[type=checkbox][name="${whole.dataset['chooses'] ?? ''}"]`)
  return [...(boxes ?? [])]
}

function show(form: HTMLFormElement): void {
  let nChosen = 0
  for (const whole of form.querySelectorAll<HTMLInputElement>(WHOLE)) {
    const rows = rowsOf(whole)
    const chosen = rows.filter((row) => row.checked).length
    Object.assign(whole, boxOf(chosen, rows.length))
    whole.hidden = rows.length < 2
    nChosen += chosen
  }
  for (const said of form.querySelectorAll<HTMLElement>('[data-chosen]')) {
    said.textContent = nChosen > 0 ? (said.dataset['chosen'] ?? '').replace('{n}', String(nChosen)) : ''
  }
}

/** Follows the boxes of every list, those that a browser fills in again when one comes back to the page too. */
export function chooseRows(page: Document): void {
  const forms = new Set([...page.querySelectorAll<HTMLInputElement>(WHOLE)].flatMap((whole) => whole.form ?? []))
  for (const form of forms) {
    form.addEventListener('change', (event) => {
      const box = event.target
      if (box instanceof HTMLInputElement && box.matches(WHOLE)) for (const row of rowsOf(box)) row.checked = box.checked
      show(form)
    })
    addEventListener('pageshow', () => show(form))
    show(form)
  }
}
