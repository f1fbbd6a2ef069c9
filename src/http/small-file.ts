import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";

/**
 * Maximum bytes of a file with settings, a certificate or a password. The limit also refuses endless files, such as
 * `/dev/zero`.
 */
const MOST_BYTES = 1024 * 1024;

/**
 * Reads all of a small file.
 *
 * @param path - path of the file
 * @returns its bytes
 * @throws the system's error; a similar error with the code `EFBIG` if the file is larger than 1 MiB
 */
export function readSmallFile(path: string): Buffer {
  const descriptor = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (length > MOST_BYTES) throw Object.assign(new Error("the file is too large"), { code: "EFBIG" });
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads all of a small text file in UTF-8.
 *
 * @param path - path of the file
 * @returns its text
 * @throws as {@link readSmallFile}, and with the code `EILSEQ` if it is not UTF-8: some editors and shells of Windows
 *   write UTF-16, and replaced characters would make a password wrong
 */
export function readSmallText(path: string): string {
  const bytes = readSmallFile(path);
  if (isUtf8(bytes)) return bytes.toString("utf8");
  throw Object.assign(new Error("the file is not UTF-8"), { code: "EILSEQ" });
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory",
  EFBIG: "it is longer than 1 MiB",
  EILSEQ: "it is not text in UTF-8",
};

/** Returns the reason why a file can't be read, in words. */
export function fileProblem(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return PROBLEMS[code] ?? message;
}
