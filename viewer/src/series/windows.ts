import type { SeriesRole } from '../api/client'
import { percentile } from './body'

/** Brightness of an image in its own units: HU, arbitrary MR units or 10^-6 mm2/s. */
export interface Window {
  readonly center: number
  readonly width: number
}

export type PresetName = 'liver' | 'abdomen' | 'lung' | 'bone' | 'image' | 'bright' | 'narrow' | 'fluid' | 'adc'

/**
 * A preset: in the image's unit where that is absolute (HU, ADC); elsewhere as shares of the image's own window, 0 at
 * its black and 1 at its white.
 */
export interface Preset {
  readonly name: PresetName
  readonly window: Window | null
  readonly shares: Window | null
}

const fixed = (name: PresetName, center: number, width: number): Preset => ({ name, window: { center, width }, shares: null })
const share = (name: PresetName, black: number, white: number): Preset => ({ name, window: null, shares: between(black, white) })

/** Common CT presets in HU; "liver" is narrow, for lesions in the portal venous phase. */
const CT_PRESETS: readonly Preset[] = [fixed('liver', 85, 180), fixed('abdomen', 50, 400), fixed('lung', -600, 1500), fixed('bone', 400, 1800)]

/** 0 to 2 500 x 10^-6 mm2/s holds liver (about 1 200) and fluid (about 2 800, at white). */
const ADC_PRESETS: readonly Preset[] = [fixed('adc', 1250, 2500), share('image', 0, 1)]

/** "narrow" is the part of the range where liver and metastases lie; "bright" lifts what is dim. */
const MR_PRESETS: readonly Preset[] = [share('image', 0, 1), share('narrow', 0.2, 0.75), share('bright', 0, 0.7)]

/** Where liver and lesions lie elsewhere in the range than in plain T1. */
const PRESETS_OF_ROLE: Partial<Record<SeriesRole, readonly Preset[]>> = {
  adc: ADC_PRESETS,
  // Enhanced liver is the brightest tissue but vessels' edges and bowel; metastases are dark against it.
  'eob-hepatobiliary': [share('image', 0, 1), share('narrow', 0.3, 0.95), share('bright', 0, 0.8)],
  // Lesions are the bright end; the liver fades. "bright" finds the dim ones.
  dwi: [share('image', 0, 1), share('narrow', 0.1, 0.65), share('bright', 0, 0.45)],
  // Fluid lies above the image's own window, which leaves it out.
  t2: [share('image', 0, 1), share('narrow', 0.1, 0.6), share('fluid', 0, 1.8)],
}

const CT_ROLES: readonly SeriesRole[] = ['ct-plain', 'ct-arterial', 'ct-portal-venous', 'ct-delayed']

/** True where pixel values mean the same in every patient, so that a window may be kept for the next one. */
export const hasAbsoluteUnit = (role: SeriesRole): boolean => role === 'adc' || CT_ROLES.includes(role)

export function presetsFor(role: SeriesRole, modality: string): readonly Preset[] {
  return PRESETS_OF_ROLE[role] ?? (modality === 'CT' || CT_ROLES.includes(role) ? CT_PRESETS : MR_PRESETS)
}

/** Where white begins: the share of pixels left out as too bright, and the room above the rest as a share of its range. */
interface Bright {
  readonly leftOut: number
  readonly room: number
}

/** A few pixels may be as bright as they like; enhanced liver must not end up plain white. */
const USUAL: Bright = { leftOut: 0.005, room: 0.12 }
/** In T2 fluid is many times brighter than liver: without it, and with room for lesions brighter than liver. */
const WITHOUT_FLUID: Bright = { leftOut: 0.06, room: 0.9 }

/** From black just above the noise to white a little above the brightest tissue of the image; in T2 without fluid. */
export function windowOfImage(pixels: ArrayLike<number>, role: SeriesRole): Window {
  const { leftOut, room } = role === 't2' ? WITHOUT_FLUID : USUAL
  const [dark, bright] = [percentile(pixels, 0.02), percentile(pixels, 1 - leftOut)]
  return between(dark, bright + (bright - dark) * room)
}

/** A window as shares of the image's own, which mean the same on other images; and back. */
export const asShares = ({ center, width }: Window, whole: Window): Window => ({ center: (center - blackOf(whole)) / whole.width, width: width / whole.width })
export const fromShares = ({ center, width }: Window, whole: Window): Window => ({ center: blackOf(whole) + center * whole.width, width: Math.max(1, width * whole.width) })

const blackOf = ({ center, width }: Window): number => center - width / 2

/** A window that turns more of an MR image than this into plain white hides what is there. */
const WHITE_SHARE = 0.05

/** True where the window keeps the bright end of the image apart. */
export function showsBrightEnd({ center, width }: Window, pixels: ArrayLike<number>): boolean {
  return center + width / 2 >= percentile(pixels, 1 - WHITE_SHARE)
}

/** The window that a preset means on the image whose own window this is. */
export const presetWindow = ({ window, shares }: Preset, whole: Window): Window => window ?? fromShares(shares ?? between(0, 1), whole)

/** Windows that differ by less than this share of their width look the same. */
const SAME_SHARE = 0.005

/** The preset that this window is on the image whose own window is `whole`. */
export function presetNamed(window: Window, presets: readonly Preset[], whole: Window): PresetName | null {
  const same = (preset: Preset): boolean => {
    const meant = presetWindow(preset, whole)
    const near = (a: number, b: number): boolean => Math.abs(a - b) <= Math.max(meant.width * SAME_SHARE, Number.EPSILON)
    return near(meant.center, window.center) && near(meant.width, window.width)
  }
  return presets.find(same)?.name ?? null
}

/** Dragging right widens, dragging down brightens; a drag of 400 px is as wide as the window. */
export function dragged(window: Window, dx: number, dy: number): Window {
  const step = Math.max(window.width, 10) / 400
  return { center: window.center + dy * step, width: Math.max(1, window.width + dx * step) }
}

function between(low: number, high: number): Window {
  return { center: (low + high) / 2, width: high > low ? high - low : 1 }
}
