import type { CaseLesion, LesionLocation } from '../../api/client'
import { angleBetween, distanceToPlane, normalOf, type Plane } from '../../geometry/plane'
import { carryDirection, type Link } from '../../geometry/links'
import { orientationLetters } from '../../geometry/orientation'
import { scale, type Vec3 } from '../../geometry/vector'
import type { Shelf } from '../../images'
import { presetNamed, type Preset, type Window } from '../../series/windows'
import type { Language } from '../../text/language'
import { said } from '../../text/language'
import type { Text } from '../../text/en'
import { decimals, grey, mmText } from '../numbers'
import type { CornerTexts, LinkText } from './corners'

/** Planes leaning less than this count as parallel. */
const OBLIQUE_DEGREES = 1
/** A point this near a plane lies on it, as far as a reader can tell. */
const ON_PLANE_MM = 0.05

/** Half the distance between slices: nearer points belong to the shown slice. */
export const reachOf = ({ stack }: Shelf): number =>
  (stack.spacingMm ?? stack.frames[0]?.thicknessMm ?? 1) / 2 + ON_PLANE_MM

/** How the link to the reference pane reads, with its help. */
export function linkText(link: Link | 'reference' | 'off', planes: readonly [Plane, Plane] | null, texts: Text): LinkText {
  const { help } = texts.link
  if (link === 'reference') return { glyph: '●', text: texts.link.reference, help: texts.link.reference, tone: 'muted' }
  if (link === 'off') return { glyph: '○', text: texts.link.off, help: help.off, tone: 'muted' }
  const mm = link.qualityMm === null ? null : mmText(link.qualityMm)
  const tilt = obliqueText(link, planes, texts)
  const by = link.by ? ` ${texts.link.byWhom(link.by)}` : ''
  const unmeasured = link.isBreathingKnown ? '' : `, ${texts.link.unmeasured}`
  switch (link.basis) {
    case 'same-series':
      return { glyph: '●', text: texts.link.sameSeries, help: help.sameSeries, tone: 'good' }
    case 'breathing':
      return { glyph: '◐', text: texts.link.breathing(mmText(link.breathingMm ?? 0)) + tilt, help: help.breathing(mm), tone: 'good' }
    case 'same-frame':
      return { glyph: '◌', text: texts.link.same + tilt, help: help.same, tone: 'warning' }
    case 'registered':
      return { glyph: '◇', text: texts.link.registered(mm) + unmeasured + tilt, help: help.registered + by, tone: 'warning' }
    case 'landmarks':
      return { glyph: '△', text: texts.link.landmarks(mm) + (link.isOwn ? `, ${texts.link.byYou}` : '') + unmeasured + tilt, help: help.landmarks + by, tone: 'warning' }
    case 'none':
      return { glyph: '✕', text: texts.link.none, help: help.none, tone: 'warning' }
  }
}

function obliqueText(link: Link, planes: readonly [Plane, Plane] | null, texts: Text): string {
  const carried = planes && carryDirection(link, normalOf(planes[0]))
  if (!planes || !carried) return ''
  const degrees = angleBetween(carried, normalOf(planes[1]))
  return degrees > OBLIQUE_DEGREES ? `, ${texts.link.oblique(decimals(degrees, 0))}` : ''
}

/** What stands between the reader and trusting this series, in plain words. */
export function warningsOf({ series, stack }: Shelf, cpu: boolean, language: Language, texts: Text): string[] {
  const told = series.warnings.map((label) => said(label, language))
  const [first] = stack.frames
  return [
    ...told,
    ...(stack.nMissing > 0 ? [texts.warnings.missing(stack.nMissing)] : []),
    ...(stack.frames.some(({ lossy }) => lossy) && !series.warnings.some(({ en }) => /lossy/i.test(en)) ? [texts.warnings.lossy] : []),
    ...(first && !first.spacing ? [texts.warnings.noSpacing] : []),
    ...(series.confirmed ? [] : [texts.warnings.unconfirmed]),
    ...(cpu ? [texts.warnings.cpu] : []),
  ]
}

/** Where the shown plane lies to the lesion. */
export function placeText(
  lesion: CaseLesion | null,
  location: LesionLocation | null,
  plane: Plane | null,
  texts: Text,
): string {
  if (!lesion) return ''
  if (!location?.position_mm || !plane) return `${lesion.label} · ${texts.place.unknown}`
  const mm = Math.abs(distanceToPlane(location.position_mm, plane))
  return `${lesion.label} · ${mm < ON_PLANE_MM ? texts.place.onPlane : texts.place.toPlane(mmText(mm))}`
}

/** Letters at the left, right, top and bottom edge. */
export function lettersOf(plane: Plane | null): CornerTexts['letters'] {
  if (!plane) return ['', '', '', '']
  const towards = (direction: Vec3, sign: number): string => orientationLetters(scale(direction, sign))
  return [towards(plane.row, -1), towards(plane.row, 1), towards(plane.column, -1), towards(plane.column, 1)]
}

export function sliceText(shelf: Shelf, index: number, texts: Text): string {
  const thickness = shelf.stack.frames[index]?.thicknessMm
  const slice = texts.pane.slice(index + 1, shelf.stack.frames.length)
  const unit = shelf.series.role === 'adc' ? ` · ${texts.pane.adcUnit}` : ''
  return (thickness ? `${texts.pane.thickness(mmText(thickness))} · ${slice}` : slice) + unit
}

export function windowText(window: Window | null, inverted: boolean, texts: Text): string {
  if (!window) return ''
  const text = texts.pane.window(grey(window.width, window.width), grey(window.center, window.width))
  return inverted ? `${text} · ${texts.pane.inverted}` : text
}

export function presetTexts(presets: readonly Preset[], window: Window | null, whole: Window, texts: Text): CornerTexts['presets'] {
  const chosen = window && presetNamed(window, presets, whole)
  return presets.map(({ name }) => ({ name, label: texts.presets[name], chosen: name === chosen }))
}

/** One button per stack: its b-value, numbered where several images share one. */
export function bValueTexts(shelves: readonly Shelf[], shown: number, texts: Text): CornerTexts['bValues'] {
  if (shelves.length < 2) return []
  return shelves.map(({ stack, series }, n) => {
    const before = shelves.slice(0, n).filter((other) => other.stack.bValue === stack.bValue).length
    const name = stack.bValue === null ? (series.role === 'dwi' ? 'b ?' : String(n + 1)) : n === 0 ? texts.pane.bValue(stack.bValue) : String(stack.bValue)
    return { label: before > 0 && stack.bValue !== null ? `${name} (${before + 1})` : name, pressed: n === shown }
  })
}
