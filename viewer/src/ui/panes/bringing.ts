import type { CaseSeries } from '../../api/client'
import type { Vec3 } from '../../geometry/vector'
import { nLoaded, stream, type Library, type Shelf } from '../../images'
import { choices, earlierTimepoint, hangComparison } from '../../series/hanging'
import { readingOrder, type Wish } from '../../series/order'
import type { Workspace } from '../../workspace/state'
import { sliceAt, type PaneView } from './pane-view'

/** The queue is made anew at most this often while the reader scrolls. */
const EVERY_MS = 60

/** What decides which images are needed next. */
export interface Sight {
  readonly state: Workspace
  /** Panes with images, the one in hand first. */
  readonly shown: readonly PaneView[]
  readonly pointOn: (shelf: Shelf) => Vec3 | null
}

/**
 * Brings the images of a case in, in reading order: around the visible slices, then the other b-values, the rest of
 * the step, the baseline that P would show, and everything else of the visit. The queue follows the reader.
 */
export class Bringing {
  private timer = 0
  private turn = 0

  constructor(
    private readonly library: Library,
    private readonly sight: () => Sight,
    /** Called each time when all of it is there. */
    private readonly complete: () => void,
  ) {}

  soon(): void {
    if (this.timer === 0) this.timer = window.setTimeout(() => void this.begin(), EVERY_MS)
  }

  end(): void {
    clearTimeout(this.timer)
    this.turn++
    void stream([])
  }

  /** Images of the visit in memory, and how many there are. */
  async progress(): Promise<{ nLoaded: number; nFrames: number }> {
    const { state } = this.sight()
    const shelves = await this.shelvesOf(ofVisit(state).map(({ key }) => key))
    const imageIds = shelves.flatMap(({ stack }) => stack.frames.map(({ imageId }) => imageId))
    return { nLoaded: nLoaded(imageIds), nFrames: imageIds.length }
  }

  private async begin(): Promise<void> {
    this.timer = 0
    const turn = ++this.turn
    const { shown } = this.sight()
    const around = shown.flatMap(({ shelf, picture }) => (shelf ? [wishOf(shelf, picture.target)] : []))
    if (!(await stream(readingOrder(around)))) return
    for (const later of [this.otherStacks, this.seriesOfStep, this.compared, this.everything]) {
      const wishes = await later.call(this).catch(() => [])
      if (turn !== this.turn) return
      for (const wish of wishes) if (!(await stream(readingOrder([wish]), { ifRoom: true }))) return
    }
    if (turn === this.turn) this.complete()
  }

  private async otherStacks(): Promise<Wish[]> {
    return this.sight().shown.flatMap(({ shelf, shelves, picture }) =>
      shelves.filter((other) => other !== shelf).map((other) => wishOf(other, picture.target)),
    )
  }

  private seriesOfStep(): Promise<Wish[]> {
    const { state, shown } = this.sight()
    const step = shown[0]?.shelf?.series.sequence
    return this.wishesOf(ofVisit(state).filter(({ sequence }) => sequence === step).map(({ key }) => key))
  }

  private compared(): Promise<Wish[]> {
    const { state } = this.sight()
    const earlier = earlierTimepoint(state.case)
    if (!earlier || state.layout === 'compare') return Promise.resolve([])
    const keys = hangComparison(state.hanging, state.focused, earlier, state.case.series)
    return this.wishesOf(keys.filter((key) => key !== null))
  }

  private everything(): Promise<Wish[]> {
    return this.wishesOf(ofVisit(this.sight().state).map(({ key }) => key))
  }

  private async wishesOf(keys: readonly string[]): Promise<Wish[]> {
    const { pointOn } = this.sight()
    return (await this.shelvesOf(keys)).map((shelf) => wishOf(shelf, sliceAt(shelf.stack, pointOn(shelf))))
  }

  private async shelvesOf(keys: readonly string[]): Promise<Shelf[]> {
    return (await Promise.all(keys.map((key) => this.library.load(key)))).flat()
  }
}

/** The series of the visit being read, each once. */
const ofVisit = ({ case: theCase }: Workspace): CaseSeries[] =>
  choices(theCase.series).filter(({ timepoint }) => timepoint === theCase.timepoint.code)

const wishOf = ({ stack }: Shelf, from: number): Wish => ({ imageIds: stack.frames.map(({ imageId }) => imageId), from })
