// @ts-check
import { compute } from "./heavy-work.mjs";
import { Hello } from "./hello-handler.mjs";

/** Answers `/heavy` after work, and everything else at once. */
export class Heavy extends Hello {
  /** @override */
  static module = import.meta.url;

  /** @override */
  compose() {
    return this.path === "/heavy" ? `${compute()}\n` : super.compose();
  }
}
