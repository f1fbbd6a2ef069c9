import { CodedError } from "../errors/coded-error.js";
import { tryDirectory } from "../files/open-file.js";

/** The directory to serve is missing, is not a directory, or can't be entered. `cause` is the system's error. */
export class DirectoryError extends CodedError<"PYSERVE_BAD_DIRECTORY"> {
  /** Always `DirectoryError`. */
  override readonly name = "DirectoryError";

  /**
   * @param message - the directory and the problem
   * @param options - the `cause`, if there is one
   */
  constructor(message: string, options?: ErrorOptions) {
    super("PYSERVE_BAD_DIRECTORY", message, options);
  }
}

/**
 * Checks that a directory can be served.
 *
 * @param path - path of the directory
 * @throws {@link DirectoryError}
 */
export function checkDirectory(path: string): void {
  const cause = tryDirectory(path);
  if (cause === null) return;
  const problem = PROBLEMS[cause.code ?? ""] ?? cause.message;
  throw new DirectoryError(
    `The directory ${JSON.stringify(path)} can't be served: ${problem}. A relative path begins at ${JSON.stringify(process.cwd())}.`,
    { cause },
  );
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such directory",
  ENOTDIR: "it is not a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
};
