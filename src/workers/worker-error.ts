import { CodedError } from "../errors/coded-error.js";

/** Codes for problems with threads and processes. They are stable: compare with them. */
export type WorkerErrorCode =
  | "PYSERVE_THREADS_UNSUPPORTED"
  | "PYSERVE_THREADS_NEED_TCP"
  | "PYSERVE_ACCEPT_UNSUPPORTED"
  | "PYSERVE_ACCEPT_NEEDS_PORT"
  | "PYSERVE_PROCESSES_NEED_CONNECTIONS"
  | "PYSERVE_CLASS_WITHOUT_MODULE"
  | "PYSERVE_CLASS_NOT_EXPORTED"
  | "PYSERVE_MODULE_FAILED"
  | "PYSERVE_WORKER_FILE_MISSING"
  | "PYSERVE_SERVER_NOT_REBUILT"
  | "PYSERVE_NOT_CLONEABLE"
  | "PYSERVE_MAIN_NOT_GUARDED"
  | "PYSERVE_WORKER_DIED";

/** A request can't be passed to a thread or a process, or a worker has died. The message explains what to do. */
export class WorkerError extends CodedError<WorkerErrorCode> {
  /** Always `WorkerError`. */
  override readonly name = "WorkerError";
}
