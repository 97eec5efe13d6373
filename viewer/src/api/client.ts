import type { components } from './schema'
import type { DicomJson } from '../series/dicom-json'

type Schemas = components['schemas']
export type AdcRegion = Schemas['AdcRegion']
export type Adjudication = Schemas['Adjudication']
export type AdjudicationRow = Schemas['AdjudicationRow']
export type Case = Schemas['Case']
export type CaseRow = Schemas['CaseRow']
export type CaseSeries = Schemas['CaseSeries']
export type CaseLesion = Schemas['CaseLesion']
export type CaseRead = Schemas['CaseRead']
export type CaseStep = Schemas['CaseStep']
export type ChoiceIn = Schemas['ChoiceIn']
export type DisputedLesion = Schemas['DisputedLesion']
export type Choice = Case['signals'][number]
export type Correction = Schemas['Correction']
export type CorrectionIn = Schemas['CorrectionIn']
export type Finding = Schemas['Finding']
export type FindingIn = Schemas['FindingIn']
export type FindingSaved = Schemas['FindingSaved']
export type Judged = Schemas['Judged']
export type KeyImage = Schemas['KeyImage']
export type KeyImageIn = KeyImage
export type Label = Schemas['Label']
export type LesionIn = Schemas['LesionIn']
export type LesionLocation = Schemas['LesionLocation']
export type LocationBasis = Schemas['LocationBasis']
export type NewLesion = Schemas['NewLesion']
export type NewLesionIn = Omit<NewLesion, 'label'>
export type ReadingSequence = Schemas['ReadingSequence']
export type ReadSaved = Schemas['ReadSaved']
export type SeriesRole = Schemas['SeriesRole']
export type SessionInfo = Schemas['SessionInfo']
export type Visibility = Schemas['Visibility']

/** What went wrong, in the words of the server (RFC 9457); status 0 means that it did not answer. */
export class Problem extends Error {
  override readonly name = 'Problem'

  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string | null,
  ) {
    super(detail ?? title)
  }
}

const OTHER_ACCOUNT = new Problem(401, 'other-account', 'Another account is signed in', null)

/** What addresses name a case by (the subject, or a reader's assignment), and its timepoint. */
export interface CaseName {
  readonly caseId: string
  readonly timepoint: string
}

/** The server as this page uses it; unsafe requests carry the session's token. */
export class Client {
  private login: string | null = null
  private csrfToken = ''
  private readonly metadata = new Map<string, Promise<readonly DicomJson[]>>()

  async session(): Promise<SessionInfo> {
    const session = await this.send<SessionInfo>('GET', '/api/v1/session')
    if (this.login !== null && this.login !== session.login) throw OTHER_ACCOUNT
    this.login = session.login
    this.csrfToken = session.csrf_token
    return session
  }

  async cases(): Promise<readonly CaseRow[]> {
    return (await this.send<Schemas['Cases']>('GET', '/api/v1/cases')).cases
  }

  case(name: CaseName): Promise<Case> {
    return this.send('GET', caseAddress(name))
  }

  saveFinding(name: CaseName, cell: CellName, body: FindingIn, version: number): Promise<FindingSaved> {
    return this.send('PUT', findingAddress(name, cell), { body, version })
  }

  clearFinding(name: CaseName, cell: CellName, version: number): Promise<ReadSaved> {
    return this.send('DELETE', findingAddress(name, cell), { version })
  }

  saveNewLesion(name: CaseName, label: string, body: NewLesionIn | null, version: number): Promise<ReadSaved> {
    return this.putOrDelete(`${caseAddress(name)}/new-lesions/${part(label)}`, body, version)
  }

  saveKeyImage(name: CaseName, { sopUid, frame }: ImageName, body: KeyImageIn | null, version: number): Promise<ReadSaved> {
    return this.putOrDelete(`${caseAddress(name)}/key-images/${part(sopUid)}/${frame}`, body, version)
  }

  /** Keeps how two series lie to each other by pairs of landmarks, or takes that back. */
  saveCorrection(name: CaseName, { from, to }: SeriesPair, body: CorrectionIn | null, version: number): Promise<ReadSaved> {
    return this.putOrDelete(`${caseAddress(name)}/corrections/${part(from)}/${part(to)}`, body, version)
  }

  /** Locks a step; the case then holds the series of the next one. */
  lockStep(name: CaseName, code: string, version: number): Promise<ReadSaved> {
    return this.send('POST', `${caseAddress(name)}/steps/${part(code)}/lock`, { version })
  }

  /** Begins a new version of a signed read. */
  reopen(name: CaseName, reason: string): Promise<CaseRead> {
    return this.send('POST', `${caseAddress(name)}/reopen`, { body: { reason } })
  }

  /** Adds a lesion to the subject's baseline list. Only who sees the subject may, and then a case is named by it. */
  placeLesion(name: CaseName, body: LesionIn): Promise<CaseLesion> {
    const { caseId, timepoint } = name
    return this.send('POST', `/api/v1/subjects/${part(caseId)}/timepoints/${part(timepoint)}/lesions`, { body })
  }

