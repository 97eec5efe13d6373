import type { CaseName, Client } from '../api/client'
import type { CellName, FindingIn } from '../api/client'
import type { Store } from '../workspace/store'
import type { Workspace } from '../workspace/state'
import type { Language } from '../text/language'
import type { Text } from '../text/en'

/** What every part of the case page works with. */
export interface Context {
  readonly client: Client
  readonly name: CaseName
  readonly store: Store<Workspace>
  readonly language: Store<Language>
  texts(): Text
  /** Changes a finding here and saves it; null clears it. */
  put(cell: CellName, finding: FindingIn | null): void
}
