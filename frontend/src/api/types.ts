/** Short names for the contract's types, which are generated from its OpenAPI schema. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type CancelAnswer = Schemas["CancelAnswer"];
export type CandidateMaps = Schemas["CandidateMaps"];
export type CandidateState = Schemas["CandidateState"];
export type DetectResult = Schemas["DetectResult"];
export type EditAccepted = Schemas["EditAccepted"];
export type EditEvent = Schemas["EditEvent"];
export type EditRequest = Schemas["EditRequest"];
export type EditState = Schemas["EditState"];
export type ImageInfo = Schemas["ImageInfo"];
export type MappedCharacter = Schemas["MappedCharacter"];
export type MaskInfo = Schemas["MaskInfo"];
export type ModelInfo = Schemas["ModelInfo"];
export type Problem = Schemas["Problem"];
export type Region = Schemas["Region"];
export type StageName = Schemas["StageEvent"]["name"];
