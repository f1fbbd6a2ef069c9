/** Places of this package's classes, for modules that may not import from `workers`. */
export { type AnyClass, declareVariant, locate } from "../workers/class-reference.js";
