/** Parts of `workers`, for folders that may not import from it. */
export { type AnyClass, declareVariant, locate } from "../workers/class-reference.js";
export { type Placement, placement } from "../workers/placement.js";
