/** Exports parts of `workers` to folders that must not import from it. */
export { type AnyClass, declareVariant, locate } from "../workers/class-reference.js";
export { type Placement, placement } from "../workers/placement.js";
