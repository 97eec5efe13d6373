/** Files as a person hands them over: chosen in a dialogue, or dropped with their folders. */
import type { Chosen } from './plan'

/** Files of a dialogue, under their paths where a folder was chosen. */
export function ofDialogue(files: FileList): readonly Chosen[] {
  return [...files].map((file) => ({ name: file.webkitRelativePath || file.name, file }))
}

/** Files that were dropped, those within folders too. */
export async function ofDrop(dropped: DataTransfer): Promise<readonly Chosen[]> {
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  if (entries.length === 0) return ofDialogue(dropped.files)
  return (await Promise.all(entries.map((entry) => within(entry)))).flat()
}

async function within(entry: FileSystemEntry): Promise<readonly Chosen[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    return [{ name: entry.fullPath.replace(/^\//, ''), file }]
  }
  return isFolder(entry) ? (await Promise.all((await inside(entry)).map((one) => within(one)))).flat() : []
}

/** What a folder holds; browsers hand it out a hundred at a time. */
async function inside(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader()
  const found: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return found
    found.push(...some)
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory
