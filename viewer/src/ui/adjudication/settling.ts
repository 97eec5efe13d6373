import { Problem, type Adjudication, type ChoiceIn, type Client } from '../../api/client'
import { createStore, type Store } from '../../workspace/store'

/** What is chosen, and how saving stands. */
export interface Settled {
  readonly adjudication: Adjudication
  readonly saving: 'saved' | 'saving' | 'waiting'
  readonly problem: Problem | null
}

/** Sends choices one after the other, the newest of each lesion only; what could not be sent is kept. */
export class Settling {
  readonly store: Store<Settled>
  private readonly pending = new Map<string, ChoiceIn>()
  private running: Promise<void> | null = null

  constructor(
    private readonly client: Pick<Client, 'adjudication' | 'choose'>,
    adjudication: Adjudication,
  ) {
    this.store = createStore<Settled>({ adjudication, saving: 'saved', problem: null })
  }

  get adjudication(): Adjudication {
    return this.store.get().adjudication
  }

  get hasUnsaved(): boolean {
    return this.pending.size > 0
  }

  get isOpen(): boolean {
    return this.adjudication.state === 'open'
  }

  /** Shows the choice at once and saves it. */
  choose(label: string, choice: ChoiceIn): void {
    if (!this.isOpen) return
    this.pending.delete(label)
    this.pending.set(label, choice)
    this.show(this.adjudication, null)
    this.send()
  }

  retry(): void {
    this.send()
  }

  /** Takes what the server has after a decision. */
  decided(adjudication: Adjudication): void {
    this.pending.clear()
    this.show(adjudication, null)
  }

  private send(): void {
    this.running ??= this.sendAll().finally(() => {
      this.running = null
    })
  }

  private async sendAll(): Promise<void> {
    for (let next = this.first(); next; next = this.first()) {
      const [label, choice] = next
      this.store.update((state) => ({ ...state, saving: 'saving' }))
      try {
        const saved = await this.client.choose(this.adjudication.id, label, choice, this.adjudication.version)
        if (this.pending.get(label) === choice) this.pending.delete(label)
        this.show(saved, null)
      } catch (error) {
        await this.recover(label, error)
        return
      }
    }
  }

  private first(): [string, ChoiceIn] | undefined {
    const [next] = this.pending
    return next
  }

  /** What was refused is dropped and the server's word shown; a broken line keeps it for another attempt. */
  private async recover(label: string, error: unknown): Promise<void> {
    const problem = error instanceof Problem ? error : new Problem(0, 'unexpected', String(error), null)
    if (problem.status === 0 || problem.status === 401 || problem.status >= 500) {
      this.store.update((state) => ({ ...state, saving: 'waiting', problem }))
      return
    }
    this.pending.delete(label)
    const known = await this.client.adjudication(this.adjudication.id).catch(() => this.adjudication)
    this.show(known, problem)
  }

  /** The server's adjudication with what is not saved yet laid over it. */
  private show(known: Adjudication, problem: Problem | null): void {
    const disputed = known.disputed.map((one) => {
      const choice = this.pending.get(one.label)
      return choice ? { ...one, chosen: { choice: choice.choice, third: choice.third ?? null, comment: choice.comment ?? null } } : one
    })
    this.store.update(() => ({ adjudication: { ...known, disputed }, saving: this.hasUnsaved ? 'saving' : 'saved', problem }))
  }
}
