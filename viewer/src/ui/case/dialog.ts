import { fill, h, type Child } from '../dom'

/** Shows a modal dialog and answers its closing; Escape and the backdrop close it. */
export function openDialog(label: string, className: string, inside: (close: () => void) => Child[]): HTMLDialogElement {
  const dialog = h('dialog', { class: `dialog ${className}`, 'aria-label': label })
  const close = (): void => dialog.close()
  fill(dialog, h('div', { class: 'sheet' }, ...inside(close)))
  dialog.addEventListener('close', () => dialog.remove())
  dialog.addEventListener('click', (event) => event.target === dialog && close())
  document.body.append(dialog)
  dialog.showModal()
  return dialog
}
