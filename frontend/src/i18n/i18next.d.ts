/** Tells the compiler the keys that exist, so that a misspelled one is an error. */

import "i18next";
import type en from "./en.json";

declare module "i18next" {
  interface CustomTypeOptions {
    returnNull: false;
    resources: { translation: typeof en };
  }
}
