/** The page that sends images: choose or drop, send, and follow the intake to its receipt. */
import { Problem } from '../../api/client'
import { UploadClient, type Upload } from '../../api/uploads'
import { fill, h } from '../../ui/dom'
import { ofDialogue, ofDrop } from './chosen'
import { isOf, toSend, type Chosen } from './plan'
import { Sending, Unreadable } from './sending'
import { View } from './view'
import { wordsOf, type Words } from './words'

const SHOWN_EVERY_MS = 250
const ASKED_EVERY_MS = 1000
/** How long the result waits for the archived series to be classified, which runs after the intake. */
const PATIENCE_MS = 120_000

/** Brings the page to life where it is the one that sends. */
export function sendImages(page: Document): void {
  const element = page.getElementById('sending')
  if (element instanceof HTMLElement && element.dataset['subject']) new SendingPage(page, element).listen()
}

class SendingPage {
  private readonly client = new UploadClient()
  private readonly words: Words
  private readonly subject: string
  private readonly timepoint: string
  private readonly drop: HTMLElement | null
  private sending: Sending | null = null
  private upload: Upload | null = null

  constructor(
    private readonly page: Document,
    private readonly element: HTMLElement,
  ) {
    this.words = wordsOf(element)
    this.subject = element.dataset['subject'] ?? ''
    this.timepoint = element.dataset['timepoint'] ?? ''
    this.drop = element.querySelector<HTMLElement>('.drop')
  }

  listen(): void {
    for (const input of this.element.querySelectorAll<HTMLInputElement>('input[type=file]')) {
      this.element.querySelector(`[data-opens="${input.id}"]`)?.addEventListener('click', () => input.click())
      input.addEventListener('change', () => {
        if (input.files && input.files.length > 0) void this.take(Promise.resolve(ofDialogue(input.files)))
      })
    }
    this.drop?.addEventListener('dragover', (event) => {
      event.preventDefault()
      this.drop?.classList.add('over')
    })
    this.drop?.addEventListener('dragleave', () => this.drop?.classList.remove('over'))
    this.drop?.addEventListener('drop', (event) => {
      event.preventDefault()
      this.drop?.classList.remove('over')
      if (event.dataTransfer) void this.take(ofDrop(event.dataTransfer))
    })
    for (const button of this.page.querySelectorAll<HTMLButtonElement>('[data-discards]')) {
      button.addEventListener('click', () => void this.discardOld(button))
    }
    addEventListener('online', () => this.sending?.goOn())
    addEventListener('beforeunload', (event) => {
      if (this.sending) event.preventDefault()
    })
  }

  private async take(handed: Promise<readonly Chosen[]>): Promise<void> {
    const view = new View(this.words, {
      pause: () => this.sending?.pause(),
      goOn: () => this.sending?.goOn(),
      discard: () => void this.discard(view),
    })
    this.element.querySelector('.sending-state')?.remove()
    this.element.append(view.element)
    if (!isSecureContext) {
      view.end()
      view.say(this.words('insecure'), 'error')
      return
    }
    view.say(this.words('prepares'))
    try {
      await this.send(view, await handed)
    } catch (error) {
      view.end()
      if (!(error instanceof DOMException && error.name === 'AbortError')) view.say(this.reason(error), 'error')
      if (this.drop) this.drop.hidden = false
    } finally {
      this.sending = null
    }
  }

  private async send(view: View, chosen: readonly Chosen[]): Promise<void> {
    const { files, nLeftOut } = toSend(chosen)
    if (files.length === 0) throw new Error(this.words('nothing'))
    this.upload = (await this.unfinishedOf(files)) ?? (await this.client.begin(this.subject, this.timepoint))
    if (this.drop) this.drop.hidden = true
    this.element.querySelector('.left-out')?.remove()
    if (nLeftOut > 0) view.element.before(h('p', { class: 'left-out muted' }, this.words('leftOut', { n: nLeftOut })))
    const sending = new Sending(this.client, files, () => undefined)
    this.sending = sending
    const showing = setInterval(() => view.show(sending.progress()), SHOWN_EVERY_MS)
    try {
      this.upload = await sending.run(this.upload)
    } finally {
      clearInterval(showing)
      view.show(sending.progress())
    }
    this.sending = null
    await this.follow(view, this.upload)
  }

  /** The upload of the same patient, timepoint and files that was broken off, if there is one. */
  private async unfinishedOf(files: readonly Chosen[]): Promise<Upload | null> {
    for (const upload of await this.client.unfinished()) {
      if (upload.subject !== this.subject || upload.timepoint !== this.timepoint) continue
      if (isOf(await this.client.files(upload.id), files)) return upload
    }
    return null
  }

  private async follow(view: View, sent: Upload): Promise<void> {
    let upload = sent
    let takenAt: number | null = null
    for (;;) {
      if (upload.submission) view.showIntake(upload.submission, upload)
      if (upload.state === 'taken' && upload.submission) {
        takenAt ??= Date.now()
        if (upload.submission.is_described || Date.now() - takenAt > PATIENCE_MS) {
          view.showResult(upload.submission, this.page.documentElement.lang)
          return
        }
      }
      await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS))
      upload = await this.client.upload(upload.id).catch((error: unknown) => {
        if (error instanceof Problem && error.status !== 0) throw error
        return upload
      })
    }
  }

  private async discard(view: View): Promise<void> {
    if (!this.upload || !confirm(this.words('discardAsked'))) return
    this.sending?.stop()
    this.sending = null
    try {
      await this.client.abandon(this.upload.id)
      view.say(this.words('discarded'))
    } catch (error) {
      view.say(this.reason(error), 'error')
    }
    if (this.drop) this.drop.hidden = false
  }

  private async discardOld(button: HTMLButtonElement): Promise<void> {
    if (!confirm(this.words('discardAsked'))) return
    const place = button.closest('li')
    try {
      await this.client.abandon(button.dataset['discards'] ?? '')
      if (place) fill(place, this.words('discarded'))
    } catch (error) {
      place?.append(h('span', { class: 'said error', role: 'alert' }, this.reason(error)))
    }
  }

  private reason(error: unknown): string {
    if (error instanceof Unreadable) return this.words('unreadable', { n: error.nFiles })
    if (error instanceof Problem && error.status === 0) return this.words('noAnswer')
    if (error instanceof Problem && error.code === 'other-account') return this.words('otherAccount')
    if (error instanceof Problem && this.words.knows(`problem-${error.code}`)) return this.words(`problem-${error.code}`)
    return error instanceof Error ? error.message : this.words('noAnswer')
  }
}