  sign(name: CaseName, password: string, meaning: string, version: number): Promise<CaseRead> {
    return this.send('POST', `${caseAddress(name)}/sign`, { body: { password, meaning }, version })
  }

  /** The windows that the account keeps, by role. */
  async windows(): Promise<readonly Schemas['RoleWindow'][]> {
    return (await this.send<Schemas['Windows']>('GET', '/api/v1/account/windows')).windows
  }

  keepWindow(role: SeriesRole, body: Schemas['WindowIn']): Promise<null> {
    return this.send('PUT', `/api/v1/account/windows/${role}`, { body })
  }

  forgetWindow(role: SeriesRole): Promise<null> {
    return this.send('DELETE', `/api/v1/account/windows/${role}`)
  }

  async adjudications(): Promise<readonly AdjudicationRow[]> {
    return (await this.send<Schemas['Adjudications']>('GET', '/api/v1/adjudications')).adjudications
  }

  adjudication(id: string): Promise<Adjudication> {
    return this.send('GET', adjudicationAddress(id))
  }

  choose(id: string, label: string, body: ChoiceIn, version: number): Promise<Adjudication> {
    return this.send('PUT', `${adjudicationAddress(id)}/choices/${part(label)}`, { body, version })
  }

  decide(id: string, password: string, meaning: string, version: number): Promise<Adjudication> {
    return this.send('POST', `${adjudicationAddress(id)}/decide`, { body: { password, meaning }, version })
  }

  /** The headers of a series; asked for once, however often they are wanted. */
  seriesMetadata(studyUid: string, seriesUid: string): Promise<readonly DicomJson[]> {
    const address = `${seriesAddress(studyUid, seriesUid)}/metadata`
    const known = this.metadata.get(address)
    if (known) return known
    const asked = this.send<readonly DicomJson[]>('GET', address, { accept: 'application/dicom+json' })
    this.metadata.set(address, asked)
    asked.catch(() => this.metadata.delete(address))
    return asked
  }

  private putOrDelete(address: string, body: object | null, version: number): Promise<ReadSaved> {
    return body ? this.send('PUT', address, { body, version }) : this.send('DELETE', address, { version })
  }

  private async send<Answer>(method: string, address: string, request: Request = {}): Promise<Answer> {
    let answer = await this.ask(method, address, request)
    if (answer.status === 403 && method !== 'GET' && (await this.hasNewToken())) {
      answer = await this.ask(method, address, request)
    }
    if (!answer.ok) throw await problemOf(answer)
    return (answer.status === 204 ? null : await answer.json()) as Answer
  }

  private ask(method: string, address: string, request: Request): Promise<Response> {
    return reach(address, {
      method,
      credentials: 'same-origin',
      // What a hand did last reaches the server even when the page goes away meanwhile.
      keepalive: method !== 'GET',
      headers: this.headersOf(method, request),
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    })
  }

  /** True when the same person has signed in again meanwhile, in another tab; somebody else's session is never used. */
  private async hasNewToken(): Promise<boolean> {
    const before = this.csrfToken
    await this.session()
    return this.csrfToken !== before
  }

  private headersOf(method: string, { body, version, accept }: Request): Record<string, string> {
    return {
      Accept: accept ?? 'application/json',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(method === 'GET' ? {} : { 'X-CSRF-Token': this.csrfToken }),
      ...(version === undefined ? {} : { 'If-Match': `"${version}"` }),
    }
  }
}

/** The lesion of one verdict, and the sequence (or all of them together) it is about. */
export interface CellName {
  readonly lesionId: string
  readonly judged: Judged
}

/** One frame of one instance; frames count from 1. */
export interface ImageName {
  readonly sopUid: string
  readonly frame: number
}

/** Two series by their UIDs. */
export interface SeriesPair {
  readonly from: string
  readonly to: string
}

/** Address of a series, absolute, as the image loader wants it. */
export const seriesAddress = (studyUid: string, seriesUid: string): string =>
  `${location.origin}/dicomweb/studies/${part(studyUid)}/series/${part(seriesUid)}`

interface Request {
  readonly body?: unknown
  readonly version?: number
  readonly accept?: string
}

const part = encodeURIComponent

const caseAddress = ({ caseId, timepoint }: CaseName): string =>
  `/api/v1/cases/${part(caseId)}/${part(timepoint)}`

const adjudicationAddress = (id: string): string => `/api/v1/adjudications/${part(id)}`

const findingAddress = (name: CaseName, { lesionId, judged }: CellName): string =>
  `${caseAddress(name)}/findings/${part(lesionId)}/${part(judged)}`

/** Asks the server. Throws a Problem of status 0 when it does not answer; an aborted request stays what it is. */
export async function reach(address: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(address, options)
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new Problem(0, 'no-answer', 'The server did not answer', null)
  }
}

/** A refusal in the server's own words. */
export async function problemOf(answer: Response): Promise<Problem> {
  const body: unknown = await answer.json().catch(() => null)
  const said = (body && typeof body === 'object' ? body : {}) as Record<string, unknown>
  const text = (key: string): string | null => (typeof said[key] === 'string' ? said[key] : null)
  return new Problem(answer.status, text('code') ?? `http-${answer.status}`, text('title') ?? answer.statusText, text('detail'))
}
