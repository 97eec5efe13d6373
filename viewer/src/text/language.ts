import type { Label } from '../api/client'
import { en, type Text } from './en'
import { ja } from './ja'

export type Language = 'en' | 'ja'

const CATALOGUES: Record<Language, Text> = { en, ja }
const CHOSEN = 'casebook.language'

export const textsOf = (language: Language): Text => CATALOGUES[language]

export const otherLanguage = (language: Language): Language => (language === 'en' ? 'ja' : 'en')

/** The language chosen on this device, or else the one of the session. */
export function languageOf(session: string, kept: Pick<Storage, 'getItem'>): Language {
  const chosen = kept.getItem(CHOSEN) ?? session
  return chosen.startsWith('ja') ? 'ja' : 'en'
}

export const keepLanguage = (language: Language, kept: Pick<Storage, 'setItem'>): void => kept.setItem(CHOSEN, language)

/** A text of the server in the reader's language. */
export const said = (label: Label, language: Language): string => label[language]
