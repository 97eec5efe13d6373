import { seriesAddress, type CaseSeries, type Client } from '../api/client'
import { framesOf, type Frame } from '../series/frames'
import { companions } from '../series/hanging'
import { stacksOf, type Stack } from '../series/stacks'
import { registerFrames } from './engine'

/** A stack and the series it comes from. */
export interface Shelf {
  readonly series: CaseSeries
  readonly stack: Stack
}

/** What a pane can show under one series key: one shelf, or one per b-value. */
export type Shelves = readonly Shelf[]

/** Series of one case, each fetched once. */
export class Library {
  private readonly frames = new Map<string, Promise<Frame[]>>()
  private readonly shelves = new Map<string, Promise<Shelves>>()

  constructor(
    private readonly client: Client,
    private readonly series: readonly CaseSeries[],
  ) {}

  /** The stacks of a series, with those of its companions, by ascending b-value. */
  load(key: string): Promise<Shelves> {
    const one = this.series.find((candidate) => candidate.key === key)
    if (!one) return Promise.resolve([])
    const known = this.shelves.get(key)
    if (known) return known
    const loading = this.gather(companions(this.series, one))
    this.shelves.set(key, loading)
    loading.catch(() => this.shelves.delete(key))
    return loading
  }

  private async gather(group: readonly CaseSeries[]): Promise<Shelves> {
    const found = await Promise.all(group.map(async (one) => this.shelvesOf(one, await this.framesOf(one))))
    return found.flat().sort((a, b) => (a.stack.bValue ?? -1) - (b.stack.bValue ?? -1))
  }

  private shelvesOf(series: CaseSeries, frames: readonly Frame[]): Shelf[] {
    const instances = series.sop_instance_uids && new Set(series.sop_instance_uids)
    const numbers = series.frame_numbers && new Set(series.frame_numbers)
    const mine = frames.filter(({ sopUid, number }) => (instances?.has(sopUid) ?? true) && (numbers?.has(number) ?? true))
    // An ADC map was made of several b-values; scanners write any of them, or 0, into its header.
    const placed = series.role === 'adc' ? mine.map((frame) => ({ ...frame, bValue: null })) : mine
    return stacksOf(placed).map((stack) => ({ series, stack }))
  }

  private framesOf(one: CaseSeries): Promise<Frame[]> {
    const known = this.frames.get(one.series_uid)
    if (known) return known
    const loading = this.client.seriesMetadata(one.study_uid, one.series_uid).then((instances) => {
      const frames = framesOf(instances, seriesAddress(one.study_uid, one.series_uid))
      registerFrames(frames)
      return frames
    })
    this.frames.set(one.series_uid, loading)
    loading.catch(() => this.frames.delete(one.series_uid))
    return loading
  }
}
