import type { HandHelp } from '../workspace/hand'
import type { KeyGroup, KeyHelp } from '../workspace/keymap'

/** Headings of the cheat sheet. */
export const keyGroups: Record<KeyGroup, string> = {
  lesions: 'Lesions and verdict',
  slices: 'Slices and series',
  panes: 'Panes',
  picture: 'Picture',
  hand: 'While drawing',
}

/** What each key does, for the cheat sheet. */
export const keyHelp: Record<KeyHelp, string> = {
  lesion: 'go to lesion',
  'next-lesion': 'next lesion',
  'previous-lesion': 'previous lesion',
  verdict: 'visible, not visible, not evaluable',
  'clear-verdict': 'clear the verdict',
  step: 'step: CT, DWI, T1/T2, EOB-MRI, combined',
  lock: 'lock the step and open the next',
  length: 'measure the diameter',
  mark: 'set where you looked',
  region: 'ADC of a region',
  confidence: 'less sure, surer',
  signal: 'next signal (⇧Y previous)',
  comment: 'write a comment (Esc leaves it)',
  place: 'new lesion',
  landmarks: 'correct how two series lie by landmarks',
  'key-image': 'keep this image as a key image, or not',
  sign: 'sign the read',
  'next-case': 'next case',
  scroll: 'one slice',
  'scroll-far': 'five slices',
  'first-slice': 'first slice',
  'last-slice': 'last slice',
  'b-value': 'lower, higher b-value',
  series: 'next series of the step (⇧S previous)',
  focus: 'other pane',
  maximise: 'one pane only; double click does the same',
  'all-panes': 'all panes',
  compare: 'baseline beside',
  mpr: 'three planes (MPR)',
  slab: 'in three planes: thin, MIP, MinIP, mean; [ ] thinner, thicker',
  tiles: 'tiles of successive slices',
  play: 'play or pause the slices',
  faster: 'play faster, slower',
  magnify: 'magnifier while held',
  link: 'link panes on or off',
  preset: 'next window preset',
  invert: 'invert grey scale',
  'zoom-in': 'closer',
  'zoom-out': 'farther',
  'reset-view': 'fit and reset the window',
  marks: 'marks on or off',
  keys: 'this sheet',
  escape: 'back',
}

/** What each key does while something is being drawn. */
export const handHelp: Record<HandHelp, string> = {
  'hand-move': 'move by 0.5 mm',
  'hand-far': 'move by 5 mm',
  'hand-swap': 'other end of the length',
  'hand-size': 'larger, smaller region',
  'hand-width': 'narrower, wider region',
  'hand-accept': 'accept',
  'hand-cancel': 'put down',
}
