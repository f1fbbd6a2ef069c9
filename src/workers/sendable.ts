/** Returns a thrown value, or its text if it can't be sent to another thread or process. */
export function sendable(error: unknown): unknown {
  try {
    return structuredClone(error);
  } catch {
    return String(error);
  }
}
