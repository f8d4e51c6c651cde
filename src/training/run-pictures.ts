/** The pictures that a program or a person has put beside a run, in `pictures` of its folder: for the report alone. */

import { extname, join } from "node:path";
import { headOf } from "../util/cut.ts";
import { isMissing, messageOf } from "../util/errors.ts";
import { type ImageValue, isShowable } from "../util/images.ts";
import { nodeFiles, readWhole } from "./journal/files.ts";

const folderName = "pictures";
const textEnding = ".txt";
const svg = "image/svg+xml";
const mediaTypes: ReadonlyMap<string, string> = new Map([
  [".png", "image/png"],
  [".jpg", "image/jpeg"],
  [".jpeg", "image/jpeg"],
  [".gif", "image/gif"],
  [".webp", "image/webp"],
  [".svg", svg],
]);

/** A page with more is slow to open. */
const maxPictures = 50;
const maxPictureBytes = 2 * 1024 * 1024;
const maxAllBytes = 10 * 1024 * 1024;
/** Bytes of a text as it is read, and characters as it is kept. */
const maxTextBytes = 1024 * 1024;
const maxText = 10_000;

/** A picture beside a run: a file of `pictures` in its folder. */
export interface RunPicture {
  /** The name of the file, without its ending. */
  readonly name: string;
  /** What `<name>.txt` beside it says, at most 10,000 characters; empty without one. */
  readonly text: string;
  /** The picture in base64. Undefined where it cannot be shown. */
  readonly image: { readonly type: "image"; readonly mediaType: string; readonly data: string } | undefined;
  /** Why it cannot be shown. Undefined where it can. */
  readonly problem: string | undefined;
}

/** The pictures of the run in `folder`, in the order of their names, numbers by size; none without the folder. */
export async function readPictures(folder: string): Promise<readonly RunPicture[]> {
  const place = join(folder, folderName);
  const pictures: RunPicture[] = [];
  let left = maxAllBytes;
  for (const file of await pictureFiles(place)) {
    const name = file.slice(0, -extname(file).length);
    const text = await readText(join(place, `${name}${textEnding}`));
    const read = pictures.length < maxPictures ? await readImage(join(place, file), left) : tooMany;
    if (read === undefined) continue;
    const isRead = typeof read !== "string";
    // Four characters of base64 hold three bytes.
    if (isRead) left -= 0.75 * read.data.length;
    pictures.push({ name, text, image: isRead ? read : undefined, problem: isRead ? undefined : read });
  }
  return pictures;
}

const tooMany = `only the first ${maxPictures} are shown`;
const byName = new Intl.Collator("en", { numeric: true });

async function pictureFiles(place: string): Promise<readonly string[]> {
  // A link might lead out of the folder of the run.
  if ((await nodeFiles.kindOf(place)) !== "folder") return [];
  const names = await nodeFiles.list(place);
  return names.filter((name) => mediaTypes.has(extname(name).toLowerCase())).sort(byName.compare);
}

/** The picture in a file; why it cannot be shown; or undefined when the file is gone. */
async function readImage(path: string, left: number): Promise<ImageValue | string | undefined> {
  const kind = await nodeFiles.kindOf(path);
  if (kind === undefined) return undefined;
  if (kind !== "file") return `it is a ${kind}, not a file`;
  try {
    const bytes = await readWhole(nodeFiles, path, maxPictureBytes);
    if (bytes === undefined) return undefined;
    if (bytes.length > left) return `all pictures together have more than ${maxAllBytes / 1024 / 1024} MiB`;
    return imageOf(path, bytes);
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function imageOf(path: string, bytes: Uint8Array): ImageValue | string {
  const mediaType = mediaTypes.get(extname(path).toLowerCase()) as string;
  const buffer = Buffer.from(bytes);
  const image: ImageValue = { type: "image", mediaType, data: buffer.toString("base64") };
  const isWhat = mediaType === svg ? buffer.includes("<svg") : isShowable(image);
  return isWhat ? image : `its content is not ${mediaType}`;
}

async function readText(path: string): Promise<string> {
  try {
    if ((await nodeFiles.kindOf(path)) !== "file") return "";
    const bytes = await readWhole(nodeFiles, path, maxTextBytes);
    return headOf(new TextDecoder().decode(bytes).trim(), maxText);
  } catch (thrown) {
    return isMissing(thrown) ? "" : `(${messageOf(thrown)})`;
  }
}
