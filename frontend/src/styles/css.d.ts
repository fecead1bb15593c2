/** Custom properties may be set in a style attribute. */

import "react";

declare module "react" {
  interface CSSProperties {
    readonly [name: `--${string}`]: string | number | undefined;
  }
}
