import { Client, Problem, type AdjudicationRow, type Case, type CaseRow, type SeriesRole } from './api/client'
import { routeOf, type Route } from './route'
import { followLinks, type Shown } from './navigation'
import { hangCase } from './series/hanging'
import { WindowMemory } from './series/window-memory'
import type { Window } from './series/windows'
import { languageOf, textsOf, type Language } from './text/language'
import { fill, h } from './ui/dom'
import { nextOf, pathOf, showWorklist } from './ui/worklist'
import { borrowed, createStore, watch } from './workspace/store'
import './styles/index.css'

const root = document.getElementById('app') ?? document.body
const language = createStore<Language>(languageOf(navigator.language, localStorage))
let shown: Shown | null = null
/** Counts what was asked for: a page that comes late, after another one was asked for, is not shown. */
let nAsked = 0

async function start(): Promise<void> {
  const asked = ++nAsked
  const client = new Client()
  const route = routeOf(location.pathname)
  shown?.end()
  shown = null
  fill(root, h('p', { class: 'loading', role: 'status' }, textsOf(language.get()).loading))
  try {
    const show = await opening(client, route)
    if (asked === nAsked) shown = show()
  } catch (error) {
    if (asked === nAsked) showProblem(error)
  }
}

function opening(client: Client, route: Route): Promise<() => Shown> {
  if (route.page === 'case') return openCasePage(client, route)
  return route.page === 'adjudication' ? openAdjudicationPage(client, route.id) : openWorklist(client)
}

async function openWorklist(client: Client): Promise<() => Shown> {
  const [session, rows] = await Promise.all([client.session(), client.cases()])
  const toSettle = session.roles.includes('adjudicator') ? await client.adjudications() : null
  const toRead = toSettle ? withoutSettled(rows, toSettle) : rows
  speak(session.language)
  return () => {
    const mine = borrowed(language)
    showWorklist(root, session, toRead, mine, toSettle)
    warmUp(client, nextOf(toRead)).catch(() => undefined)
    return { mayLeave: () => true, end: () => mine.end() }
  }
}

/** A case that somebody settles is no case they read. */
const withoutSettled = (rows: readonly CaseRow[], toSettle: readonly AdjudicationRow[]): CaseRow[] =>
  rows.filter(({ case_id: id }) => !toSettle.some((row) => row.case_id === id))

/** While the reader looks at the worklist, what draws gets ready, and the first images of the next case arrive. */
async function warmUp(client: Client, next: CaseRow | undefined): Promise<void> {
  const [images, ahead] = await Promise.all([import('./images'), import('./ui/case/next-case'), import('./ui/case/page')])
  startImages(images)
  if (next) await ahead.fetchAhead(client, pathOf(next))
}

/** The drawing library, the session and the case arrive side by side. */
async function openCasePage(client: Client, route: Extract<Route, { page: 'case' }>): Promise<() => Shown> {
  const asked = client.case(route)
  asked.then((found) => askForHeaders(client, found)).catch(() => undefined)
  const [session, theCase, windows, images, page] = await Promise.all([
    client.session(),
    asked,
    client.windows().catch(() => []),
    import('./images'),
    import('./ui/case/page'),
  ])
  speak(session.language)
  startImages(images)
  return () => page.openCase(root, client, session, route, theCase, memoryOf(client, windows), borrowed(language))
}

/** Both reads first, since they name the case; then the case and the drawing library side by side. */
async function openAdjudicationPage(client: Client, id: string): Promise<() => Shown> {
  const [session, adjudication] = await Promise.all([client.session(), client.adjudication(id)])
  const [theCase, windows, images, page] = await Promise.all([
    client.case({ caseId: adjudication.case_id, timepoint: adjudication.timepoint }),
    client.windows().catch(() => []),
    import('./images'),
    import('./ui/adjudication/page'),
  ])
  speak(session.language)
  startImages(images)
  return () => page.openAdjudication(root, client, adjudication, theCase, memoryOf(client, windows), borrowed(language))
}

/** The windows of the account, kept with it as they change. */
function memoryOf(client: Client, windows: Awaited<ReturnType<Client['windows']>>): WindowMemory {
  return new WindowMemory(windows, { keep: (role: SeriesRole, window: Window) => client.keepWindow(role, window), forget: (role: SeriesRole) => client.forgetWindow(role) })
}

const startImages = (images: typeof import('./images')): void =>
  images.startImages({ cpu: new URLSearchParams(location.search).get('renderer') === 'cpu' })

/** The headers of what will hang are on their way while the drawing library still starts. */
function askForHeaders(client: Client, theCase: Case): void {
  const hung = new Set(hangCase(theCase))
  for (const { key, study_uid, series_uid } of theCase.series) {
    if (hung.has(key)) client.seriesMetadata(study_uid, series_uid).catch(() => undefined)
  }
}

function speak(session: string): void {
  language.update(() => languageOf(session, localStorage))
}

function showProblem(error: unknown): void {
  if (!(error instanceof Problem)) console.error(error)
  const texts = textsOf(language.get())
  const [text, ...ways] = problemParts(error)
  fill(root, h('main', { class: 'trouble' }, h('p', { role: 'alert' }, text), ...ways, h('a', { class: 'button', href: '/viewer/' }, texts.top.cases)))
}

function problemParts(error: unknown): [string, ...HTMLElement[]] {
  const texts = textsOf(language.get())
  const again = h('button', { type: 'button', on: { click: () => void start() } }, texts.retry)
  if (!(error instanceof Problem)) return [texts.problems.unexpected, again]
  if (error.status === 401) {
    const next = encodeURIComponent(location.pathname)
    return [texts.problems.signedOut, h('a', { class: 'button primary', href: `/login?next=${next}` }, texts.problems.signIn)]
  }
  if (error.status === 404) return [texts.problems.notFound]
  return [error.status === 0 ? texts.problems.noAnswer : error.message, again]
}

watch(language, (now) => [now], () => void (document.documentElement.lang = language.get()))
followLinks(() => shown?.mayLeave() ?? true, () => void start())
await start()
