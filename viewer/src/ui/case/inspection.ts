import { carry } from '../../geometry/links'
import { seriesLink } from '../../geometry/series-links'
import type { Vec3 } from '../../geometry/vector'
import { knownLinks, type Workspace } from '../../workspace/state'
import type { Store } from '../../workspace/store'
import type { Deck } from '../panes/deck'

/** What a pane shows, in numbers. Points are LPS in mm, canvas points CSS pixels, slices 1-based. */
export interface PaneReport {
  readonly series: string | null
  readonly role: string | null
  readonly bValue: number | null
  readonly slice: number
  readonly nSlices: number
  readonly imageId: string | null
  readonly mmPerPixel: number | null
  readonly centre: Vec3 | null
  /** True while something else is on its way than what is shown. */
  readonly busy: boolean
  readonly window: { readonly center: number; readonly width: number } | null
}

/** Lets tests and support ask the page what it shows; it changes nothing. */
export interface Inspection {
  panes(): PaneReport[]
  toCanvas(pane: number, point: Vec3): readonly [number, number] | null
  toWorld(pane: number, canvas: readonly [number, number]): Vec3 | null
  /** Where a point of one pane lies in another, as the linked cursor shows it; null where nothing links them. */
  carried(from: number, to: number, point: Vec3): Vec3 | null
  lesion(): string | null
  /** What verdicts are about now. */
  step(): string
  save(): string
  /** Images of the visit in memory, and how many there are. */
  loading(): Promise<{ readonly nLoaded: number; readonly nFrames: number }>
}

declare global {
  interface Window {
    casebook?: Inspection
  }
}

export function inspection(deck: () => Deck, store: Store<Workspace>): Inspection {
  return {
    panes: () =>
      deck().panes.map(({ picture, shelf, busy }) => ({
        busy,
        series: shelf?.series.key ?? null,
        role: shelf?.series.role ?? null,
        bValue: shelf?.stack.bValue ?? null,
        slice: picture.index + 1,
        nSlices: shelf?.stack.frames.length ?? 0,
        imageId: picture.frame?.imageId ?? null,
        mmPerPixel: picture.mmPerPixel,
        centre: picture.centre,
        window: picture.window,
      })),
    toCanvas: (pane, point) => deck().panes[pane]?.picture.toCanvas(point) ?? null,
    toWorld: (pane, canvas) => deck().panes[pane]?.picture.toWorld(canvas) ?? null,
    carried: (from, to, point) => {
      const [a, b] = [from, to].map((n) => deck().panes[n]?.shelf?.series ?? null)
      return carry(seriesLink(knownLinks(store.get()), a ?? null, b ?? null), point)
    },
    lesion: () => store.get().lesions.find(({ id }) => id === store.get().lesionId)?.label ?? null,
    step: () => store.get().judged,
    save: () => store.get().save.kind,
    loading: () => deck().bringing.progress(),
  }
}
