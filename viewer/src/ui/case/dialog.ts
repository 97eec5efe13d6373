import { fill, h, type Child } from '../dom'

/** Shows a modal dialog and answers its closing; Escape and the backdrop close it, Enter on a choice accepts its form. */
export function openDialog(label: string, className: string, inside: (close: () => void) => Child[]): HTMLDialogElement {
  const dialog = h('dialog', { class: `dialog ${className}`, 'aria-label': label })
  const close = (): void => dialog.close()
  fill(dialog, h('div', { class: 'sheet' }, ...inside(close)))
  dialog.addEventListener('close', () => dialog.remove())
  dialog.addEventListener('click', (event) => event.target === dialog && close())
  dialog.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.target instanceof HTMLSelectElement)) return
    event.preventDefault()
    event.target.form?.requestSubmit()
  })
  document.body.append(dialog)
  dialog.showModal()
  return dialog
}
