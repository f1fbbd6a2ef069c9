import * as module from "node:module";
import { fileURLToPath } from "node:url";
import { createInstrumenter } from "istanbul-lib-instrument";
import type { FileCounts } from "./counters.js";

// Name of the global variable in which istanbul's code counts.
const VARIABLE = "__fuzz_coverage__";

/** Returns a program with counters. @param name - of its file, for `countsOf` */
export function instrumented(program: string, name: string): string {
  const instrumenter = createInstrumenter({
    esModules: true,
    coverageVariable: VARIABLE,
    // The types lack the newest options.
    ...{ coverageGlobalScope: "globalThis", coverageGlobalScopeFunc: false },
  });
  return instrumenter.instrumentSync(program, name);
}

/** Lets this thread load instrumented files. @param isMeant - true for the paths to instrument */
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
