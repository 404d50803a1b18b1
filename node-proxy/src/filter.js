/** The filter of `where`: the interface of the room. */

export { coarse, NOTHING } from "./filter/coarse.js";
export { matches } from "./filter/match.js";
export { parse } from "./filter/parse.js";
