import type { SeriesRole } from '../api/client'
import { percentile } from './body'

/** Brightness of an image in its own units: HU, arbitrary MR units or 10^-6 mm2/s. */
export interface Window {
  readonly center: number
  readonly width: number
}

export type PresetName = 'liver' | 'abdomen' | 'lung' | 'bone' | 'image' | 'bright' | 'narrow' | 'adc'

/** A preset: fixed where the unit is absolute (HU, ADC), taken from the image otherwise. */
export interface Preset {
  readonly name: PresetName
  readonly window: Window | null
}

/** Common CT presets in HU; "liver" is narrow, for lesions in the portal venous phase. */
const CT_PRESETS: readonly Preset[] = [
  { name: 'liver', window: { center: 85, width: 180 } },
  { name: 'abdomen', window: { center: 50, width: 400 } },
  { name: 'lung', window: { center: -600, width: 1500 } },
  { name: 'bone', window: { center: 400, width: 1800 } },
]

const MR_PRESETS: readonly Preset[] = [
  { name: 'image', window: null },
  { name: 'bright', window: null },
  { name: 'narrow', window: null },
]

/** 0 to 2 500 x 10^-6 mm2/s holds liver (about 1 200) and fluid (about 2 800, at white). */
const ADC_PRESETS: readonly Preset[] = [
  { name: 'adc', window: { center: 1250, width: 2500 } },
  { name: 'image', window: null },
]

const CT_ROLES: readonly SeriesRole[] = ['ct-plain', 'ct-arterial', 'ct-portal-venous', 'ct-delayed']

/** True where pixel values mean the same in every patient, so that a window may be kept for the next one. */
export const hasAbsoluteUnit = (role: SeriesRole): boolean => role === 'adc' || CT_ROLES.includes(role)

export function presetsFor(role: SeriesRole, modality: string): readonly Preset[] {
  if (role === 'adc') return ADC_PRESETS
  return modality === 'CT' || CT_ROLES.includes(role) ? CT_PRESETS : MR_PRESETS
}

/** Where white begins: the share of pixels left out as too bright, and the room above the rest as a share of its range. */
interface Bright {
  readonly leftOut: number
  readonly room: number
}

/** A few pixels may be as bright as they like; enhanced liver must not end up plain white. */
const USUAL: Bright = { leftOut: 0.005, room: 0.12 }
/** In T2 fluid is many times brighter than liver: without it, and with room for lesions brighter than liver. */
export const WITHOUT_FLUID: Bright = { leftOut: 0.06, room: 0.9 }

/** From black just above the noise to white a little above the brightest tissue of the image. */
export function windowOfImage(pixels: ArrayLike<number>, { leftOut, room } = USUAL): Window {
  const [dark, bright] = [percentile(pixels, 0.02), percentile(pixels, 1 - leftOut)]
  return between(dark, bright + (bright - dark) * room)
}

/** A window that turns more of an MR image than this into plain white hides what is there. */
const WHITE_SHARE = 0.05

/** True where the window keeps the bright end of the image apart. */
export function showsBrightEnd({ center, width }: Window, pixels: ArrayLike<number>): boolean {
  return center + width / 2 >= percentile(pixels, 1 - WHITE_SHARE)
}

/** The window a preset means on this image. */
export function presetWindow(preset: Preset, pixels: ArrayLike<number>): Window {
  if (preset.window) return preset.window
  const whole = windowOfImage(pixels)
  if (preset.name === 'bright') return { center: whole.center * 0.7, width: whole.width * 0.7 }
  if (preset.name === 'narrow') return { center: whole.center, width: whole.width * 0.5 }
  return whole
}

/** The preset whose window this is, within one unit. */
export function presetNamed(window: Window, presets: readonly Preset[]): PresetName | null {
  const same = (preset: Preset): boolean =>
    preset.window !== null &&
    Math.abs(preset.window.center - window.center) < 1 &&
    Math.abs(preset.window.width - window.width) < 1
  return presets.find(same)?.name ?? null
}

/** Dragging right widens, dragging down brightens; a drag of 400 px is as wide as the window. */
export function dragged(window: Window, dx: number, dy: number): Window {
  const step = Math.max(window.width, 10) / 400
  return { center: window.center + dy * step, width: Math.max(1, window.width + dx * step) }
}

const between = (low: number, high: number): Window => ({
  center: (low + high) / 2,
  width: Math.max(1, high - low),
})
