import * as module from "node:module";
import { fileURLToPath } from "node:url";
import { createInstrumenter } from "istanbul-lib-instrument";
import type { FileCounts } from "./counters.js";

// The name of the global that istanbul's code counts into.
const VARIABLE = "__fuzz_coverage__";

/** A program that counts what it does. @param name - of its file, for `countsOf` */
export function instrumented(program: string, name: string): string {
  const instrumenter = createInstrumenter({
    esModules: true,
    coverageVariable: VARIABLE,
    // Types are behind the newest options.
    ...{ coverageGlobalScope: "globalThis", coverageGlobalScopeFunc: false },
  });
  return instrumenter.instrumentSync(program, name);
}

/** Has this thread load files instrumented. @param isMeant - which ones, by their paths */
export function instrumentOnLoad(isMeant: (path: string) => boolean): void {
  module.registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.startsWith("file:") || !isMeant(fileURLToPath(url))) return loaded;
      return { ...loaded, source: instrumented(String(loaded.source), fileURLToPath(url)) };
    },
  });
}

/** True if this Node can instrument files while it loads them: 22.15 and newer. */
export function canInstrumentOnLoad(): boolean {
  return "registerHooks" in module;
}

/** Returns the counters of all instrumented files that are loaded. */
export function allCounts(): FileCounts[] {
  return Object.values((globalThis as Record<string, unknown>)[VARIABLE] ?? {});
}
