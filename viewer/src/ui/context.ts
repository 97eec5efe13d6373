import type { CaseName, Client } from '../api/client'
import type { Entry } from '../reading/entries'
import type { Store } from '../workspace/store'
import type { Workspace } from '../workspace/state'
import type { Language } from '../text/language'
import type { Text } from '../text/en'
import type { WindowMemory } from '../series/window-memory'

/** What every part of the case page works with. */
export interface Context {
  readonly client: Client
  readonly name: CaseName
  readonly store: Store<Workspace>
  readonly language: Store<Language>
  readonly windows: WindowMemory
  texts(): Text
  /** Changes the read here and saves it. */
  put(entry: Entry): void
}
