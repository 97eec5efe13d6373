import type { CaseRead, CellName, CorrectionIn, FindingIn, ImageName, KeyImage, KeyImageIn, NewLesion, NewLesionIn, SeriesPair } from '../api/client'
import { cellKey, findingsOf } from './cells'

/** One change of a read that the server is to have; a body of null takes it back. */
export type Entry =
  | { readonly kind: 'finding'; readonly cell: CellName; readonly body: FindingIn | null }
  | { readonly kind: 'new-lesion'; readonly label: string; readonly body: NewLesionIn | null }
  | { readonly kind: 'key-image'; readonly image: ImageName; readonly body: KeyImageIn | null }
  | { readonly kind: 'correction'; readonly between: SeriesPair; readonly body: CorrectionIn | null }
  | { readonly kind: 'lock'; readonly step: string; readonly body: 'locked' }

/** What the entry is about; a later entry of the same name takes the place of the earlier one. */
export type EntryKey = string

export function entryKey(entry: Entry): EntryKey {
  switch (entry.kind) {
    case 'finding':
      return `finding/${cellKey(entry.cell)}`
    case 'new-lesion':
      return `new-lesion/${entry.label}`
    case 'key-image':
      return `key-image/${imageKey(entry.image)}`
    case 'correction':
      return `correction/${entry.between.from}/${entry.between.to}`
    case 'lock':
      return `lock/${entry.step}`
  }
}

export const imageKey = ({ sopUid, frame }: ImageName): string => `${sopUid}/${frame}`

/** What the server holds of a read, by what it is about. */
export type Bodies = ReadonlyMap<EntryKey, Entry['body']>

export function bodiesOf(read: CaseRead | null): Map<EntryKey, Entry['body']> {
  if (!read) return new Map()
  return new Map<EntryKey, Entry['body']>([
    ...[...findingsOf(read.findings)].map(([key, body]) => [`finding/${key}`, body] as const),
    ...[...newLesionsOf(read.new_lesions)].map(([label, body]) => [`new-lesion/${label}`, body] as const),
    ...[...keyImagesOf(read.key_images)].map(([key, body]) => [`key-image/${key}`, body] as const),
    ...read.corrections.map(({ from_series_uid: from, to_series_uid: to, pairs }) => [`correction/${from}/${to}`, { pairs }] as const),
    ...read.steps.filter(({ state }) => state === 'locked').map(({ code }) => [`lock/${code}`, 'locked'] as const),
  ])
}

/** New lesions of a read by label. */
export const newLesionsOf = (lesions: readonly NewLesion[]): Map<string, NewLesionIn> =>
  new Map(lesions.map(({ label, ...body }) => [label, body]))

/** Key images of a read by instance and frame. */
export const keyImagesOf = (images: readonly KeyImage[]): Map<string, KeyImageIn> =>
  new Map(images.map((image) => [imageKey({ sopUid: image.sop_instance_uid, frame: image.frame ?? 1 }), image]))

/** The label after the highest in use: N1, N2. */
export function nextNewLabel(labels: Iterable<string>): string {
  const numbers = [...labels].map((label) => Number(label.slice(1))).filter(Number.isFinite)
  return `N${Math.max(0, ...numbers) + 1}`
}

/** Equal in every field that holds something; a diameter and its text count as the same. */
export function sameBody(a: Entry['body'] | undefined, b: Entry['body'] | undefined): boolean {
  const told = (body: Entry['body'] | undefined): string =>
    JSON.stringify(
      Object.entries(body ?? {})
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => [name, name === 'diameter_mm' ? Number(value) : value])
        .sort(([x], [y]) => String(x).localeCompare(String(y))),
    )
  return told(a) === told(b)
}
