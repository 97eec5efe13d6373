import { Client, Problem, type Case, type CaseRow, type SeriesRole } from './api/client'
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
    const show = await (route.page === 'case' ? openCasePage(client, route) : openWorklist(client))
    if (asked === nAsked) shown = show()
  } catch (error) {
    if (asked === nAsked) showProblem(error)
  }
}

async function openWorklist(client: Client): Promise<() => Shown> {
  const [session, rows] = await Promise.all([client.session(), client.cases()])
  speak(session.language)
  return () => {
    const mine = borrowed(language)
    showWorklist(root, session, rows, mine)
    warmUp(client, nextOf(rows)).catch(() => undefined)
    return { mayLeave: () => true, end: () => mine.end() }
  }
}

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
  const keeper = { keep: (role: SeriesRole, window: Window) => client.keepWindow(role, window), forget: (role: SeriesRole) => client.forgetWindow(role) }
  return () => page.openCase(root, client, session, route, theCase, new WindowMemory(windows, keeper), borrowed(language))
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
