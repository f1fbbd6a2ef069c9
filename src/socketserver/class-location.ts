/** How classes of this package say where they are found, for those who may not import from `workers`. */
export { type AnyClass, declareVariant, locate } from "../workers/class-reference.js";
