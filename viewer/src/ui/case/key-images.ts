import type { KeyImageIn } from '../../api/client'
import { imageKey } from '../../reading/entries'
import { storedWindow } from '../../reading/verdict'
import { said } from '../../text/language'
import { mayRead, type Workspace } from '../../workspace/state'
import { watch } from '../../workspace/store'
import type { Context } from '../context'
import { fill, h } from '../dom'
import type { PaneView } from '../panes/pane-view'

/** Keeps the image that the pane shows with the read, or no longer. */
export function toggleKeyImage({ store, put }: Context, { picture, shelf }: PaneView): void {
  const { keyImages, lesionId } = store.get()
  const { frame, window } = picture
  if (!mayRead(store.get()) || !frame || !shelf) return
  const image = { sopUid: frame.sopUid, frame: frame.number }
  const body = { lesion_id: lesionId, series_uid: shelf.series.series_uid, sop_instance_uid: frame.sopUid, frame: frame.number, ...storedWindow(window) }
  put({ kind: 'key-image', image, body: keyImages.has(imageKey(image)) ? null : body })
}

/** The key images of the read: a click shows one, the cross lets it go. */
export function keyImageList(context: Context, show: (image: KeyImageIn) => void, add: () => void): HTMLElement {
  const { store, language } = context
  const box = h('details', { class: 'places key-images' })
  let shown = 0
  const draw = (): void => {
    const texts = context.texts()
    const state = store.get()
    box.hidden = state.readState === 'none'
    if (state.keyImages.size > shown) box.open = true
    shown = state.keyImages.size
    const lines = [...state.keyImages.values()].map((image) => line(context, state, image, () => show(image)))
    fill(
      box,
      h('summary', {}, texts.keyImages.title(lines.length)),
      lines.length > 0 ? h('ul', {}, ...lines) : h('p', { class: 'muted' }, texts.keyImages.none),
      mayRead(state) && h('button', { type: 'button', class: 'add-image', on: { click: add } }, `★ ${texts.keyImages.add}`, h('kbd', {}, 'F')),
    )
  }
  watch(store, ({ keyImages, readState, case: theCase, lesions }) => [keyImages, readState, theCase, lesions], draw)
  language.subscribe(draw)
  return box
}

function line({ put, texts: speak, language }: Context, state: Workspace, image: KeyImageIn, show: () => void): HTMLElement {
  const texts = speak()
  const series = state.case.series.find(({ series_uid }) => series_uid === image.series_uid)
  const lesion = state.lesions.find(({ id }) => id === image.lesion_id)
  const name = [lesion?.label, series ? said(series.label, language.get()) : texts.keyImages.instance].filter(Boolean).join(' · ')
  const remove = (): void => put({ kind: 'key-image', image: { sopUid: image.sop_instance_uid, frame: image.frame ?? 1 }, body: null })
  return h(
    'li',
    { class: 'kept' },
    h('button', { type: 'button', on: { click: show } }, `★ ${name}`),
    mayRead(state) && h('button', { type: 'button', class: 'quiet', 'aria-label': texts.keyImages.remove(name), title: texts.keyImages.remove(name), on: { click: remove } }, '✕'),
  )
}
